"""An emulator that can host the tests' adder; as a program."""

import signal
import sys
import threading
from pathlib import Path

from penstock.emulator.app import Emulator
from penstock.emulator.standins.registry import BUILT_IN, StandIn, StandIns
from penstock.emulator.state import StateDirectory

ADDER = StandIn(
    name="adder",
    note="a test's own server",
    serve=(sys.executable, str(Path(__file__).with_name("adder.py"))),
)

if __name__ == "__main__":
    _, port, _, root = sys.argv[1:]
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with Emulator(StateDirectory(Path(root)), int(port), stand_ins=StandIns({**BUILT_IN, "adder": ADDER})):
        stopped.wait()
