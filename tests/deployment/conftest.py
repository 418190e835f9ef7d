"""The effects of a deployment on moto's AWS, and on a scripted server."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.deployment import environments
from penstock.deployment.apply import deploy
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws, connect
from penstock.deployment.choose import choose
from penstock.deployment.plan import Plan, make


class Heard:
    """A listener to uploads that remembers."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def sending(self, upload: Upload, sent: int) -> None:
        pass

    def published(self, upload: Upload) -> None:
        self.names.append(upload.name)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def aws(project: Any, account: Any) -> Iterator[Aws]:
    with connect(environments.load(project, "local")) as aws:
        yield aws


@pytest.fixture
def planned(project: Any, aws: Aws) -> Any:
    """Plans the small project, or a former deploy of it, against moto's AWS, by its files at the time."""

    def plan(reference: str | None = None) -> Plan:
        fresh = Aws(environments.load(project, "local"))
        return make(fresh, choose(project, "scoring", fresh, reference, lambda _: None))

    return plan


@pytest.fixture
def deployed(project: Any, aws: Aws, planned: Any, heard: Heard) -> Any:
    """Deploys the small project, or a former deploy of it, and returns the plan that was applied."""

    def run(reference: str | None = None) -> Plan:
        return deploy(aws, lambda: planned(reference), heard, lambda _: None)[0]

    return run


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Callable[..., str]]:
    """Make a folder a git repository; what it gives is git in there, and what it prints."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.com")

    def make(folder: Path) -> Callable[..., str]:
        def git(*arguments: str) -> str:
            finished = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
            return finished.stdout.decode().strip()

        git("init")
        return git

    return make
