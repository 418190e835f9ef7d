"""One process that runs a function, and one invocation after the other in it.

The process is a group of its own with a temporary folder of its own. It is asked, watched and, when its time
is over, killed here; where its code lies and who may use it when is others' business.
"""

import contextlib
import json
import math
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from penstock.emulator.functions.function import Function
from penstock.emulator.functions.output import Output
from penstock.emulator.functions.runtime_api import LARGEST_ANSWER, Answered, RuntimeApi, Taken, Work
from penstock.emulator.jobs.logs import LogStream

_BOOT = Path(__file__).with_name("boot.py")
# A function's module may take this long (s) to load, apart from its own time-out (Lambda, "Init phase").
# What it needs beyond counts to the time-out; AWS starts it again then, which changes nothing.
_INIT_LIMIT = 10.0
# How often (s) a process is asked whether it has ended: a child of its own may keep its output open. When its
# output is closed, it has all but ended.
_LOOK_EVERY = 0.25
_LOOK_SOON = 0.005


@dataclass(frozen=True)
class Result:
    """What came of an invocation: JSON, whether it is an error's, and the end of the log."""

    payload: bytes
    is_error: bool
    tail: bytes


class Worker:
    """Starts the process at once. `folders` go on its import path, the first is its working directory. The
    log and `scratch`, which becomes its temporary folder, are the worker's own and go with it.

    `invoke` and `end` are for one thread at a time; any may `kill`.
    """

    def __init__(
        self,
        function: Function,
        folders: list[Path],
        environment: Mapping[str, str],
        scratch: Path,
        log: LogStream,
    ) -> None:
        self.function = function
        self._log = log
        self._scratch = scratch
        self._started = time.monotonic()
        self._broken = self._ended = False
        self._api = RuntimeApi()
        scratch.mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_BOOT), *map(str, folders), function.handler],
            cwd=folders[0],
            env={**environment, "TMPDIR": str(scratch), "HOME": str(scratch),
                 "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout
        self._printed = self._process.stdout
        os.set_blocking(self._printed.fileno(), False)
        # How long (s) the process took from its start to its first event; None until then.
        self._init_seconds: float | None = None

    @property
    def usable(self) -> bool:
        """Whether another invocation may be tried in it."""
        return not self._broken and self._process.poll() is None

    def invoke(self, request_id: str, event: bytes, headers: Mapping[str, str]) -> Result:
        """Run one event to its end. Unless the worker is `usable` then, it is to be ended."""
        output = Output(self._log.write)
        is_cold = self._init_seconds is None
        begun = time.monotonic()
        if is_cold:
            begun = self._started
            output.say(f"INIT_START Runtime Version: python:{sys.version.split()[0]}")
        output.say(f"START RequestId: {request_id} Version: {self.function.version}")
        self._api.offer(Work(request_id, event, self.function.timeout, headers))
        answer, taken = self._wait(request_id, output)
        seconds = time.monotonic() - (begun if taken is None else taken)
        if isinstance(answer, Failed):
            output.say(answer.log_line)
            answer = Answered(_error(answer.kind, answer.message), is_error=True)
        if answer.body is None:
            text = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
            answer = Answered(_error("Function.ResponseSizeTooLarge", text), is_error=True)
        output.say(f"END RequestId: {request_id}")
        output.say(self._report(request_id, seconds, is_cold))
        assert answer.body is not None
        return Result(answer.body, answer.is_error, output.tail)

    def kill(self) -> None:
        """Kill the process and all that it started; an invocation that runs in it fails."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill the process and leave nothing of it. Does nothing the second time."""
        if self._ended:
            return
        self._ended = True
        self.kill()
        self._process.wait()
        self._api.close()
        for pipe in (self._process.stdin, self._printed):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._log.close()

    def _wait(self, request_id: str, output: Output) -> tuple["Answered | Failed", float | None]:
        """The answer and when the process took the event: whatever comes first of the answer, the process's
        end and the time-out; what it prints in the meantime goes to `output`."""
        timeout = self.function.timeout
        taken, look_every = None, _LOOK_EVERY
        deadline = time.monotonic() + timeout
        if self._init_seconds is None:
            deadline = self._started + _INIT_LIMIT + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._printed, selectors.EVENT_READ)
            selector.register(self._api, selectors.EVENT_READ)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    self.kill()
                    self._process.wait()
                    self._drain(output)
                    return _timed_out(request_id, timeout), taken
                for key, _ in selector.select(min(left, look_every)):
                    if key.fileobj is self._printed and not self._read(output):
                        selector.unregister(self._printed)
                        look_every = _LOOK_SOON
                # Asked before the notes are read: what it posted before its end is among them then.
                has_ended = self._process.poll() is not None
                for note in self._api.read():
                    if isinstance(note, Taken):
                        taken = time.monotonic()
                        deadline = taken + timeout
                        if self._init_seconds is None:
                            self._init_seconds = taken - self._started
                    elif note.request_id in ("", request_id):
                        self._broken = not note.request_id
                        self._drain(output)
                        return note, taken
                if has_ended:
                    self._drain(output)
                    return _exited(request_id, self._process.wait()), taken

    def _read(self, output: Output) -> bool:
        """Pass on what there is; whether there can be more."""
        data = self._printed.read(65536)
        if data:
            output.feed(data)
        return data != b""

    def _drain(self, output: Output) -> None:
        """Pass on what was printed before: it is in the pipe by now, which holds 1 MB at most. A process
        that goes on printing is not listened to for ever."""
        for _ in range(16):
            if not (data := self._printed.read(65536)):
                return
            output.feed(data)

    def _report(self, request_id: str, seconds: float, is_cold: bool) -> str:
        milliseconds = seconds * 1000
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {milliseconds:.2f} ms",
            f"Billed Duration: {max(1, math.ceil(milliseconds))} ms",
            f"Memory Size: {self.function.memory} MB",
        ]
        if (used := _peak_memory(self._process.pid)) is not None:
            parts.append(f"Max Memory Used: {used} MB")
        if is_cold and self._init_seconds is not None:
            parts.append(f"Init Duration: {self._init_seconds * 1000:.2f} ms")
        return "\t".join(parts)


@dataclass(frozen=True)
class Failed:
    """An invocation that the function did not answer."""

    kind: str
    message: str
    log_line: str


# The texts are Lambda's own, as its documents and its users show them.
def _timed_out(request_id: str, timeout: float) -> Failed:
    text = f"Task timed out after {timeout:.2f} seconds"
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Failed("Sandbox.Timedout", f"RequestId: {request_id} Error: {text}", f"{now} {request_id} {text}")


def _exited(request_id: str, code: int) -> Failed:
    if code == 0:
        text = "Runtime exited without providing a reason"
    elif code < 0:
        text = f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    else:
        text = f"Runtime exited with error: exit status {code}"
    message = f"RequestId: {request_id} Error: {text}"
    return Failed("Runtime.ExitError", message, message)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _peak_memory(pid: int) -> int | None:
    """MB that a process has used at most; None where it cannot be known."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return -(-int(line.split()[1]) // 1024)
    return None
