"""Objects uploaded in parts. AWS: Amazon S3 API Reference, CreateMultipartUpload and what follows it."""

import hashlib
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.s3 import checksums, content
from penstock.emulator.endpoint.s3.call import Call, Operation, Result, malformed_xml, version_member
from penstock.emulator.endpoint.s3.conditions import check_read, check_write
from penstock.emulator.endpoint.s3.objects import Document, Part, Upload
from penstock.emulator.endpoint.s3.transfers import copy_source, encryption, new_document, written_members

SMALLEST_PART = 5 * 1024 * 1024  # bytes; the last part may be smaller
MOST_PARTS = 10_000


def create_multipart_upload(call: Call) -> Result:
    document = new_document(call)
    algorithm = call.params.get("ChecksumAlgorithm")
    chosen: dict[str, str] = {}
    if algorithm:
        default = "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"
        chosen = {
            "ChecksumAlgorithm": algorithm,
            "ChecksumType": call.params.get("ChecksumType") or default,
        }
    identifier = call.objects.begin_upload(call.bucket.name, call.key, document | {"_Checksum": chosen})
    members = {"Bucket": call.bucket.name, "Key": call.key, "UploadId": identifier}
    return Result(members | chosen | encryption(document))


def upload_part(call: Call) -> Result:
    upload = _upload(call)
    number = _part_number(call)
    params = call.params | upload.document["_Checksum"]
    with call.objects.new_file() as file:
        trailer = call.request.headers.get("x-amz-trailer", "")
        written = content.write(call.payload, file, params, trailer)
        document = {
            "ETag": f'"{written.md5}"',
            "Size": written.size,
            "LastModified": time.time(),
            **written.checksum,
        }
        if not call.objects.put_part(upload.id, number, file, document):
            raise _no_such_upload(upload.id)
    return Result({"ETag": document["ETag"], **written.checksum, **encryption(upload.document)})


def upload_part_copy(call: Call) -> Result:
    upload = _upload(call)
    number = _part_number(call)
    _, source = copy_source(call)
    check_read(call.params, source.document, "CopySource")
    size = source.document["ContentLength"]
    start, end = content.byte_range(call.params.get("CopySourceRange"), size) or (0, size)
    assert source.file is not None, "a delete marker is not copied"
    digest = hashlib.md5(usedforsecurity=False)
    algorithm = upload.document["_Checksum"].get("ChecksumAlgorithm")
    checksum = checksums.new(algorithm)
    with call.objects.new_file() as file:
        with file.open("wb") as output:
            for block in content.blocks(call.objects.path(source.file), start, end):
                output.write(block)
                digest.update(block)
                if checksum is not None:
                    checksum.update(block)
        document = {"ETag": f'"{digest.hexdigest()}"', "Size": end - start, "LastModified": time.time()}
        if checksum is not None:
            document[checksums.member(algorithm)] = checksums.encoded(checksum)
        if not call.objects.put_part(upload.id, number, file, document):
            raise _no_such_upload(upload.id)
    return Result(
        {"CopyPartResult": _part_entry(Part(number, file.name, document)), **encryption(upload.document)}
    )


def complete_multipart_upload(call: Call) -> Result:
    upload = _upload(call)
    parts = _named_parts(call, upload)
    document = {name: value for name, value in upload.document.items() if name != "_Checksum"}
    md5s = b"".join(bytes.fromhex(part.document["ETag"].strip('"')) for part in parts)
    etag = hashlib.md5(md5s, usedforsecurity=False).hexdigest()
    document |= {
        "ETag": f'"{etag}-{len(parts)}"',
        "ContentLength": sum(part.document["Size"] for part in parts),
        "LastModified": time.time(),
        "_PartSizes": [part.document["Size"] for part in parts],
    }
    with call.objects.new_file() as file:
        call.objects.concatenate((part.file for part in parts), file)
        document |= _whole_checksum(call, upload, parts, file)
        made = call.objects.put(
            call.bucket.name, call.key, file, document, call.bucket.versioning, check_write(call.params)
        )
    call.objects.end_upload(upload.id)
    members = written_members(document) | version_member(call.bucket, made.version)
    location = f"{call.request.host_url}{call.bucket.name}/{call.key}"
    return Result(members | {"Location": location, "Bucket": call.bucket.name, "Key": call.key})


def _whole_checksum(call: Call, upload: Upload, parts: list[Part], file: Any) -> dict[str, str]:
    chosen = upload.document["_Checksum"]
    if not chosen:
        return {}
    algorithm, kind = chosen["ChecksumAlgorithm"], chosen["ChecksumType"]
    name = checksums.member(algorithm)
    if kind == "COMPOSITE":
        values = [part.document[name] for part in parts if name in part.document]
        value = checksums.composite(algorithm, values) if len(values) == len(parts) else None
    else:
        digest = checksums.new(algorithm)
        if digest is not None:
            for block in content.blocks(file, 0, file.stat().st_size):
                digest.update(block)
        value = checksums.encoded(digest)
    said = call.params.get(name)
    if said and value and said != value:
        raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    value = value or said
    return {name: value, "ChecksumType": kind} if value else {}


