"""S3 as a step's processes see it: a folder for each bucket, filled before and written back after.

What is staged are the objects at or below the S3 URIs that the step names: in its arguments, and as literals
in the scripts and Python files among them. An output that is there already is staged too, so Spark's save
modes find what they ask about. When the step has succeeded, what is new or changed in any bucket's folder is
uploaded, and what the step removed is deleted; a step that fails leaves S3 as it was (EMR would keep what
was written before the failure). It knows no Spark.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from penstock.emulator.emr.failures import StepFailed
from penstock.emulator.jobs.storage import download_file, upload_file

SCHEMES = ("s3", "s3a")

_URI = re.compile(r"s3a?://[^\s,;\"'`<>|\\)\]}]+")
_GLOB = re.compile(r"[*?\[{]")
_CODE = (".py", ".sh", ".sql", ".r", ".json")
_LARGEST_CODE = 1 << 20  # bytes
# What Hadoop leaves beside its output while it writes.
_TEMPORARY = "_temporary"

Mark = tuple[int, int]


@dataclass
class Staging:
    """The buckets' folders lie in `root`. `s3` is a boto3 client."""

    s3: Any
    root: Path
    buckets: tuple[str, ...] = ()
    _staged: set[str] = field(default_factory=set)
    _marks: dict[Path, Mark] = field(default_factory=dict)

    def prepare(self, buckets: Iterable[str]) -> None:
        """Make a folder for every bucket that there is, so that each can be written to."""
        self.buckets = tuple(buckets)
        for bucket in self.buckets:
            (self.root / bucket).mkdir(parents=True, exist_ok=True)

    def stage(self, texts: Iterable[str]) -> None:
        """Download what the URIs in these texts name, and what is named by the code among it.

        Raises StepFailed for a bucket that is not there, and S3's error for what may not be read; code may
        mention what it does not use.
        """
        for uri in uris_in(texts):
            bucket, _ = split(uri)
            if bucket not in self.buckets:
                raise StepFailed(
                    "Bucket not found.", f"{uri}: there is no bucket {bucket}. Create it, or correct the URI."
                )
            self._stage(uri)

    def _stage(self, uri: str) -> None:
        bucket, key = split(uri)
        if uri in self._staged or bucket not in self.buckets:
            return
        self._staged.add(uri)
        self._download(bucket, key)
        code = self.root / bucket / key
        if code.suffix.lower() in _CODE and code.is_file() and code.stat().st_size <= _LARGEST_CODE:
            for inner in uris_in([code.read_text(encoding="utf-8", errors="replace")]):
                with suppress(ClientError):
                    self._stage(inner)

    def file(self, uri: str, what: str) -> Path:
        """Where a file lies: an object that was staged, or a local path. Raises StepFailed, naming `what`."""
        if not uri.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
            path = Path(uri.removeprefix("file://"))
        else:
            bucket, key = split(uri)
            path = self.root / bucket / key
        if not path.is_file():
            raise StepFailed(
                "File not found.",
                f"{what} {uri} is not there. Upload it, or correct the URI in the step's arguments.",
            )
        return path

    def as_uris(self, text: str) -> str:
        """A text with the objects that it names by their files here."""
        for place in (self.root.as_uri(), f"file:{self.root}", str(self.root)):
            text = text.replace(f"{place}/", "s3://")
        return text

    def write_back(self) -> None:
        """Make S3 what the folders are now. Raises JobFailed when S3 refuses."""
        now = {path: _mark(path) for path in self._files()}
        for path, mark in now.items():
            if self._marks.get(path) != mark:
                bucket, key = self._place(path)
                upload_file(self.s3, path, f"s3://{bucket}/{key}")
        for path in self._marks.keys() - now.keys():
            bucket, key = self._place(path)
            self.s3.delete_object(Bucket=bucket, Key=key)

    def _download(self, bucket: str, key: str) -> None:
        found = _GLOB.search(key)
        prefix = key[: found.start()] if found else key
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                name = entry["Key"]
                path = self.root / bucket / name
                # A key that ends with a slash is how consoles draw a folder; one with .. names no file.
                if name.endswith("/") or ".." in PurePosixPath(name).parts or path in self._marks:
                    continue
                if found or _is_at_or_below(name, key):
                    self._download_file(bucket, name, path)
                    self._marks[path] = _mark(path)

    def _download_file(self, bucket: str, name: str, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            download_file(self.s3, bucket, name, path)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise StepFailed(
                "A key is both an object and a folder.",
                f"s3://{bucket}/{name} cannot be a file here: S3 has an object with the name of its folder,"
                " or others below it. Name a prefix that holds only one of them.",
            ) from None

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.root.rglob("*")):
            inside = path.relative_to(self.root).parts
            if path.is_file() and not path.is_symlink() and _TEMPORARY not in inside:
                yield path

    def _place(self, path: Path) -> tuple[str, str]:
        bucket, *rest = path.relative_to(self.root).parts
        return bucket, "/".join(rest)


def uris_in(texts: Iterable[str]) -> list[str]:
    """The S3 URIs in texts, each once, in their order."""
    return list(dict.fromkeys(uri.rstrip(".:") for text in texts for uri in _URI.findall(text)))


def split(uri: str) -> tuple[str, str]:
    """Bucket and key; the fragment that spark-submit knows (`archive.zip#name`) is not part of the key."""
    bucket, _, key = uri.partition("://")[2].partition("#")[0].partition("/")
    return bucket, key


def _is_at_or_below(name: str, key: str) -> bool:
    return not key or name == key or name.startswith(key.rstrip("/") + "/")


def _mark(path: Path) -> Mark:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
