"""What objects need to know of their bucket. Buckets are moto's: it holds their settings."""

from dataclasses import dataclass
from typing import Any

from penstock.emulator.endpoint.errors import AwsError


@dataclass(frozen=True)
class Bucket:
    name: str
    versioning: str | None  # Enabled, Suspended or None
    encryption: dict[str, Any]  # the members that its objects have by default


def find(account: str, name: str) -> Bucket:
    """Raises AwsError NoSuchBucket."""
    from moto.s3.models import s3_backends

    bucket = s3_backends[account]["aws"].buckets.get(name)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return Bucket(name, bucket.versioning_status, _default_encryption(bucket.encryption))


def _default_encryption(setting: dict[str, Any] | None) -> dict[str, Any]:
    # Amazon S3 encrypts every new object with AES256 unless told otherwise (Amazon S3 User Guide,
    # "Setting default server-side encryption behavior").
    rule = (setting or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    members = {
        "ServerSideEncryption": default.get("SSEAlgorithm", "AES256"),
        "SSEKMSKeyId": default.get("KMSMasterKeyID"),
        "BucketKeyEnabled": str(rule.get("BucketKeyEnabled", "")).lower() == "true" or None,
    }
    return {name: value for name, value in members.items() if value is not None}
