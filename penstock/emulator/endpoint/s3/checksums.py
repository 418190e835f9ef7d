"""The checksums that S3 keeps with an object.

CRC32, SHA1 and SHA256 are computed and compared. Nothing that is installed computes CRC32C or CRC64NVME, so
what a client states of those is kept and given back, unproven.
"""

import base64
import hashlib
import zlib
from typing import Any, Protocol

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def new(algorithm: str | None) -> Digest | None:
    """A digest to feed, or None for an algorithm that cannot be computed here."""
    if algorithm == "CRC32":
        return _Crc32()
    if algorithm == "SHA1":
        return hashlib.sha1(usedforsecurity=False)
    return hashlib.sha256() if algorithm == "SHA256" else None


def encoded(digest: Digest | None) -> str | None:
    return None if digest is None else base64.b64encode(digest.digest()).decode()


def member(algorithm: str) -> str:
    """The name of the algorithm's member in requests and responses: ChecksumCRC32."""
    return f"Checksum{algorithm}"


def stated(members: dict[str, Any]) -> tuple[str, str] | None:
    """The algorithm and value among the members of a request."""
    for algorithm in ALGORITHMS:
        if members.get(member(algorithm)):
            return algorithm, str(members[member(algorithm)])
    return None


def composite(algorithm: str, parts: list[str]) -> str | None:
    """The checksum of the parts' checksums, with their number: `ZmFrZQ==-3`."""
    digest = new(algorithm)
    if digest is None:
        return None
    for part in parts:
        digest.update(base64.b64decode(part))
    return f"{encoded(digest)}-{len(parts)}"
