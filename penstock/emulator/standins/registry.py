"""The table of stand-ins: which command runs in place of which container image.

An image is known by the name of its repository: account, region and tag say where and which, not what.
It knows commands; it does not run them.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path, PurePosixPath

# An installed package adds stand-ins of its own under this entry point group: the entry's name is the
# repository, its value the StandIn.
ENTRY_POINTS = "penstock.stand_ins"

SAME_LIBRARY = "run by the same library as in the cloud"
STANDS_IN = "run by a stand-in"

_PYTHON = re.compile(r"python(3(\.\d+)?)?")

# Where `penstock` can be imported from: our own programs run by `python -m`.
_PROJECT = str(Path(__file__).parents[3])


class UnknownImage(Exception):
    """No stand-in for an image. Its text says which one, and how to register it."""


@dataclass(frozen=True)
class StandIn:
    """`entrypoint` is the image's ENTRYPOINT; `serve` the command of its model server, if it has one;
    `environment` what its processes need; `note` says in a report how real it is and what differs."""

    name: str
    note: str
    entrypoint: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, entrypoint: list[str] | None, arguments: list[str]) -> list[str]:
        """What a container runs: a given entrypoint replaces the image's, arguments are added to it.

        Empty when there is no entrypoint (facts/jobs-and-hosting.md, 1). A Python of the image, wherever it
        lies there, is the emulator's own Python here.
        """
        program = list(entrypoint or self.entrypoint)
        if not program:
            return []
        first, *rest = program + arguments
        if _PYTHON.fullmatch(PurePosixPath(first).name):
            first = sys.executable
        return [first, *rest]


def _program(module: str, *arguments: str) -> tuple[str, ...]:
    # Through /opt/ml as an argument the program learns where that is when it is no place of its own.
    return (sys.executable, "-m", f"penstock.emulator.standins.{module}", *arguments)


AUTOPILOT_TRAINER = StandIn(
    name="Autopilot ensembling (training)",
    note=f"{SAME_LIBRARY}: AutoGluon, here 1.6.3 with LightGBM and XGBoost, one split instead of k folds",
    entrypoint=_program("autopilot.train", "/opt/ml"),
    environment={"PYTHONPATH": _PROJECT},
)

BUILT_IN = {
    "sagemaker-scikit-learn": StandIn(
        name="scikit-learn processing",
        note=f"{SAME_LIBRARY}: the emulator's own Python and scikit-learn",
    ),
    "autogluon-inference": StandIn(
        name="Autopilot ensembling (inference)",
        note=f"{SAME_LIBRARY}: AutoGluon, here 1.6.3",
        serve=_program("autopilot.serve", "/opt/ml"),
        environment={"PYTHONPATH": _PROJECT},
    ),
    "sagemaker-model-monitor-analyzer": StandIn(
        name="Model Monitor analyzer",
        note=f"{STANDS_IN}: statistics, KLL sketches and constraints agree with files that AWS's analyzer "
        "made; the texts of violations but data_type_check, the limit for domains and the reading of "
        "ChiSquared are not published; writes no CloudWatch metrics; runs without Spark",
        entrypoint=_program("model_monitor.analyze", "/opt/ml"),
        environment={"PYTHONPATH": _PROJECT},
    ),
    "sagemaker-clarify-processing": StandIn(
        name="Clarify",
        note=f"{STANDS_IN}: bias metrics from AWS's published definitions, SHAP by the shap library, the "
        "model behind a real shadow endpoint; tables only (no text, images, time series or asymmetric "
        "Shapley values); the report is HTML, without report.ipynb and report.pdf",
        entrypoint=_program("clarify.analyze", "/opt/ml"),
        environment={"PYTHONPATH": _PROJECT},
    ),
}


class StandIns:
    """Stand-ins by repository name."""

    def __init__(self, by_repository: Mapping[str, StandIn]) -> None:
        self._by_repository = dict(by_repository)

    @classmethod
    def installed(cls) -> "StandIns":
        """The built-in ones and those that installed packages add; theirs win."""
        added = {entry.name: entry.load() for entry in entry_points(group=ENTRY_POINTS)}
        return cls({**BUILT_IN, **added})

    def find(self, image: str) -> StandIn:
        """Raises UnknownImage."""
        repository = repository_of(image)
        if repository not in self._by_repository:
            raise UnknownImage(
                f"no stand-in runs the image {image} on this machine. Register a StandIn for the "
                f"repository {repository!r}: in penstock/emulator/standins/registry.py, or from a package "
                f"of yours under the entry point group {ENTRY_POINTS!r}."
            )
        return self._by_repository[repository]


def repository_of(image: str) -> str:
    """`1234.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1` is of `sagemaker-scikit-learn`."""
    name = image.split("@")[0]
    host, slash, rest = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        name = rest
    return name.split(":")[0]
