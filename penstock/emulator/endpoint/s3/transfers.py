"""Operations on one object: put, get, head, copy, delete, and its tags and attributes.

AWS: Amazon S3 API Reference, the operation of the same name.
"""

import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from penstock.emulator.access.needs import s3
from penstock.emulator.access.needs.call import Need
from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.s3 import checksums, content
from penstock.emulator.endpoint.s3.call import Call, Operation, Result, malformed_xml, present, version_member
from penstock.emulator.endpoint.s3.conditions import check_read, check_write
from penstock.emulator.endpoint.s3.objects import NULL_VERSION, Document, Version

KEY_LIMIT = 1024  # bytes of UTF-8
METADATA_LIMIT = 2048  # bytes, names and values together
_KEPT_HEADERS = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType",
    "WebsiteRedirectLocation",
)  # fmt: skip
_OVERRIDES = {
    "ResponseCacheControl": "CacheControl", "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding", "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
}  # fmt: skip


def put_object(call: Call) -> Result:
    document = new_document(call)
    # Before the upload as well: a client that sends `Expect: 100-continue` is spared sending it.
    check_write(call.params)(call.objects.find(call.bucket.name, call.key))
    with call.objects.new_file() as file:
        trailer = call.request.headers.get("x-amz-trailer", "")
        written = content.write(call.payload, file, call.params, trailer)
        document |= {"ETag": f'"{written.md5}"', "ContentLength": written.size, **written.checksum}
        if written.checksum:
            document["ChecksumType"] = "FULL_OBJECT"
        made = call.objects.put(
            call.bucket.name, call.key, file, document, call.bucket.versioning, check_write(call.params)
        )
    return Result(written_members(document) | version_member(call.bucket, made.version))


def get_object(call: Call) -> Result:
    result, found, start, end = _read(call)
    assert found.file is not None, "a delete marker is not read"
    _require_key(call, found.document, "kms:Decrypt")
    return Result(
        result.members,
        result.status,
        content.blocks(call.objects.path(found.file), start, end),
        result.headers,
    )


def head_object(call: Call) -> Result:
    return _read(call)[0]


def _read(call: Call) -> tuple[Result, Version, int, int]:
    """The response without its body, whose it is, and which of its bytes."""
    found = present(call, call.bucket, call.key, call.params.get("VersionId"))
    document = found.document
    check_read(call.params, document)
    size = document["ContentLength"]
    part = call.params.get("PartNumber")
    span = _part_range(document, int(part)) if part else content.byte_range(call.params.get("Range"), size)
    start, end = span or (0, size)
    members = _public(document) | version_member(call.bucket, found.version)
    members |= {"ContentLength": end - start, "AcceptRanges": "bytes"}
    members |= {
        name: call.params[override] for override, name in _OVERRIDES.items() if override in call.params
    }
    if document.get("_Tags"):
        members["TagCount"] = len(document["_Tags"])
    if span:
        members["ContentRange"] = f"bytes {start}-{end - 1}/{size}"
    if part and document.get("_PartSizes"):
        members["PartsCount"] = len(document["_PartSizes"])
    if span or call.params.get("ChecksumMode") != "ENABLED":
        for name in (*map(checksums.member, checksums.ALGORITHMS), "ChecksumType"):
            members.pop(name, None)
    headers = {"Expires": document["_Expires"]} if document.get("_Expires") else {}
    return Result(members, 206 if span else 200, None, headers), found, start, end


def _part_range(document: Document, number: int) -> tuple[int, int]:
    sizes = document.get("_PartSizes") or [document["ContentLength"]]
    if not 1 <= number <= len(sizes):
        raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
    start = sum(sizes[: number - 1])
    return start, start + sizes[number - 1]


