"""The record of every request that changed something, from which memory is made again at the next start.

An entry is written before its request is carried out, so that nothing is done that would be forgotten, and
taken back when the request failed. It knows neither what a request means nor who carries it out.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, time REAL NOT NULL, seed INTEGER NOT NULL,
    method TEXT NOT NULL, uri TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL
);
"""


@dataclass(frozen=True)
class Entry:
    """A request: when it came (s since the epoch), the seed of its random numbers, and what was sent."""

    time: float
    seed: int
    method: str
    uri: str
    headers: dict[str, str]
    body: bytes


class Journal:
    """Safe to share between threads; durable against a kill of the process when `write` returns."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def write(self, entry: Entry) -> int:
        """Add an entry; its number takes it back. Raises sqlite3.OperationalError on a full disk."""
        with self._lock:
            cursor = self._database.execute(
                "INSERT INTO entries (time, seed, method, uri, headers, body) VALUES (?, ?, ?, ?, ?, ?)",
                (entry.time, entry.seed, entry.method, entry.uri, json.dumps(entry.headers), entry.body),
            )
            return int(cursor.lastrowid or 0)

    def take_back(self, number: int) -> None:
        with self._lock:
            self._database.execute("DELETE FROM entries WHERE number = ?", (number,))

    def __iter__(self) -> Iterator[Entry]:
        """The entries in the order in which they were written."""
        with self._lock:
            rows = self._database.execute(
                "SELECT time, seed, method, uri, headers, body FROM entries ORDER BY number"
            ).fetchall()
        for time, seed, method, uri, headers, body in rows:
            yield Entry(time, seed, method, uri, json.loads(headers), body)
