"""The objects of all buckets: an index in SQLite, and one file for each version.

A version's document holds the members of its HeadObject response; members that begin with an underscore
never leave the emulator. A file is written under a name of its own and becomes an object by one transaction
of the index, so nothing is ever half there; files that no row names are removed at the next start. It knows
no request and no wire format.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Check = Callable[["Version | None"], None]

NULL_VERSION = "null"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
    is_current INTEGER NOT NULL, file TEXT, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS current ON versions (bucket, key) WHERE is_current;
CREATE INDEX IF NOT EXISTS history ON versions (bucket, key, sequence DESC);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (upload, number)
);
"""
_COLUMNS = "key, version, is_current, file, document"


@dataclass(frozen=True)
class Version:
    """One version of an object; without a file it is a delete marker."""

    key: str
    version: str
    is_current: bool
    file: str | None
    document: Document

    @property
    def is_marker(self) -> bool:
        return self.file is None


@dataclass(frozen=True)
class Upload:
    """A multipart upload that was begun and neither completed nor aborted."""

    id: str
    bucket: str
    key: str
    document: Document


@dataclass(frozen=True)
class Part:
    number: int
    file: str
    document: Document


class Objects:
    """Safe to share between threads. Raises OSError or sqlite3.OperationalError on a full disk, having
    kept nothing."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._files.mkdir(exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            folder / "index.sqlite3", check_same_thread=False, isolation_level=None
        )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        self._remove_strays()

    def close(self) -> None:
        with self._lock:
            self._database.close()

    # Files

    @contextmanager
    def new_file(self) -> Iterator[Path]:
        """A path to write to; whatever is there is removed when the block raises."""
        path = self._files / uuid.uuid4().hex
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def path(self, file: str) -> Path:
        return self._files / file

    def concatenate(self, files: Iterable[str], target: Path) -> None:
        with target.open("wb") as output:
            for file in files:
                with self.path(file).open("rb") as part:
                    shutil.copyfileobj(part, output, 1024 * 1024)

    def duplicate(self, file: str, target: Path) -> None:
        try:
            os.link(self.path(file), target)
        except OSError:  # a file system without hard links, or too many of them
            shutil.copyfile(self.path(file), target)

    def md5(self, path: Path) -> str:
        with path.open("rb") as content:
            return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

    # Versions

    def put(
        self, bucket: str, key: str, file: Path, document: Document, versioning: str | None, check: Check
    ) -> Version:
        """Make a written file the current version. `check` sees the current one and raises to refuse.

        `versioning` is the bucket's status: Enabled, Suspended or None. Raises what `check` raises.
        """
        version = uuid.uuid4().hex if versioning == "Enabled" else NULL_VERSION
        with self._change() as remove:
            check(self.find(bucket, key))
            if version == NULL_VERSION:
                remove += self._delete_version(bucket, key, NULL_VERSION)
            self._insert(bucket, key, version, file.name, document)
        return Version(key, version, True, file.name, document)

    def delete(self, bucket: str, key: str, version: str | None, versioning: str | None) -> Version | None:
        """Delete a version, or, without one, the object as `versioning` has it. Returns the delete marker
        that was made, or the version that was deleted; None when there was nothing to delete."""
        with self._change() as remove:
            if version is None and versioning in ("Enabled", "Suspended"):
                name = uuid.uuid4().hex if versioning == "Enabled" else NULL_VERSION
                if name == NULL_VERSION:
                    remove += self._delete_version(bucket, key, NULL_VERSION)
                made = {"LastModified": time.time()}
                self._insert(bucket, key, name, None, made)
                return Version(key, name, True, None, made)
            found = self.find(bucket, key, version or NULL_VERSION)
            remove += self._delete_version(bucket, key, version or NULL_VERSION)
            self._database.execute(
                "UPDATE versions SET is_current = 1 WHERE sequence ="
                " (SELECT max(sequence) FROM versions WHERE bucket = ? AND key = ?)",
                (bucket, key),
            )
            return found

    def find(self, bucket: str, key: str, version: str | None = None) -> Version | None:
        """A version, delete markers included; without `version`, the current one."""
        which, values = ("is_current", ()) if version is None else ("version = ?", (version,))
        rows = self._select(
            f"SELECT {_COLUMNS} FROM versions WHERE bucket = ? AND key = ? AND {which}",  # noqa: S608
            (bucket, key, *values),
        )
        return _version(rows[0]) if rows else None

    def read(self, uri: str) -> bytes:
        """The content of `s3://bucket/key`. Raises FileNotFoundError, also for what is no such URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        found = self.find(bucket, key) if uri.startswith("s3://") else None
        if found is None or found.file is None:
            raise FileNotFoundError(uri)
        return self.path(found.file).read_bytes()

    def replace_document(self, bucket: str, found: Version, document: Document) -> None:
        with self._lock:
            self._database.execute(
                "UPDATE versions SET document = ? WHERE bucket = ? AND key = ? AND version = ?",
                (json.dumps(document), bucket, found.key, found.version),
            )

    def current(self, bucket: str, after: str, at_least: str, limit: int) -> list[Version]:
        """Current versions in the order of their keys' UTF-8: keys above `after` and not below `at_least`."""
        rows = self._select(
            f"SELECT {_COLUMNS} FROM versions WHERE bucket = ? AND key > ? AND key >= ?"  # noqa: S608
            " AND is_current AND file IS NOT NULL ORDER BY key LIMIT ?",
            (bucket, after, at_least, limit),
        )
        return [_version(row) for row in rows]

    def history(self, bucket: str, after: str, at_least: str, limit: int) -> list[Version]:
        """All versions, and delete markers, as `current`; of one key the newest first."""
        rows = self._select(
            f"SELECT {_COLUMNS} FROM versions WHERE bucket = ? AND key > ? AND key >= ?"  # noqa: S608
            " ORDER BY key, sequence DESC LIMIT ?",
            (bucket, after, at_least, limit),
        )
        return [_version(row) for row in rows]

    def is_empty(self, bucket: str) -> bool:
        return not self._select("SELECT 1 FROM versions WHERE bucket = ? LIMIT 1", (bucket,))

    # Multipart uploads

    def begin_upload(self, bucket: str, key: str, document: Document) -> str:
        identifier = uuid.uuid4().hex + uuid.uuid4().hex
        with self._lock:
            self._database.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?)", (identifier, bucket, key, json.dumps(document))
            )
        return identifier

    def upload(self, bucket: str, key: str, identifier: str) -> Upload | None:
        rows = self._select(
            "SELECT id, bucket, key, document FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
            (identifier, bucket, key),
        )
        return _upload(rows[0]) if rows else None

    def uploads(self, bucket: str) -> list[Upload]:
        rows = self._select(
            "SELECT id, bucket, key, document FROM uploads WHERE bucket = ? ORDER BY key, id", (bucket,)
        )
        return [_upload(row) for row in rows]

    def put_part(self, upload: str, number: int, file: Path, document: Document) -> bool:
        """Whether the upload is still there to take the part."""
        with self._change() as remove:
            if not self._select("SELECT 1 FROM uploads WHERE id = ?", (upload,)):
                return False
            rows = self._select("SELECT file FROM parts WHERE upload = ? AND number = ?", (upload, number))
            remove += [row[0] for row in rows]
            self._database.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)",
                (upload, number, file.name, json.dumps(document)),
            )
            return True

    def parts(self, upload: str) -> list[Part]:
        rows = self._select(
            "SELECT number, file, document FROM parts WHERE upload = ? ORDER BY number", (upload,)
        )
        return [Part(number, file, json.loads(document)) for number, file, document in rows]

    def end_upload(self, upload: str) -> None:
        """Forget an upload and its parts."""
        with self._change() as remove:
            remove += [row[0] for row in self._select("SELECT file FROM parts WHERE upload = ?", (upload,))]
            self._database.execute("DELETE FROM parts WHERE upload = ?", (upload,))
            self._database.execute("DELETE FROM uploads WHERE id = ?", (upload,))

    def forget_bucket(self, bucket: str) -> None:
        """End the uploads of a bucket that is gone."""
        for upload in self.uploads(bucket):
            self.end_upload(upload.id)

    # Inside

    @contextmanager
    def _change(self) -> Iterator[list[str]]:
        """One transaction; the files put into the list are removed after it."""
        remove: list[str] = []
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield remove
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        for file in remove:
            self.path(file).unlink(missing_ok=True)

    def _insert(self, bucket: str, key: str, version: str, file: str | None, document: Document) -> None:
        self._database.execute(
            "UPDATE versions SET is_current = 0 WHERE bucket = ? AND key = ? AND is_current", (bucket, key)
        )
        self._database.execute(
            "INSERT INTO versions (bucket, key, version, is_current, file, document)"
            " VALUES (?, ?, ?, 1, ?, ?)",
            (bucket, key, version, file, json.dumps(document)),
        )

    def _delete_version(self, bucket: str, key: str, version: str) -> list[str]:
        rows = self._database.execute(
            "DELETE FROM versions WHERE bucket = ? AND key = ? AND version = ? RETURNING file",
            (bucket, key, version),
        ).fetchall()
        return [row[0] for row in rows if row[0]]

    def _select(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def _remove_strays(self) -> None:
        named = {
            row[0]
            for row in self._select(
                "SELECT file FROM versions WHERE file IS NOT NULL UNION SELECT file FROM parts", ()
            )
        }
        for path in self._files.iterdir():
            if path.name not in named:
                path.unlink()


def _version(row: Any) -> Version:
    key, version, is_current, file, document = row
    return Version(key, version, bool(is_current), file, json.loads(document))


def _upload(row: Any) -> Upload:
    identifier, bucket, key, document = row
    return Upload(identifier, bucket, key, json.loads(document))