def copy_object(call: Call) -> Result:
    bucket, source = copy_source(call)
    check_read(call.params, source.document, "CopySource")
    replaced = call.params.get("MetadataDirective") == "REPLACE"
    itself = bucket == call.bucket.name and source.key == call.key and source.is_current
    if itself and not replaced and not call.params.get("StorageClass"):
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing "
            "the object's metadata, storage class, website redirect location or encryption attributes.",
        )
    document = new_document(call)
    if not replaced:
        kept = (*_KEPT_HEADERS, "Metadata", "_Expires")
        document |= {name: source.document[name] for name in kept if name in source.document}
    _require_key(call, source.document, "kms:Decrypt")
    if call.params.get("TaggingDirective") != "REPLACE":
        document["_Tags"] = source.document.get("_Tags", {})
    wanted = call.params.get("ChecksumAlgorithm")
    assert source.file is not None, "a delete marker is not copied"
    with call.objects.new_file() as file:
        call.objects.duplicate(source.file, file)
        document["ContentLength"] = source.document["ContentLength"]
        # A copy is one object again, whatever parts its source was uploaded in.
        is_whole = "_PartSizes" not in source.document
        document["ETag"] = source.document["ETag"] if is_whole else f'"{call.objects.md5(file)}"'
        document |= _checksum_of_copy(source.document, wanted if wanted else None, call, source.file)
        made = call.objects.put(
            call.bucket.name, call.key, file, document, call.bucket.versioning, check_write(call.params)
        )
    copied = {"ETag": document["ETag"], "LastModified": _time(document)}
    copied |= {name: value for name, value in document.items() if name.startswith("Checksum")}
    members = {
        "CopyObjectResult": copied,
        **encryption(document),
        **version_member(call.bucket, made.version),
    }
    if source.version != NULL_VERSION:
        members["CopySourceVersionId"] = source.version
    return Result(members)


def _checksum_of_copy(document: Document, algorithm: str | None, call: Call, file: str) -> dict[str, str]:
    had = checksums.stated(document)
    if algorithm is None and had and document.get("ChecksumType") == "FULL_OBJECT":
        return {checksums.member(had[0]): had[1], "ChecksumType": "FULL_OBJECT"}
    digest = checksums.new(algorithm or (had[0] if had else None))
    if digest is None:
        return {}
    for block in content.blocks(call.objects.path(file), 0, document["ContentLength"]):
        digest.update(block)
    name = checksums.member(str(algorithm or (had and had[0])))
    return {name: str(checksums.encoded(digest)), "ChecksumType": "FULL_OBJECT"}


def copy_source(call: Call) -> tuple[str, Version]:
    """The bucket's name and the version that x-amz-copy-source means. Raises AwsError."""
    path, _, query = call.params["CopySource"].partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if not bucket or not key:
        raise AwsError("InvalidArgument", "Copy Source must mention the source bucket and key: bucket/key")
    version = parse_qs(query).get("versionId", [None])[0]
    return bucket, present(call, call.bucket_named(bucket), key, version)


def delete_object(call: Call) -> Result:
    return Result(_delete(call, call.key, call.params.get("VersionId")))


def delete_objects(call: Call) -> Result:
    wanted = call.params["Delete"]
    if not 1 <= len(wanted.get("Objects", [])) <= 1000:
        raise malformed_xml()
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for item in wanted["Objects"]:
        if refused := _refusal_to_delete(call, item):
            errors.append({"Key": item["Key"], **refused})
            continue
        members = _delete(call, item["Key"], item.get("VersionId"))
        entry = {"Key": item["Key"]}
        if item.get("VersionId"):
            entry["VersionId"] = item["VersionId"]
        if members.get("DeleteMarker"):
            entry |= {"DeleteMarker": True, "DeleteMarkerVersionId": members["VersionId"]}
        deleted.append(entry)
    members = {} if wanted.get("Quiet") else {"Deleted": deleted}
    return Result(members | ({"Errors": errors} if errors else {}))


def _refusal_to_delete(call: Call, item: dict[str, Any]) -> dict[str, str]:
    """Why one object of many may not be deleted; empty if it may. The others are."""
    try:
        call.require(s3.delete_object(call.bucket.name, item["Key"], item.get("VersionId")))
    except AwsError as error:
        return {"Code": error.code, "Message": error.message}
    return {}


def _delete(call: Call, key: str, version: str | None) -> dict[str, Any]:
    gone = call.objects.delete(call.bucket.name, key, version, call.bucket.versioning)
    if gone is None:
        return {"VersionId": version} if version else {}
    members: dict[str, Any] = version_member(call.bucket, gone.version)
    return members | {"DeleteMarker": True} if gone.is_marker else members


def get_object_tagging(call: Call) -> Result:
    found = present(call, call.bucket, call.key, call.params.get("VersionId"))
    tags = found.document.get("_Tags", {})
    return Result(
        {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}
        | version_member(call.bucket, found.version)
    )


def put_object_tagging(call: Call) -> Result:
    pairs = call.params.get("Tagging", {}).get("TagSet", [])
    return _set_tags(call, {tag["Key"]: tag.get("Value", "") for tag in pairs})


