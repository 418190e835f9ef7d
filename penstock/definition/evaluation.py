"""What expressions stand for in an execution, as far as that is determined before it runs.

A value that only an execution has is an `Unknown`: what is read, and whose it is. It knows the grammar of
expressions, and what of a step's Arguments its Describe response repeats (facts/pipeline-execution.md, 1.1
and 3); it knows nothing of caches.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.definition.expressions import get, is_expression, items, parse_path
from penstock.definition.structure import all_steps
from penstock.service_model import Path

NEXT = "the next execution"
UNTOLD = "an execution that cannot be told"

# A reference reads the items of a list by these names (facts/pipeline-execution.md, 1.1).
_ITEM_NAMES = ("OutputName", "InputName", "MetricName", "ChannelName")

# What Pipelines names itself, though Arguments may have a name (facts/pipeline-execution.md, 4: job names).
_GENERATED = {
    "Processing": "ProcessingJobName",
    "Training": "TrainingJobName",
    "Tuning": "HyperParameterTuningJobName",
    "AutoML": "AutoMLJobName",
    "Transform": "TransformJobName",
    "Model": "ModelName",
    "EndpointConfig": "EndpointConfigName",
}

# Types that answer what a program or a person says, which may be the same again under any name.
_MAY_REPEAT = ("Lambda", "Callback", "Condition", "QualityCheck", "ClarifyCheck", "ForEach")
# Names, times and places that the service makes for each run.
_NEW_EACH_TIME = re.compile(r".*(?<!Metric)(Name|Arn|Id|Time|Ur[il]|Path|Artifacts)")

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Unknown:
    """`text` says what is read, `origin` which execution has it: an ARN, NEXT or UNTOLD. `fresh`: it surely
    is another value in each execution."""

    text: str
    origin: str
    fresh: bool


@dataclass(frozen=True)
class Joined:
    """A text of which parts are unknown."""

    parts: tuple[str | Unknown, ...]


class Scope:
    """The values of one execution: its definition's, with these parameters and execution variables. `origin`
    gives the scope of the execution that did a step's work, None if that cannot be told."""

    def __init__(
        self,
        name: str,
        definition: Mapping[str, Any],
        parameters: Mapping[str, Any],
        variables: Mapping[str, str],
        origin: Callable[[str], "Scope | None"],
    ) -> None:
        self.name = name
        self.steps = {str(step.get("Name")): step for step in all_steps(definition)}
        self._experiment = definition.get("PipelineExperimentConfig")
        self._parameters = parameters
        self._variables = variables
        self._origin = origin
        # What is being looked up: a definition may refer in a circle, though none runs that does.
        self._open: set[str] = set()

    def evaluate(self, value: Any) -> Any:
        """The value with each expression replaced by what it stands for, if need be an Unknown or Joined."""
        if is_expression(value):
            [(function, operand)] = value.items()
            if function == "Get" and isinstance(operand, str):
                return self._get(operand)
            if function == "Std:Join":
                return self._join(operand)
            if function == "Std:JsonGet":
                return self._json_get(operand)
            return Unknown(json.dumps(value), self.name, fresh=False)
        if isinstance(value, dict):
            return {key: self.evaluate(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.evaluate(item) for item in value]
        return value

    def shown(self, value: Any) -> Any:
        """As evaluate, but an expression of which anything is unknown stays as it is written."""
        if is_expression(value):
            found = self.evaluate(value)
            return value if any(unknowns(found)) else found
        if isinstance(value, dict):
            return {key: self.shown(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.shown(item) for item in value]
        return value

    def _get(self, text: str) -> Any:
        match parse_path(text):
            case ("Parameters", str(name)) if name in self._parameters:
                return self._parameters[name]
            case ("Execution", str(name)):
                return self._variables.get(name, Unknown(text, self.name, fresh=True))
            case ("PipelineExperimentConfig", str(name)):
                return self._experiment_member(text, name)
            case ("Steps", str(name), *path) if name in self.steps:
                return self._property(text, name, tuple(path))
            case _:
                return Unknown(text, self.name, fresh=False)

    def _experiment_member(self, text: str, name: str) -> Any:
        """The definition's; else the service's own (facts/pipeline-execution.md, 4: defaults on start)."""
        written = get(self._experiment, name)
        if written is not None:
            return self.evaluate(written)
        if name == "TrialName":
            return self._variables.get("PipelineExecutionId", Unknown(text, self.name, fresh=True))
        return self._variables["PipelineName"].lower()

    def _property(self, text: str, name: str, path: Path) -> Any:
        """Determined where the Arguments of the step have it, those of the execution that ran it."""
        scope = self._origin(name)
        if scope is None:
            return Unknown(text, UNTOLD, fresh=False)
        if text in scope._open:
            return Unknown(text, scope.name, fresh=False)
        step = scope.steps.get(name, {})
        found = _echoed(step, path)
        if found is None:
            return Unknown(text, scope.name, _is_fresh(step, path))
        scope._open.add(text)
        try:
            return scope.evaluate(found)
        finally:
            scope._open.discard(text)

    def _join(self, operand: Any) -> str | Joined:
        separator = get(operand, "On")
        parts: list[Any] = []
        for index, item in enumerate(items(get(operand, "Values"))):
            if index and isinstance(separator, str):
                parts.append(separator)
            value = self.evaluate(item)
            parts += value.parts if isinstance(value, Joined) else [value]
        return _joined(parts)

    def _json_get(self, operand: Any) -> Unknown:
        """What a file holds: of a property file, who wrote it tells; what else holds may change any time."""
        path, file = get(operand, "Path"), get(operand, "PropertyFile", "Get")
        match parse_path(file) if isinstance(file, str) else None:
            case ("Steps", str(step), "PropertyFiles", str(name)):
                scope = self._origin(step)
                return Unknown(f"{step}.{name}:{path}", scope.name if scope else UNTOLD, fresh=False)
            case _:
                return Unknown(f"S3Uri:{path}", self.name, fresh=False)


def parameter_values(definition: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The values by name, typed: those that an execution lists, else the defaults. (That AWS lists the
    defaults too is inferred.) A parameter without either has none."""
    values = {}
    for parameter in items(definition.get("Parameters")):
        name, default = get(parameter, "Name"), get(parameter, "DefaultValue")
        if not isinstance(name, str):
            continue
        text = given.get(name)
        if default is not None and text in (None, _as_text(default)):
            values[name] = default
        elif text is not None:
            values[name] = _typed(text, get(parameter, "Type"))
    return values


def unknowns(value: Any) -> Iterator[Unknown]:
    """Everything unknown inside an evaluated value."""
    match value:
        case Unknown():
            yield value
        case Joined():
            yield from (part for part in value.parts if isinstance(part, Unknown))
        case dict():
            for item in value.values():
                yield from unknowns(item)
        case list():
            for item in value:
                yield from unknowns(item)


def same(one: Any, other: Any) -> bool | None:
    """Whether two evaluated values are the same, as JSON texts; None if that cannot be told."""
    if _canonical(one) == _canonical(other):
        return True
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return _all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return _all(same(*pair) for pair in zip(one, other, strict=True))
    apart = set(unknowns(one)) ^ set(unknowns(other))
    if isinstance(one, dict | list) or isinstance(other, dict | list) or not apart:
        return False
    if any(unknown.origin == UNTOLD for unknown in apart):
        return None
    return False if any(unknown.fresh for unknown in apart) else None


def _all(answers: Iterator[bool | None]) -> bool | None:
    """False if any is, else None if any is."""
    found = list(answers)
    return False if False in found else None if None in found else True


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda other: {type(other).__name__: vars(other)})


def _echoed(step: Mapping[str, Any], path: Path) -> Any:
    """What Describe repeats of the Arguments at a path, as it is written there; None if it is not there."""
    if path[0] == _GENERATED.get(str(step.get("Type"))):
        return None
    value = step.get("Arguments")
    if step.get("Type") == "EMR" and path[0] == "Config":  # facts/pipeline-execution.md, 3: emr's Step
        value, path = get(value, "StepConfig", "HadoopJarStep"), path[1:]
    for part in path:
        if isinstance(value, list) and isinstance(part, str):
            value = next((item for item in value if any(get(item, n) == part for n in _ITEM_NAMES)), None)
        elif is_expression(value):
            return None
        else:
            value = get(value, part)
    return value


def _is_fresh(step: Mapping[str, Any], path: Path) -> bool:
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    return step.get("Type") not in _MAY_REPEAT and _NEW_EACH_TIME.fullmatch(last) is not None


def _joined(parts: list[Any]) -> str | Joined:
    merged: list[str | Unknown] = []
    for part in parts:
        if isinstance(part, Unknown) or not merged or isinstance(merged[-1], Unknown):
            merged.append(part if isinstance(part, Unknown) else _as_text(part))
        else:
            merged[-1] += _as_text(part)
    if not any(isinstance(part, Unknown) for part in merged):
        return "".join(str(part) for part in merged)
    return Joined(tuple(part for part in merged if part != ""))


def _as_text(value: Any) -> str:
    """As Std:Join and the API's lists of parameters write it (facts/pipeline-execution.md, 1.1)."""
    return str(value) if isinstance(value, str | float) else json.dumps(value)


def _typed(text: str, kind: Any) -> Any:
    match kind:
        case "Integer" if _INTEGER.fullmatch(text):
            return int(text)
        case "Float":
            try:
                return float(text)
            except ValueError:
                return text
        case "Boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        case _:
            return text
