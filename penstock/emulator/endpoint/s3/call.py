"""One S3 request, parsed, and its result, not yet serialised: what the operations take and give."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from penstock.emulator.access.needs import s3
from penstock.emulator.access.needs.call import Need
from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.payload import Payload
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.endpoint.s3.buckets import Bucket
from penstock.emulator.endpoint.s3.objects import Objects, Version


@dataclass(frozen=True)
class Call:
    """`params` holds the members of the operation's input shape, except the body, which is `payload`.
    `require(*needs)` raises AwsError for what the sender may not do."""

    objects: Objects
    bucket: Bucket
    params: dict[str, Any]
    request: AwsRequest
    payload: Payload
    bucket_named: Callable[[str], Bucket]
    require: Callable[..., None]

    @property
    def key(self) -> str:
        return str(self.params["Key"])


@dataclass(frozen=True)
class Result:
    """`members` of the operation's output shape; `body` instead of an XML document; HTTP headers to add."""

    members: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    body: Iterator[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)


Operation = Callable[[Call], Result]


def present(call: Call, bucket: Bucket, key: str, version: str | None) -> Version:
    """The version that a request means. Raises AwsError NoSuchKey, NoSuchVersion or MethodNotAllowed."""
    found = call.objects.find(bucket.name, key, version)
    if found is None and version is not None:
        raise AwsError(
            "NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version
        )
    if found is None or (found.is_marker and version is None):
        # "If you don't have the s3:ListBucket permission, Amazon S3 returns 403" (GetObject).
        call.require(Need("s3:ListBucket", s3.bucket_arn(bucket.name)))
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
    if found.is_marker:
        raise AwsError(
            "MethodNotAllowed", "The specified method is not allowed against this resource.", 405,
            Method=call.request.method, ResourceType="DeleteMarker",
        )  # fmt: skip
    return found


def version_member(bucket: Bucket, version: str) -> dict[str, str]:
    """S3 names versions only where a bucket has, or had, versioning."""
    return {"VersionId": version} if bucket.versioning else {}


def malformed_xml() -> AwsError:
    return AwsError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
