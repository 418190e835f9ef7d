"""PS903 and PS905 of Tuning steps: the search for hyperparameters, its ranges and limits.

Sources: botocore (HyperParameterTuningJobConfig and what is inside); developer guide, how hyperparameter
tuning works (Grid); sagemaker-python-sdk, tuner.py (what is tuned is taken out of the static values).
"""

from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import shown
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path

_CONFIG = "HyperParameterTuningJobConfig"
_NUMBERS = {"ContinuousParameterRanges": float, "IntegerParameterRanges": int}
_RANGES = (*_NUMBERS, "CategoricalParameterRanges")


def search(step: PlacedStep) -> Iterator[Finding]:
    yield from _strategy(step)
    several = items(step.arguments.get("TrainingJobDefinitions"))
    one: Path = ("TrainingJobDefinition",)
    yield from _ranges(step, (_CONFIG, "ParameterRanges"), get(step.arguments, *one))
    for path in (one, *(("TrainingJobDefinitions", index) for index in range(len(several)))):
        yield from _ranges(step, (*path, "HyperParameterRanges"), get(step.arguments, *path))


def _strategy(step: PlacedStep) -> Iterator[Finding]:
    config = get(step.arguments, _CONFIG)
    strategy = get(config, "Strategy")
    if strategy == "Hyperband" and get(config, "TrainingJobEarlyStoppingType") == "Auto":
        where = step.at("Arguments", _CONFIG, "TrainingJobEarlyStoppingType")
        message = "with the Hyperband strategy TrainingJobEarlyStoppingType must be Off"
        yield Finding("PS903", where, message, step.name, "Set it to Off, or leave it out.")
    if get(config, "StrategyConfig") is not None and strategy != "Hyperband" and not is_open(strategy):
        where = step.at("Arguments", _CONFIG, "StrategyConfig")
        yield Finding("PS903", where, "StrategyConfig is for the Hyperband strategy only", step.name)
    number, parallel = (
        get(config, "ResourceLimits", key) for key in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs")
    )
    if isinstance(number, int) and isinstance(parallel, int) and parallel > number:
        where = step.at("Arguments", _CONFIG, "ResourceLimits", "MaxParallelTrainingJobs")
        message = f"of {number} training jobs {parallel} cannot run at once"
        yield Finding("PS905", where, message, step.name, f"Set MaxParallelTrainingJobs to {number} or less.")


def _ranges(step: PlacedStep, place: Path, job: Any) -> Iterator[Finding]:
    names = set()
    fixed = get(job, "StaticHyperParameters")
    for kind in _RANGES:
        for index, entry in enumerate(items(get(step.arguments, *place, kind))):
            where = step.at("Arguments", *place, kind, index)
            name = get(entry, "Name")
            if not isinstance(name, str) or is_open(name):
                name = None
            elif name in names:
                yield Finding("PS504", (*where, "Name"), f"another range is named {name!r}", step.name)
            elif isinstance(fixed, dict) and name in fixed:
                message = f"{name!r} is tuned, and has a value in StaticHyperParameters"
                yield Finding("PS905", where, message, step.name, "Remove one of the two.")
            names.add(name)
            if kind in _NUMBERS:
                yield from _numbers(step, kind, entry, where)


def _numbers(step: PlacedStep, kind: str, entry: Any, where: Path) -> Iterator[Finding]:
    if get(step.arguments, _CONFIG, "Strategy") == "Grid":
        message = "the Grid strategy takes CategoricalParameterRanges only"
        yield Finding("PS903", where, message, step.name, "List the values in CategoricalParameterRanges.")
    ends = {}
    for key in ("MinValue", "MaxValue"):
        text = get(entry, key)
        if not isinstance(text, str) or is_open(text):
            continue
        try:
            ends[key] = _NUMBERS[kind](text)
        except ValueError:
            what = "an integer" if _NUMBERS[kind] is int else "a number"
            yield Finding("PS903", (*where, key), f"{shown(text)} is not {what}", step.name)
    least, most = ends.get("MinValue"), ends.get("MaxValue")
    if least is not None and most is not None and least > most:
        message = f"MinValue {entry['MinValue']} is more than MaxValue {entry['MaxValue']}"
        yield Finding("PS903", where, message, step.name)
    yield from _scale(step, get(entry, "ScalingType"), least, most, where)


def _scale(
    step: PlacedStep, scale: Any, least: float | None, most: float | None, where: Path
) -> Iterator[Finding]:
    """Which ranges of values a scale is for (botocore: ScalingType)."""
    message = ""
    if scale == "Logarithmic" and least is not None and least <= 0:
        message = "Logarithmic scaling is for values above 0"
    elif scale == "ReverseLogarithmic" and ((least or 0) < 0 or (most or 0) >= 1):
        message = "ReverseLogarithmic scaling is for values from 0 to less than 1"
    if message:
        suggestion = "Set ScalingType to Linear or Auto."
        yield Finding("PS903", (*where, "ScalingType"), message, step.name, suggestion)
