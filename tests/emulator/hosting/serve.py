"""An emulator with a stand-in of the tests' own, on a disk that always has room; as a program."""

import signal
import sys
import threading
from pathlib import Path

from penstock.emulator.app import Emulator
from penstock.emulator.standins.registry import BUILT_IN, StandIn, StandIns
from penstock.emulator.state import StateDirectory

PARROT = StandIn(
    name="parrot",
    note="a test's own server",
    serve=(sys.executable, str(Path(__file__).with_name("parrot.py")), "/opt/ml"),
)

if __name__ == "__main__":
    _, port, _, root = sys.argv[1:]
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with Emulator(
        StateDirectory(Path(root)),
        int(port),
        stand_ins=StandIns({**BUILT_IN, "parrot": PARROT}),
        disk_usage=lambda: 0.1,
    ):
        stopped.wait()
