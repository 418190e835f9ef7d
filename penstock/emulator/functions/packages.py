"""Function code and layers: zip files, unpacked once, without trust.

Extraction makes plain files and folders inside one folder and nothing else: no path that leads out, no
links, and no more than a number of bytes and members.
"""

import base64
import hashlib
import io
import shutil
import stat
import threading
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from penstock.emulator.functions.function import Archive

# AWS Lambda's quota of a deployment package, unzipped, layers included (Lambda quotas: 250 MB).
MOST_BYTES = 262_144_000
MOST_MEMBERS = 100_000


class UnsafePackage(Exception):
    """Why a zip file was not extracted, as a sentence without its subject."""


class Packages:
    """Unpacked archives in a folder, one for each content. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def unpack(self, archive: Archive) -> Path:
        """The folder that holds what is in the archive. Raises UnsafePackage."""
        target = self._folder / hashlib.sha256(archive.digest.encode()).hexdigest()[:32]
        with self._lock:
            if not target.is_dir():
                new = target.with_suffix(".new")
                shutil.rmtree(new, ignore_errors=True)
                try:
                    extract(archive.content, new)
                except BaseException:
                    shutil.rmtree(new, ignore_errors=True)
                    raise
                new.rename(target)
        return target


def extract(
    content: bytes, folder: Path, *, most_bytes: int = MOST_BYTES, most_members: int = MOST_MEMBERS
) -> None:
    """Extract a zip file into a folder. Raises UnsafePackage, also when it is no zip file."""
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > most_members:
                raise UnsafePackage(f"holds more than {most_members} members")
            # zipfile reads no more of a member than its header says it has.
            if sum(member.file_size for member in members) > most_bytes:
                raise UnsafePackage(f"holds more than {most_bytes} bytes")
            for member in members:
                _extract_member(archive, member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnsafePackage(f"is no zip file that can be read ({error})") from None


def _extract_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
        raise UnsafePackage(f"holds a member that leads out of its folder: {member.filename!r}")
    if member.flag_bits & 1:
        raise UnsafePackage(f"holds an encrypted member: {member.filename!r}")
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnsafePackage(f"holds something other than files and folders: {member.filename!r}")
    target = folder / path
    try:
        if member.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise UnsafePackage(f"holds a file and a folder of one name: {member.filename!r}") from None
    target.chmod(0o755 if mode & 0o111 else 0o644)


def digest(content: bytes) -> str:
    """As Lambda's CodeSha256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
