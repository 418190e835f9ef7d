"""What calls of S3 need. Its actions have other names than its operations, and some calls need several.

Source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from penstock.emulator.access.needs.call import Call, Lookup, Need

_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "ListBuckets": "ListAllMyBuckets",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketTagging": "PutBucketTagging",
}
_VERSIONED = {
    *("GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"),
    "GetObjectAttributes",
}
# Their keys stand in the body: the operation itself asks about each of them.
_BY_KEY = {"DeleteObjects"}
_LISTS = {"ListObjects", "ListObjectsV2", "ListObjectVersions"}


def needs(call: Call, lookup: Lookup) -> list[Need]:
    return [] if call.operation in _BY_KEY else list(_needs(call, lookup))


def bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}" if bucket else "*"


def object_arn(bucket: str, key: str) -> str:
    return f"{bucket_arn(bucket)}/{key}"


def delete_object(bucket: str, key: str, version: str | None) -> Need:
    return Need(f"s3:DeleteObject{'Version' if version else ''}", object_arn(bucket, key))


def _needs(call: Call, lookup: Lookup) -> Iterator[Need]:
    bucket, key = call.text("Bucket"), call.text("Key")
    action = _ACTIONS.get(call.operation, call.operation)
    if action in _VERSIONED and call.text("VersionId"):
        action += "Version"
    resource = object_arn(bucket, key) if key else bucket_arn(bucket)
    context: dict[str, list[str]] = {}
    if call.operation in _LISTS:
        context = _given(call, Prefix="s3:prefix", Delimiter="s3:delimiter", MaxKeys="s3:max-keys")
    if action == "PutObject":
        context = _given(
            call,
            ServerSideEncryption="s3:x-amz-server-side-encryption",
            SSEKMSKeyId="s3:x-amz-server-side-encryption-aws-kms-key-id",
            StorageClass="s3:x-amz-storage-class",
            ACL="s3:x-amz-acl",
        )
    yield Need(f"s3:{action}", resource, context)
    if call.operation == "GetObjectAttributes":
        yield Need("s3:GetObject", resource)
    if source := call.text("CopySource"):
        path, _, query = source.partition("?")
        from_bucket, _, from_key = unquote(path).lstrip("/").partition("/")
        version = "Version" if "versionId" in dict(parse_qsl(query)) else ""
        yield Need(f"s3:GetObject{version}", object_arn(from_bucket, from_key))
    if action == "PutObject" and call.text("Tagging"):
        yield Need("s3:PutObjectTagging", resource)


def _given(call: Call, **keys: str) -> dict[str, list[str]]:
    """Condition keys by the members that they are of; S3 has s3:prefix of a request without one too."""
    values: dict[str, Any] = {member: call.members.get(member) for member in keys}
    if "Prefix" in values:
        values["Prefix"] = values["Prefix"] or ""
    return {keys[member]: [str(value)] for member, value in values.items() if value is not None}
