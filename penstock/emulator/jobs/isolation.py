"""How a job gets a /opt/ml of its own: three ways, and which of them work on this machine.

An isolation turns a command into the one that is started in its place. It knows no job and no image.
Design decision 8; reports say by `name` which one ran.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Protocol

from penstock.emulator.jobs.directory import JobDirectory

_SUPERVISOR = [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))]

# A mention of /opt/ml itself or of something in it, not of /opt/mlflow.
_ML_MENTIONED = re.compile(r"/opt/ml(?![\w.-])")
_CODE = {".py", ".sh", ".r", ".ipynb"}
_LARGEST_CODE = 4 << 20  # bytes


class Isolation(Protocol):
    name: str

    def wrap(self, command: list[str], directory: JobDirectory) -> list[str]:
        """The command that runs `command` with `directory.ml` as its /opt/ml."""
        ...

    def translate(self, text: str, directory: JobDirectory) -> str:
        """A text of the container (an argument, a variable) as it must read here."""
        ...

    def adapt_code(self, directory: JobDirectory) -> None:
        """Make the code that was staged in the directory fit."""
        ...


class _Mounted:
    """The container has a real /opt/ml: nothing needs another name."""

    def translate(self, text: str, directory: JobDirectory) -> str:
        return text

    def adapt_code(self, directory: JobDirectory) -> None:
        return None


class Bubblewrap(_Mounted):
    """bwrap: a mount and a process namespace; killing its first process kills everything in it."""

    name = "bubblewrap"

    def wrap(self, command: list[str], directory: JobDirectory) -> list[str]:
        options = ["--die-with-parent", "--unshare-pid", "--dev-bind", "/", "/", "--proc", "/proc"]
        options += ["--tmpfs", "/opt"]
        opt = Path("/opt")
        # What else lies in /opt stays: Python itself may be there.
        for entry in sorted(opt.iterdir()) if opt.is_dir() else []:
            if entry.is_symlink():
                options += ["--symlink", str(entry.readlink()), str(entry)]
            elif entry.name != "ml":
                options += ["--dev-bind", str(entry), str(entry)]
        options += ["--bind", str(directory.ml), "/opt/ml"]
        return ["bwrap", *options, "--", *_SUPERVISOR, *command]


class Namespaces(_Mounted):
    """A user and a mount namespace of Linux, entered by the supervisor itself."""

    name = "namespaces"

    def wrap(self, command: list[str], directory: JobDirectory) -> list[str]:
        return [*_SUPERVISOR, "--ml", str(directory.ml), *command]


class PlainDirectory:
    """No isolation of files: /opt/ml becomes the directory's own path wherever the job's code, arguments
    and environment mention it. A path put together at run time is not seen."""

    name = "directory"

    def wrap(self, command: list[str], directory: JobDirectory) -> list[str]:
        return [*_SUPERVISOR, *command]

    def translate(self, text: str, directory: JobDirectory) -> str:
        return _ML_MENTIONED.sub(lambda _: str(directory.ml), text)

    def adapt_code(self, directory: JobDirectory) -> None:
        for file in directory.ml.rglob("*"):
            if file.suffix.lower() not in _CODE or file.is_symlink() or not file.is_file():
                continue
            if file.stat().st_size > _LARGEST_CODE:
                continue
            # latin-1 keeps every byte, whatever the file's encoding is.
            text = file.read_text(encoding="latin-1")
            adapted = _ML_MENTIONED.sub(lambda _: os.fsencode(directory.ml).decode("latin-1"), text)
            if adapted != text:
                file.write_text(adapted, encoding="latin-1")


def works(isolation: Isolation) -> bool:
    """Whether a process started in it sees its directory, or the directory's translation, as /opt/ml."""
    with tempfile.TemporaryDirectory() as root:
        directory = JobDirectory(Path(root)).prepare()
        (directory.ml / "probe").touch()
        probe = ["test", "-e", isolation.translate("/opt/ml/probe", directory)]
        # The supervisor kills its command when its input ends: it is held open.
        supervised, held = os.pipe()
        try:
            done = subprocess.run(
                isolation.wrap(probe, directory), stdin=supervised, capture_output=True, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        finally:
            os.close(supervised)
            os.close(held)
        return done.returncode == 0


@cache
def available() -> tuple[Isolation, ...]:
    """The isolations that work on this machine, the best first; a plain directory always does."""
    candidates: list[Isolation] = []
    if shutil.which("bwrap"):
        candidates.append(Bubblewrap())
    if sys.platform == "linux":
        candidates.append(Namespaces())
    return (*(isolation for isolation in candidates if works(isolation)), PlainDirectory())
