"""The flagship on a real emulator, deployed, started and watched by the same commands as on AWS."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
BUCKET = "penstock-000000000000-us-east-1"
SAMPLE_ROWS = 3000


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.stdout)

    @property
    def step(self) -> dict[str, dict[str, Any]]:
        return {step["name"]: step for step in self.data["steps"]}


def run_command(environment: dict[str, str], *command: str) -> Outcome:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def penstock(emulator) -> Callable[..., Outcome]:
    """penstock("deploy", "automl_scoring"): a command of the project, in a process of its own."""
    environment = emulator.command_environment()

    def run(*arguments: str) -> Outcome:
        return run_command(environment, sys.executable, "-m", "scripts.cli", *arguments)

    done = run("bootstrap", "--env", "local")
    assert done.exit_code == 0, done.stderr
    return run


@pytest.fixture(scope="session")
def census_lines() -> list[str]:
    """The header and the first rows of the census data."""
    with gzip.open(ROOT / "data/census_income.csv.gz", "rt", encoding="utf-8") as file:
        return [next(file) for _ in range(SAMPLE_ROWS + 1)]


@pytest.fixture(scope="session")
def upload(penstock, client) -> Callable[[str, str], str]:
    """Put a text under a name in the environment's bucket, and give its URI."""

    def put(name: str, text: str) -> str:
        client("s3").put_object(Bucket=BUCKET, Key=f"tests/{name}", Body=text.encode())
        return f"s3://{BUCKET}/tests/{name}"

    return put


@pytest.fixture(scope="session")
def sample(upload, census_lines) -> str:
    return upload("census.csv", "".join(census_lines))


@pytest.fixture(scope="session")
def passed(penstock, sample) -> Outcome:
    """The flagship, deployed and executed on a small sample: the branch that registers the model."""
    done = penstock(
        "deploy", "automl_scoring", "--wait", "--output", "json",
        "-p", f"DataUri={sample}", "-p", "AutoMLRuntimeSeconds=120", "-p", "ModelPackageGroupName=census",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    return done
