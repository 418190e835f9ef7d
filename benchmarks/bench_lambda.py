"""Lambda through the endpoint against the bare runtime: the same program, asked directly by its Runtime API.

Cold is the first invocation of a function (the peer: a start of its process and the first answer), warm one
of a running worker. Both sides run AWS's runtime client, in the same Python, on the same handler.
"""

import io
import json
import os
import select
import subprocess
import sys
import tempfile
import time
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from measure import in_turn, table

from penstock.emulator.app import Emulator
from penstock.emulator.functions import boot
from penstock.emulator.functions.runtime_api import Answered, RuntimeApi, Work
from penstock.emulator.state import StateDirectory

HANDLER = "def handler(event, context):\n    return event\n"
EVENT = json.dumps({"n": 1}).encode()
WARM = 200
ROUNDS = 5


class Direct:
    """The function's process with nothing between it and who asks it."""

    def __init__(self, folder: Path) -> None:
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            [sys.executable, "-P", boot.__file__, str(folder), "app.handler"],
            env={**os.environ, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.PIPE,
        )

    def invoke(self) -> bytes:
        self._api.offer(Work("request", EVENT, 60.0))
        while True:
            select.select([self._api], [], [])
            for note in self._api.read():
                if isinstance(note, Answered):
                    assert note.body is not None
                    return note.body

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._api.close()


def timed(work: Any, times: int = 1) -> float:
    """Milliseconds for one."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times * 1000


def clients(emulator: Emulator) -> tuple[Any, Any]:
    variables = emulator.environment()
    session = boto3.Session(
        variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    )
    return (
        session.client("iam", endpoint_url=emulator.endpoint_url),
        session.client("lambda", endpoint_url=emulator.endpoint_url),
    )


def main() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", HANDLER)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "app.py").write_text(HANDLER)
        with Emulator(StateDirectory(folder / "state")) as emulator:
            iam, functions = clients(emulator)
            role = iam.create_role(RoleName="benchmark", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            numbers = count()

            def make() -> str:
                name = f"benchmark-{next(numbers)}"
                functions.create_function(
                    FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=role, Timeout=60,
                    Code={"ZipFile": packed.getvalue()},
                )  # fmt: skip
                return name

            def invoke(name: str) -> None:
                answer = functions.invoke(FunctionName=name, Payload=EVENT)["Payload"].read()
                assert json.loads(answer) == {"n": 1}, answer

            def cold() -> float:
                name = make()
                return timed(lambda: invoke(name))

            def cold_direct() -> float:
                def start() -> None:
                    direct = Direct(folder)
                    direct.invoke()
                    started.append(direct)

                started: list[Direct] = []
                figure = timed(start)
                started[0].end()
                return figure

            warm_name, warm_direct = make(), Direct(folder)
            invoke(warm_name)
            warm_direct.invoke()
            ours_cold, theirs_cold = in_turn(ROUNDS, cold, cold_direct)
            ours_warm, theirs_warm = in_turn(
                ROUNDS,
                lambda: timed(lambda: invoke(warm_name), WARM),
                lambda: timed(warm_direct.invoke, WARM),
            )
            warm_direct.end()
    table(
        "Lambda: Invoke through the endpoint against the bare runtime",
        ("", "endpoint ms", "bare ms", "ratio"),
        [
            ("cold", ours_cold, theirs_cold, ours_cold / theirs_cold),
            ("warm", ours_warm, theirs_warm, ours_warm / theirs_warm),
        ],
    )


if __name__ == "__main__":
    main()
