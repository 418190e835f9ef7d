"""A real emulator in a process of its own, reached as anybody reaches it: over HTTP, with boto3 as it is."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest

from penstock.emulator.endpoint import environment, occupancy
from penstock.emulator.state import StateDirectory

ROOT = Path(__file__).parent.parent.parent


class RunningEmulator:
    """`penstock emulate` on a state directory, or another program that serves it."""

    def __init__(self, root: Path, *options: str, program: Sequence[str] = ("-m", "scripts.emulate")) -> None:
        self.state = StateDirectory(root)
        self.process = subprocess.Popen(
            [sys.executable, *program, "--port", "0", "--state", str(root), *options],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while (note := occupancy.read_note(self.state)) is None or note.process != self.process.pid:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the emulator did not start: {self.stop()}")
            time.sleep(0.02)
        self.endpoint_url = note.endpoint_url
        self.proxy = note.proxy

    def environment(self) -> dict[str, str]:
        return environment.variables(self.state, self.endpoint_url) | self.proxy

    def command_environment(self) -> dict[str, str]:
        """The whole environment of a command that talks to this emulator."""
        return environment.for_command(os.environ, self.environment())

    def client(self, service: str):
        return environment.client(self.state, self.endpoint_url, service)

    def kill(self) -> None:
        """As a crash or `kill -9`: nothing is said, nothing is saved."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        """As Ctrl-C; what it wrote to stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


@pytest.fixture(scope="session")
def start_emulator():
    """Start an emulator on a directory; it is stopped at the end of the session, if the test did not."""
    started = []

    def start(root: Path, *options: str, **others) -> RunningEmulator:
        started.append(RunningEmulator(root, *options, **others))
        return started[-1]

    yield start
    for emulator in started:
        if emulator.process.poll() is None:
            emulator.stop()


@pytest.fixture(scope="session")
def emulator(start_emulator, tmp_path_factory):
    return start_emulator(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def client(emulator):
    """client("s3"): a boto3 client of the emulator."""
    return emulator.client


@pytest.fixture
def bucket(client):
    """A bucket of the test's own."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name)
    return name
