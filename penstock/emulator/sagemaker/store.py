"""SageMaker's documents and the events of executions, in one SQLite file.

A document is the JSON of its Describe response; members that begin with an underscore are the
emulator's own and never leave it. Timestamps are seconds since the epoch. It knows no operation.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY, execution TEXT NOT NULL, event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of ON events (execution, sequence);
"""


class AlreadyExists(Exception):
    pass


class NotThere(Exception):
    pass


class Store:
    """Safe to share between threads. Every change is durable against a kill of the process when the
    call returns, and raises `revision`, which `wait` waits on."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._revision = 0
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        # WAL with NORMAL keeps what was committed when the process dies; only a power cut may lose the tail.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done to the store inside is kept together or not at all, and no other thread sees or
        changes anything between. Transactions nest: the outermost one counts. Never wait inside."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def create(self, kind: str, name: str, document: Document) -> None:
        """Raises AlreadyExists."""
        with self._changed:
            try:
                self._database.execute(
                    "INSERT INTO documents VALUES (?, ?, ?)", (kind, name, json.dumps(document))
                )
            except sqlite3.IntegrityError:
                raise AlreadyExists(kind, name) from None
            self._note_change()

    def get(self, kind: str, name: str) -> Document | None:
        with self._lock:
            row = self._database.execute(
                "SELECT document FROM documents WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def update(self, kind: str, name: str, change: Callable[[Document], None]) -> Document:
        """Let `change` alter the document in place, atomically, and return what was stored.

        When `change` raises, nothing is stored. Raises NotThere.
        """
        with self._changed:
            document = self.get(kind, name)
            if document is None:
                raise NotThere(kind, name)
            change(document)
            self._database.execute(
                "UPDATE documents SET document = ? WHERE kind = ? AND name = ?",
                (json.dumps(document), kind, name),
            )
            self._note_change()
            return document

    def delete(self, kind: str, name: str) -> bool:
        """Whether there was such a document."""
        with self._changed:
            cursor = self._database.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (kind, name))
            self._note_change()
            return cursor.rowcount > 0

    def all(self, kind: str, prefix: str = "") -> list[Document]:
        """The documents of a kind whose name begins with `prefix`, by name."""
        with self._lock:
            rows = self._database.execute(
                "SELECT document FROM documents WHERE kind = ? AND substr(name, 1, ?) = ? ORDER BY name",
                (kind, len(prefix), prefix),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def append_event(self, execution: str, event: Document) -> int:
        """Add an event to an execution's stream and return its sequence number."""
        with self._changed:
            cursor = self._database.execute(
                "INSERT INTO events (execution, event) VALUES (?, ?)", (execution, json.dumps(event))
            )
            self._note_change()
            return int(cursor.lastrowid or 0)

    def events(self, execution: str, after: int = 0) -> list[Document]:
        """An execution's events in order, those after a sequence number."""
        with self._lock:
            rows = self._database.execute(
                "SELECT event FROM events WHERE execution = ? AND sequence > ? ORDER BY sequence",
                (execution, after),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def delete_events(self, execution: str) -> None:
        with self._changed:
            self._database.execute("DELETE FROM events WHERE execution = ?", (execution,))
            self._note_change()

    @property
    def revision(self) -> int:
        with self._lock:
            return self._revision

    def wait(self, seen: int, timeout: float) -> int:
        """Block until something has changed since revision `seen`, or the time (s) is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._revision != seen, timeout)
            return self._revision

    def _note_change(self) -> None:
        self._revision += 1
        self._changed.notify_all()
