"""model.tar.gz: written the same each time, and read without trust.

Extraction makes plain files and folders inside one folder and nothing else: no path that leads out, no
links, no devices, and no more than a number of bytes and members.
"""

import errno
import gzip
import io
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

MOST_BYTES = 30 << 30
MOST_MEMBERS = 100_000
# tarfile reads a header's extension (a long name, say) in one go; data goes in small pieces.
_LARGEST_READ = 16 << 20


class UnsafeArchive(Exception):
    """Why an archive was not extracted, as a sentence without its subject."""


def extract(
    archive: Path, folder: Path, *, most_bytes: int = MOST_BYTES, most_members: int = MOST_MEMBERS
) -> None:
    """Extract a .tar.gz into a folder. Raises UnsafeArchive, also when it is no such archive."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    try:
        with (
            gzip.open(archive) as plain,
            _Bounded(plain, 2 * most_bytes + most_members * 1024) as bounded,
            tarfile.open(fileobj=bounded, mode="r:") as tar,
        ):
            for count, member in enumerate(tar, start=1):
                taken += member.size
                if count > most_members:
                    raise UnsafeArchive(f"holds more than {most_members} members")
                if taken > most_bytes:
                    raise UnsafeArchive(f"holds more than {most_bytes} bytes")
                _extract_member(tar, member, folder)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnsafeArchive(f"is not a complete .tar.gz archive ({error})") from None


def _extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\0" in member.name:
        raise UnsafeArchive(f"holds a member that leads out of its folder: {member.name!r}")
    if not member.isdir() and (not member.isreg() or member.issparse()):
        raise UnsafeArchive(f"holds something other than files and folders: {member.name!r}")
    try:
        _write_member(tar, member, folder / path)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise UnsafeArchive(f"holds a file and a folder of one name: {member.name!r}") from None
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise UnsafeArchive(f"holds a name that is too long: {member.name[:80]!r}...") from None


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    source = tar.extractfile(member)
    assert source is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(source, file)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)


def pack(folder: Path, archive: Path) -> None:
    """Write a folder's files as .tar.gz; the same files give the same bytes."""
    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=5, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = tarfile.TarInfo(path.relative_to(folder).as_posix())
                member.size = path.stat().st_size
                member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                with path.open("rb") as content:
                    tar.addfile(member, content)


class _Bounded(io.RawIOBase):
    """A decompressed stream that refuses to be read without end, or very much at once."""

    def __init__(self, source: gzip.GzipFile, most: int) -> None:
        self._source = source
        self._most = most

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > _LARGEST_READ:
            raise UnsafeArchive("holds a header of unreasonable size")
        if self._source.tell() > self._most:
            raise UnsafeArchive(f"holds more than {self._most} bytes")
        return self._source.read(size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset > self._most:
            raise UnsafeArchive(f"holds more than {self._most} bytes")
        return self._source.seek(offset, whence)
