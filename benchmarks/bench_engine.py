"""The engine's overhead per step, on definitions of instant steps: Condition steps, chained or side by side.

The peer is the floor that durability sets: the store alone, writing as many events as the execution wrote.
"""

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from measure import in_turn, table

from penstock.emulator.access.actor import Actor
from penstock.emulator.engine.aws import Aws
from penstock.emulator.engine.engine import Engine
from penstock.emulator.sagemaker.store import Store

ARN = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/benchmark/execution/"
SIZES = (50, 1000)


def definition(steps: int, *, chain: bool) -> dict[str, Any]:
    always = [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}]
    arguments = {"Conditions": always, "IfSteps": [], "ElseSteps": []}
    return {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": f"Step{index}",
                "Type": "Condition",
                "Arguments": arguments,
                **({"DependsOn": [f"Step{index - 1}"]} if chain and index else {}),
            }
            for index in range(steps)
        ],
    }


def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError(f"an instant step called {operation} with {request}")


def no_client(name: str) -> Any:
    raise SystemExit(f"no step here uses {name}")


def read_object(uri: str) -> bytes:
    raise FileNotFoundError(uri)


def execute(store: Store, name: str, document: dict[str, Any]) -> float:
    """Seconds from start to Succeeded."""
    store.create(
        "PipelineExecution",
        f"benchmark/{name}",
        {
            "PipelineExecutionArn": ARN + name,
            "PipelineExecutionStatus": "Executing",
            "CreationTime": time.time(),
            "_Definition": document,
            "_Parameters": {},
            "_MaxParallelSteps": None,
            "_RoleArn": "",
        },
    )
    engine = Engine(store, lambda _: Aws(call, read_object, Actor(no_client)))
    started = time.perf_counter()
    engine.start(ARN + name)
    # Its own thread is waited for: to look at the document would be to read the whole definition each time.
    for thread in threading.enumerate():
        if thread.name == f"execution {ARN}{name}":
            thread.join()
    taken = time.perf_counter() - started
    status = (store.get("PipelineExecution", f"benchmark/{name}") or {})["PipelineExecutionStatus"]
    if status != "Succeeded":
        raise SystemExit(f"the execution ended as {status}")
    return taken


def main() -> None:
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch) / "benchmark.sqlite3")
        runs = 0
        for chain in (True, False):
            for size in SIZES:
                document = definition(size, chain=chain)

                def engine(document: dict[str, Any] = document) -> float:
                    nonlocal runs
                    runs += 1
                    return execute(store, f"run{runs}", document)

                def floor() -> float:
                    written = store.events(ARN + f"run{runs}")
                    started = time.perf_counter()
                    for event in written:
                        store.append_event("floor", event)
                    return time.perf_counter() - started

                taken, least = in_turn(5, engine, floor)
                shape = "in a chain" if chain else "side by side"
                each = taken / size * 1000
                rows.append((f"{size} steps {shape}", each, least / size * 1000, taken / least))
        store.close()
    table(
        "engine: milliseconds per instant step (median of 5)",
        ("", "engine ms", "store alone ms", "ratio"),
        rows,
    )


if __name__ == "__main__":
    main()
