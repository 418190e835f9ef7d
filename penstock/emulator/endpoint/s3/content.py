"""Content on its way to disk and back: written while it is checked, read in blocks and ranges."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.http import parse_range_header

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.guard import OBJECT_LIMIT
from penstock.emulator.endpoint.payload import BLOCK, Payload
from penstock.emulator.endpoint.s3 import checksums


@dataclass(frozen=True)
class Written:
    """What came in: bytes, MD5 (hexadecimal), and the checksum members, {} or {"ChecksumCRC32": ...}."""

    size: int
    md5: str
    checksum: dict[str, str]


def write(payload: Payload, target: Path, params: dict[str, Any], trailer: str) -> Written:
    """Write the content and compare it with what the request states of it (`trailer`: the trailing headers
    that it announces). Raises AwsError, the file then being worthless."""
    stated = checksums.stated(params)
    algorithm = stated[0] if stated else _announced(trailer) or params.get("ChecksumAlgorithm")
    md5, digest, size = hashlib.md5(usedforsecurity=False), checksums.new(algorithm), 0
    with target.open("wb") as file:
        for block in payload:
            file.write(block)
            md5.update(block)
            if digest is not None:
                digest.update(block)
            size += len(block)
            if size > OBJECT_LIMIT:
                raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if params.get("ContentMD5") and params["ContentMD5"] != base64.b64encode(md5.digest()).decode():
        raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
    if algorithm is None:
        return Written(size, md5.hexdigest(), {})
    said = stated[1] if stated else payload.trailers.get(f"x-amz-checksum-{algorithm.lower()}")
    computed = checksums.encoded(digest)
    if said and computed and said != computed:
        raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    value = computed or said
    return Written(size, md5.hexdigest(), {checksums.member(algorithm): value} if value else {})


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None for the whole. A header that makes no sense is ignored
    (RFC 9110, 14.2). Raises AwsError InvalidRange."""
    wanted = parse_range_header(header) if header else None
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return None
    found = wanted.range_for_length(size)
    if found is None:
        raise AwsError(
            "InvalidRange", "The requested range is not satisfiable", 416,
            RangeRequested=str(header), ActualObjectSize=str(size),
        )  # fmt: skip
    return found


def blocks(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to `end`. The file is opened at once: what is then deleted is still read."""
    file = path.open("rb")

    def read() -> Iterator[bytes]:
        with file:
            file.seek(start)
            left = end - start
            while left and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block

    return read()


def _announced(trailer: str) -> str | None:
    for name in trailer.lower().split(","):
        algorithm = name.strip().removeprefix("x-amz-checksum-").upper()
        if algorithm in checksums.ALGORITHMS:
            return algorithm
    return None
