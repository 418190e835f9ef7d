"""One emulator for one state directory: the lock, and the note of where the one that holds it serves."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import IO

from penstock.emulator.state import StateDirectory
from penstock.errors import PenstockError

_PATIENCE = 20.0  # seconds that another emulator may take to start serving


@dataclass(frozen=True)
class Serving:
    """An emulator that serves: its process and the variables that clients need besides the credentials."""

    process: int
    endpoint_url: str
    proxy: dict[str, str]
    enforces_policies: bool = False


class Occupancy:
    """Held by the emulator from its start to its end; the system gives it up when the process dies."""

    def __init__(self, state: StateDirectory) -> None:
        self._note = state.root / "serving.json"
        self._lock = _lock_file(state)
        if not _try_lock(self._lock):
            self._lock.close()
            other = read_note(state)
            whose = f" ({other.endpoint_url}, process {other.process})" if other else ""
            raise PenstockError(
                f"another emulator uses this state directory{whose}",
                where=str(state.root),
                remedy="Use that one, stop it, or choose another directory with --state.",
            )
        self._note.unlink(missing_ok=True)

    def announce(self, endpoint_url: str, proxy: dict[str, str], enforces_policies: bool) -> None:
        temporary = self._note.with_suffix(".new")
        note = Serving(os.getpid(), endpoint_url, proxy, enforces_policies)
        temporary.write_text(json.dumps(asdict(note)), encoding="utf-8")
        temporary.replace(self._note)

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.close()


def serving(state: StateDirectory) -> Serving | None:
    """The emulator that serves this state directory now, waiting for one that is just starting; None when
    there is none. Raises PenstockError when one starts and never serves."""
    if not state.root.is_dir():
        return None
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with _lock_file(state) as lock:
            if _try_lock(lock):
                return None
        note = read_note(state)
        if note:
            return note
        time.sleep(0.05)
    raise PenstockError(
        f"another emulator holds this state directory and has not begun to serve for {_PATIENCE:.0f} s",
        where=str(state.root),
        remedy="Stop it and try again.",
    )


def read_note(state: StateDirectory) -> Serving | None:
    try:
        return Serving(**json.loads((state.root / "serving.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _lock_file(state: StateDirectory) -> IO[str]:
    return (state.root / "lock").open("a", encoding="utf-8")


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
