"""Conditional requests: If-Match and its kin, on reads, writes and the source of copies.

Rules: RFC 9110, 13.2.2, and Amazon S3 User Guide, "Add preconditions to S3 operations".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.s3.objects import Version


class NotModified(Exception):
    """A read whose client holds what is there: 304."""


def failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412,
        Condition=condition,
    )  # fmt: skip


def check_read(params: dict[str, Any], document: dict[str, Any], prefix: str = "") -> None:
    """`params` holds IfMatch ..., or, with the prefix CopySource, CopySourceIfMatch ...

    Raises AwsError PreconditionFailed, or NotModified (a copy's source: PreconditionFailed as well).
    """
    etag = document["ETag"]
    modified = datetime.fromtimestamp(int(document["LastModified"]), UTC).replace(tzinfo=None)
    if_match, if_none_match = params.get(f"{prefix}IfMatch"), params.get(f"{prefix}IfNoneMatch")
    since, unless = params.get(f"{prefix}IfModifiedSince"), params.get(f"{prefix}IfUnmodifiedSince")
    if if_match is not None:
        if not _names(if_match, etag):
            raise failed("If-Match")
    elif unless is not None and modified > unless:
        raise failed("If-Unmodified-Since")
    same = _names(if_none_match, etag) if if_none_match is not None else bool(since and modified <= since)
    if same:
        raise failed("If-None-Match") if prefix else NotModified


def check_write(params: dict[str, Any]) -> Callable[[Version | None], None]:
    """A check of the version that a write would replace, for Objects.put."""

    def check(current: Version | None) -> None:
        exists = current is not None and not current.is_marker
        if params.get("IfNoneMatch") is not None and exists:
            raise failed("If-None-Match")
        if params.get("IfMatch") is not None:
            if current is None or not exists:
                raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
            if not _names(params["IfMatch"], current.document["ETag"]):
                raise failed("If-Match")

    return check


def _names(condition: str, etag: str) -> bool:
    wanted = [item.strip().removeprefix("W/").strip('"') for item in condition.split(",")]
    return "*" in wanted or etag.strip('"') in wanted