def delete_object_tagging(call: Call) -> Result:
    return _set_tags(call, {})


def _set_tags(call: Call, tags: dict[str, str]) -> Result:
    found = present(call, call.bucket, call.key, call.params.get("VersionId"))
    call.objects.replace_document(call.bucket.name, found, found.document | {"_Tags": _checked_tags(tags)})
    return Result(version_member(call.bucket, found.version))


def get_object_attributes(call: Call) -> Result:
    found = present(call, call.bucket, call.key, call.params.get("VersionId"))
    document = found.document
    checksum = {name: value for name, value in document.items() if name.startswith("Checksum")}
    known = {
        "ETag": document["ETag"].strip('"'),
        "ObjectSize": document["ContentLength"],
        "StorageClass": document["StorageClass"],
        "Checksum": checksum or None,
        "ObjectParts": {"TotalPartsCount": len(document["_PartSizes"])} if "_PartSizes" in document else None,
    }
    wanted = call.params["ObjectAttributes"]
    members = {name: value for name, value in known.items() if name in wanted and value is not None}
    return Result(members | {"LastModified": _time(document)} | version_member(call.bucket, found.version))


def new_document(call: Call) -> Document:
    """What a request says of the object that it makes; its content is not known yet. Raises AwsError."""
    if len(call.key.encode()) > KEY_LIMIT:
        raise AwsError("KeyTooLongError", "Your key is too long", Size=str(len(call.key.encode())))
    metadata = {name.lower(): value for name, value in call.params.get("Metadata", {}).items()}
    if sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items()) > METADATA_LIMIT:
        raise AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    document: Document = {
        "ContentType": "binary/octet-stream",
        "StorageClass": call.params.get("StorageClass") or "STANDARD",
        "LastModified": time.time(),
        "Metadata": metadata,
    } | call.bucket.encryption
    document |= {name: call.params[name] for name in _KEPT_HEADERS if call.params.get(name)}
    codings = re.split(r"\s*,\s*", document.pop("ContentEncoding", ""))
    if kept := ",".join(coding for coding in codings if coding and coding != "aws-chunked"):
        document["ContentEncoding"] = kept
    for name in ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"):
        if call.params.get(name):
            document[name] = call.params[name]
    if expires := call.request.headers.get("Expires"):
        document["_Expires"] = expires
    if tags := call.params.get("Tagging"):
        document["_Tags"] = _checked_tags(dict(parse_qsl(tags, keep_blank_values=True)))
    _require_key(call, document, "kms:GenerateDataKey")
    return document


def _require_key(call: Call, document: Document, action: str) -> None:
    """S3 uses an object's KMS key as who asks for the object. Raises AwsError."""
    if key := document.get("SSEKMSKeyId"):
        call.require(Need(action, key))


def encryption(document: Document) -> dict[str, Any]:
    names = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
    return {name: document[name] for name in names if name in document}


def written_members(document: Document) -> dict[str, Any]:
    """What the answer to a write says of the object."""
    members = {name: value for name, value in document.items() if name.startswith("Checksum")}
    return members | encryption(document) | {"ETag": document["ETag"], "Size": document["ContentLength"]}


def _checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > 10:
        raise AwsError("BadRequest", "Object tags cannot be greater than 10")
    if any(not 1 <= len(name) <= 128 for name in tags):
        raise AwsError("InvalidTag", "The TagKey you have provided is invalid")
    if any(len(value) > 256 for value in tags.values()):
        raise AwsError("InvalidTag", "The TagValue you have provided is invalid")
    return tags


def _public(document: Document) -> dict[str, Any]:
    members = {name: value for name, value in document.items() if not name.startswith("_")}
    if members["StorageClass"] == "STANDARD":
        del members["StorageClass"]  # HeadObject: "returned for all objects except for S3 Standard"
    return members | {"LastModified": _time(document)}


def _time(document: Document) -> datetime:
    return datetime.fromtimestamp(document["LastModified"], UTC).replace(tzinfo=None)


OPERATIONS: dict[str, Operation] = {
    "PutObject": put_object,
    "GetObject": get_object,
    "HeadObject": head_object,
    "CopyObject": copy_object,
    "DeleteObject": delete_object,
    "DeleteObjects": delete_objects,
    "GetObjectTagging": get_object_tagging,
    "PutObjectTagging": put_object_tagging,
    "DeleteObjectTagging": delete_object_tagging,
    "GetObjectAttributes": get_object_attributes,
}
