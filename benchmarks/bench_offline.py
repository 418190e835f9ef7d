"""check, plan, graph and policy of the flagship, against what the SDK's `upsert` does before any call.

Process CPU seconds of whole commands, each in a process of its own. `upsert` begins with
`Pipeline.definition()`, so the figure of the SDK is the least that its check at deploy costs. plan asks the
emulator, where the flagship is deployed: its figure holds some thirty calls. Bytecode is cached, as it is
wherever PYTHONDONTWRITEBYTECODE is not set.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import ROOT, in_turn, run, table

from penstock.emulator.app import Emulator
from penstock.emulator.state import StateDirectory

PIPELINE = "automl_scoring"
SDK = f"from pipelines.{PIPELINE} import build; build().definition()"
VERBS = ("check", "plan", "graph", "policy")
ROUNDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator(StateDirectory(Path(folder))) as emulator:
        bytecode = {"PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "PYTHONDONTWRITEBYTECODE": ""}
        environment = emulator.environment() | bytecode

        def command(*arguments: str) -> float:
            return run([sys.executable, *arguments], cwd=ROOT, environment=environment).cpu

        def penstock(verb: str, *arguments: str) -> float:
            return command("-m", f"scripts.{verb}", *arguments)

        penstock("bootstrap")
        penstock("deploy", PIPELINE)
        command("-c", SDK)
        contenders = [lambda verb=verb: penstock(verb, PIPELINE) for verb in VERBS]
        figures = in_turn(ROUNDS, *contenders, lambda: command("-c", SDK))
    show([*(f"penstock {verb}" for verb in VERBS), "SDK Pipeline.definition()"], figures)


def show(names: Sequence[str], figures: Sequence[float]) -> None:
    table(
        f"check, plan, graph, policy: CPU seconds of the process (median of {ROUNDS})",
        ("", "CPU s", "ratio to the SDK"),
        [(name, figure, figure / figures[-1]) for name, figure in zip(names, figures, strict=True)],
    )


if __name__ == "__main__":
    main()