def _named_parts(call: Call, upload: Upload) -> list[Part]:
    """The parts that the request lists, checked against those that came."""
    listed = (call.params.get("MultipartUpload") or {}).get("Parts") or []
    if not listed:
        raise malformed_xml()
    numbers = [int(part.get("PartNumber", 0)) for part in listed]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise AwsError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
    came = {part.number: part for part in call.objects.parts(upload.id)}
    parts = []
    for entry, number in zip(listed, numbers, strict=True):
        part = came.get(number)
        if part is None or entry.get("ETag", "").strip('"') != part.document["ETag"].strip('"'):
            raise AwsError(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been "
                "uploaded, or the specified entity tag may not match the part's entity tag.",
                UploadId=upload.id,
                PartNumber=str(number),
            )
        parts.append(part)
    for part in parts[:-1]:
        if part.document["Size"] < SMALLEST_PART:
            raise AwsError(
                "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=str(part.document["Size"]), MinSizeAllowed=str(SMALLEST_PART),
                PartNumber=str(part.number), ETag=part.document["ETag"].strip('"'),
            )  # fmt: skip
    return parts


def abort_multipart_upload(call: Call) -> Result:
    call.objects.end_upload(_upload(call).id)
    return Result()


def list_parts(call: Call) -> Result:
    upload = _upload(call)
    marker, limit = int(call.params.get("PartNumberMarker") or 0), int(call.params.get("MaxParts") or 1000)
    after = [part for part in call.objects.parts(upload.id) if part.number > marker]
    shown = after[: min(limit, 1000)]
    truncated = len(after) > len(shown)
    members = {
        "Bucket": call.bucket.name, "Key": call.key, "UploadId": upload.id, "PartNumberMarker": marker,
        "MaxParts": limit, "IsTruncated": truncated, "StorageClass": upload.document["StorageClass"],
        "Parts": [
            _part_entry(part) | {"PartNumber": part.number, "Size": part.document["Size"]} for part in shown
        ],
        **upload.document["_Checksum"],
    }  # fmt: skip
    if truncated and shown:
        members["NextPartNumberMarker"] = shown[-1].number
    return Result(members)


def list_multipart_uploads(call: Call) -> Result:
    params = call.params
    prefix, limit = params.get("Prefix") or "", min(int(params.get("MaxUploads") or 1000), 1000)
    after = (params.get("KeyMarker") or "", params.get("UploadIdMarker") or "\U0010ffff")
    found = [
        upload
        for upload in call.objects.uploads(call.bucket.name)
        if upload.key.startswith(prefix) and (upload.key, upload.id) > after
    ]
    shown = found[:limit]
    members: dict[str, Any] = {
        "Bucket": call.bucket.name, "Prefix": prefix, "MaxUploads": limit, "IsTruncated": len(found) > limit,
        "Uploads": [
            {
                "Key": upload.key, "UploadId": upload.id, "StorageClass": upload.document["StorageClass"],
                "Initiated": _time(upload.document), **upload.document["_Checksum"],
            }
            for upload in shown
        ],
    }  # fmt: skip
    if members["IsTruncated"] and shown:
        members |= {"NextKeyMarker": shown[-1].key, "NextUploadIdMarker": shown[-1].id}
    return Result(members)


def _upload(call: Call) -> Upload:
    identifier = str(call.params["UploadId"])
    found = call.objects.upload(call.bucket.name, call.key, identifier)
    if found is None:
        raise _no_such_upload(identifier)
    return found


def _no_such_upload(identifier: str) -> AwsError:
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
        404,
        UploadId=identifier,
    )


def _part_number(call: Call) -> int:
    number = int(call.params["PartNumber"])
    if not 1 <= number <= MOST_PARTS:
        raise AwsError(
            "InvalidArgument", f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive",
            ArgumentName="partNumber", ArgumentValue=str(number),
        )  # fmt: skip
    return number


def _part_entry(part: Part) -> dict[str, Any]:
    checksum = {name: value for name, value in part.document.items() if name.startswith("Checksum")}
    return {"ETag": part.document["ETag"], "LastModified": _time(part.document), **checksum}


def _time(document: Document) -> datetime:
    return datetime.fromtimestamp(document["LastModified"], UTC).replace(tzinfo=None)


OPERATIONS: dict[str, Operation] = {
    "CreateMultipartUpload": create_multipart_upload,
    "UploadPart": upload_part,
    "UploadPartCopy": upload_part_copy,
    "CompleteMultipartUpload": complete_multipart_upload,
    "AbortMultipartUpload": abort_multipart_upload,
    "ListParts": list_parts,
    "ListMultipartUploads": list_multipart_uploads,
}
