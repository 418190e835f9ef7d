"""A step's process: a command in a process group of its own, with its output in files.

The jobs' supervisor runs it, so it dies with the emulator and takes all that it started along. It knows no
step and no AWS.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.isolation import PlainDirectory


class Process:
    """Starts the command at once; `stdout` and `stderr` are files that are appended to."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        directory: JobDirectory,
        stdout: Path,
        stderr: Path,
    ) -> None:
        # A plain directory: EMR's steps have no /opt/ml, the supervisor is all that is wanted here.
        with stdout.open("ab") as out, stderr.open("ab") as err:
            self._process = subprocess.Popen(
                PlainDirectory().wrap(command, directory),
                env=dict(environment),
                cwd=directory.home,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    def wait(self) -> int:
        """The exit code, 128 + n after signal n, 127 when there is no such command."""
        code = self._process.wait()
        self._close()
        return code

    def terminate(self) -> None:
        """Ask the command to end (SIGTERM). Returns at once."""
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin
            os.write(self._process.stdin.fileno(), b"T")

    def kill(self) -> None:
        """End the command and all that it started. Returns when they are gone."""
        self._close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
