"""A container: one command, in a process group and with a /opt/ml of its own.

It knows a command, an environment and a directory; it knows no job, no image and no AWS.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.isolation import Isolation

# Between SIGTERM and SIGKILL (facts/jobs-and-hosting.md, 5), s.
GRACE = 30.0
# CloudWatch Logs takes 256 KB an event; a longer line is cut into several.
_LONGEST_LINE = 250_000


class Container:
    """Starts the command at once. `on_line` gets each line of its output, without the newline, in a
    thread of its own."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        directory: JobDirectory,
        isolation: Isolation,
        on_line: Callable[[str], None],
    ) -> None:
        isolation.adapt_code(directory)
        self._on_line = on_line
        self._ended = threading.Event()
        started: Future[subprocess.Popen[bytes]] = Future()

        def run() -> None:
            try:
                process = subprocess.Popen(
                    isolation.wrap([isolation.translate(word, directory) for word in command], directory),
                    env={name: isolation.translate(value, directory) for name, value in environment.items()},
                    cwd=directory.home,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                # The input is the supervisor's; the command's own is empty.
                assert process.stdin
                self._input = io.FileIO(os.dup(process.stdin.fileno()), "w")
                process.stdin.close()
            except BaseException as error:
                started.set_exception(error)
                return
            started.set_result(process)
            self._read(process)

        # Started from the thread that waits for its end: bwrap dies with the thread that started it.
        threading.Thread(target=run, name="container", daemon=True).start()
        self._process = started.result()

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, when all output has been passed on; None if the time (s) is over before."""
        return self._process.returncode if self._ended.wait(timeout) else None

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def terminate(self) -> None:
        """Ask the command to end (SIGTERM). Returns at once."""
        with contextlib.suppress(OSError, ValueError):
            self._input.write(b"T")

    def kill(self) -> None:
        """End the command and all that it started, and return when they are gone."""
        with contextlib.suppress(OSError):
            self._input.close()
        if not self._ended.wait(5):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._ended.wait(5)

    def end(self, grace: float = GRACE) -> None:
        """Ask, wait for `grace` seconds, then kill."""
        self.terminate()
        if self.wait(grace) is None:
            self.kill()

    def _read(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout
        with process.stdout as output:
            while line := output.readline(_LONGEST_LINE):
                self._on_line(line.decode("utf-8", errors="replace").rstrip("\r\n"))
        process.wait()
        with contextlib.suppress(OSError):
            self._input.close()
        self._ended.set()


def environment_of(directory: JobDirectory, aws: Mapping[str, str], job: Mapping[str, str]) -> dict[str, str]:
    """What a container's process finds in its environment: nothing of the emulator's own but PATH.

    `aws` leads the job's AWS clients to the emulator; `job` is what the request asks for.
    """
    threads = str(os.cpu_count() or 1)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(directory.home),
        "TMPDIR": str(directory.temporary),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        # Threads that spin while they wait make a busy machine slow beyond measure: LightGBM beside one
        # busy process on 2 cores took 48 s spinning, 4 s sleeping.
        "OMP_WAIT_POLICY": "PASSIVE",
        "SM_NUM_CPUS": threads,
        **aws,
        **job,
    }
