"""The lists of a bucket: its objects (both forms) and its versions, by prefix and delimiter, in pages.

AWS: Amazon S3 API Reference, ListObjects, ListObjectsV2, ListObjectVersions.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.s3 import checksums
from penstock.emulator.endpoint.s3.call import Call, Operation, Result
from penstock.emulator.endpoint.s3.objects import Version

PAGE = 1000
_BATCH = 250
_LAST = "\U0010ffff"  # sorts after every other character
_OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}
_Fetch = Callable[[str, str, str, int], list[Version]]


@dataclass(frozen=True)
class Page:
    """The versions and the common prefixes of a page, and the last item of it, if others follow."""

    versions: list[Version]
    prefixes: list[str]
    last: str | None


def page(fetch: _Fetch, bucket: str, prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """The first `limit` items above `after`. Keys that agree up to the delimiter are one item, their common
    prefix; what it hides is skipped, not read."""
    versions: list[Version] = []
    prefixes: list[str] = []
    last = ""
    for item in _items(fetch, bucket, prefix, delimiter, after):
        name = item if isinstance(item, str) else item.key
        if len(versions) + len(prefixes) >= limit and name != last:
            return Page(versions, prefixes, last if limit else None)
        last = name
        if isinstance(item, str):
            prefixes.append(item)
        else:
            versions.append(item)
    return Page(versions, prefixes, None)


def _items(fetch: _Fetch, bucket: str, prefix: str, delimiter: str, after: str) -> Iterator[Version | str]:
    # A page that ended with a common prefix goes on behind everything under it.
    is_rolled_up = bool(delimiter) and after.startswith(prefix) and after[len(prefix) :].endswith(delimiter)
    position = after + _LAST if is_rolled_up and after != prefix else after
    while batch := fetch(bucket, position, prefix, _BATCH):
        # The versions of one key are never split between batches: the last key is read again, whole.
        if len(batch) == _BATCH and batch[0].key != batch[-1].key:
            batch = [version for version in batch if version.key != batch[-1].key]
        elif len(batch) == _BATCH:
            batch = fetch(bucket, position, prefix, 1_000_000)
            batch = [version for version in batch if version.key == batch[0].key]
        for version in batch:
            if not version.key.startswith(prefix):
                return
            position = version.key
            head, found, _ = version.key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if found:
                yield prefix + head + delimiter
                position = prefix + head + delimiter + _LAST
                break
            yield version


def list_objects(call: Call) -> Result:
    params = call.params
    prefix, delimiter = params.get("Prefix") or "", params.get("Delimiter") or ""
    limit, encode = _limit(params), _encoder(params)
    marker = params.get("Marker") or ""
    found = page(call.objects.current, call.bucket.name, prefix, delimiter, marker, limit)
    members = _page_members(params, found, encode, limit) | {"Marker": encode(marker)}
    if found.last is not None and delimiter:
        members["NextMarker"] = encode(found.last)
    return Result(members)


def list_objects_v2(call: Call) -> Result:
    params = call.params
    prefix, delimiter = params.get("Prefix") or "", params.get("Delimiter") or ""
    limit, encode = _limit(params), _encoder(params)
    token, start = params.get("ContinuationToken"), params.get("StartAfter")
    after = _decoded(token) if token is not None else start or ""
    found = page(call.objects.current, call.bucket.name, prefix, delimiter, after, limit)
    members = _page_members(params, found, encode, limit)
    members["KeyCount"] = len(found.versions) + len(found.prefixes)
    if token is not None:
        members["ContinuationToken"] = token
    if start is not None:
        members["StartAfter"] = encode(start)
    if found.last is not None:
        members["NextContinuationToken"] = base64.urlsafe_b64encode(found.last.encode()).decode()
    if params.get("FetchOwner"):
        for entry in members["Contents"]:
            entry["Owner"] = _OWNER
    return Result(members)


def list_object_versions(call: Call) -> Result:
    """All versions of one key are on one page, which may so be longer than MaxKeys."""
    params = call.params
    prefix, delimiter = params.get("Prefix") or "", params.get("Delimiter") or ""
    limit, encode = _limit(params), _encoder(params)
    found = page(
        call.objects.history, call.bucket.name, prefix, delimiter, params.get("KeyMarker") or "", limit
    )
    common = _page_members(params, found, encode, limit)
    entries = [(version, _version_entry(version, encode)) for version in found.versions]
    members = {name: value for name, value in common.items() if name != "Contents"} | {
        "KeyMarker": encode(params.get("KeyMarker") or ""),
        "Versions": [
            _object_entry(version, encode) | entry for version, entry in entries if not version.is_marker
        ],
        "DeleteMarkers": [entry for version, entry in entries if version.is_marker],
    }
    if found.last is not None:
        members["NextKeyMarker"] = encode(found.last)
    return Result(members)


def _page_members(
    params: dict[str, Any], found: Page, encode: Callable[[str], str], limit: int
) -> dict[str, Any]:
    members: dict[str, Any] = {
        "Name": params["Bucket"],
        "Prefix": encode(params.get("Prefix") or ""),
        "MaxKeys": limit,
        "IsTruncated": found.last is not None,
        "Contents": [_object_entry(version, encode) for version in found.versions if not version.is_marker],
        "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in found.prefixes],
    }
    if params.get("Delimiter"):
        members["Delimiter"] = encode(params["Delimiter"])
    if params.get("EncodingType"):
        members["EncodingType"] = params["EncodingType"]
    return members


def _object_entry(version: Version, encode: Callable[[str], str]) -> dict[str, Any]:
    document = version.document
    entry = {
        "Key": encode(version.key),
        "LastModified": datetime.fromtimestamp(document["LastModified"], UTC).replace(tzinfo=None),
        "ETag": document["ETag"],
        "Size": document["ContentLength"],
        "StorageClass": document["StorageClass"],
    }
    if checksum := checksums.stated(document):
        entry |= {"ChecksumAlgorithm": [checksum[0]], "ChecksumType": document.get("ChecksumType")}
    return entry


def _version_entry(version: Version, encode: Callable[[str], str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Key": encode(version.key),
        "VersionId": version.version,
        "IsLatest": version.is_current,
        "Owner": _OWNER,
    }
    if version.is_marker:
        modified = datetime.fromtimestamp(version.document["LastModified"], UTC)
        entry["LastModified"] = modified.replace(tzinfo=None)
    return entry


def _limit(params: dict[str, Any]) -> int:
    wanted = params.get("MaxKeys")
    if wanted is not None and wanted < 0:
        raise AwsError("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    return PAGE if wanted is None else min(int(wanted), PAGE)


def _encoder(params: dict[str, Any]) -> Callable[[str], str]:
    return (lambda text: quote(text, safe="/")) if params.get("EncodingType") == "url" else str


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        raise AwsError("InvalidArgument", "The continuation token provided is incorrect") from None


OPERATIONS: dict[str, Operation] = {
    "ListObjects": list_objects,
    "ListObjectsV2": list_objects_v2,
    "ListObjectVersions": list_object_versions,
}
