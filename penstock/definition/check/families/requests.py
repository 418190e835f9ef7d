"""PS401-PS410: a step's Arguments against the input shape of the call that they become.

What the model states (required, types, enums, patterns, lengths, ranges, unions), of literals and of the
defaults of parameters, and what it does not: members that exclude one another and members that Pipelines
refuses.
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape, StructureShape

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import SCALAR, an, is_kind
from penstock.definition.check.request_shapes import FILLED_IN, expressions_in, member, request_shapes
from penstock.definition.check.step_types import step_type
from penstock.definition.check.suggest import did_you_mean
from penstock.definition.expressions import get, is_open, items, parse_path
from penstock.service_model import Path, Problem, format_path, validate

_CODES = {
    "required": "PS401",
    "unknown": "PS402",
    "type": "PS403",
    "enum": "PS404",
    "pattern": "PS405",
    "min_length": "PS406",
    "max_length": "PS406",
    "min": "PS407",
    "max": "PS407",
    "union": "PS408",
}
# Members that exclude one another, by step type: where they stand (`*` is any item of a list), and
# whether one of them must be set (botocore's documentation of these members).
_EXCLUSIVE: dict[str, tuple[tuple[tuple[str, ...], tuple[str, str], bool], ...]] = {
    "Model": (((), ("PrimaryContainer", "Containers"), True),),
    "Tuning": (((), ("TrainingJobDefinition", "TrainingJobDefinitions"), True),),
    "Processing": (
        (("ProcessingInputs", "*"), ("S3Input", "DatasetDefinition"), True),
        (("ProcessingOutputConfig", "Outputs", "*"), ("S3Output", "FeatureStoreOutput"), True),
        (("ProcessingResources", "ClusterConfig"), ("InstanceType", "InstancePreferences"), True),
    ),
    "Training": ((("AlgorithmSpecification",), ("TrainingImage", "AlgorithmName"), True),),
    "RegisterModel": (((), ("InferenceSpecification", "SourceAlgorithmSpecification"), False),),
    "InferenceComponent": (((), ("Specification", "Specifications"), False),),
}
_EXCLUSIVE |= dict.fromkeys(("QualityCheck", "ClarifyCheck"), _EXCLUSIVE["Processing"])


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        for shape, value, path in request_shapes(step):
            yield from _request(step, shape, value, path)
        yield from _exclusive(step)
        for refused in step_type(step.type).without:
            parts = refused.split(".")
            if get(step.arguments, *parts) is not None:
                message = f"{an(step.type)} step may not have {refused}"
                yield Finding("PS409", step.at("Arguments", *parts), message, step.name, "Remove it.")
    yield from _defaults(document)


def _request(step: PlacedStep, shape: Shape, value: Any, path: Path) -> Iterator[Finding]:
    filled_in = FILLED_IN.get(str(path[-1]), (step_type(step.type).name_member,))
    refused = step_type(step.type).without
    for problem in validate(shape, value, is_variable=is_open):
        if problem.rule == "required" and not problem.path and problem.expected in filled_in:
            continue
        if problem.path and problem.path[0] in refused:
            continue
        yield _finding(step, shape, problem, path)


def _defaults(document: Document) -> Iterator[Finding]:
    """Defaults that a request cannot take. An empty one stands for a value that is given at start."""
    takers = list(_takers(document))
    for index, parameter in enumerate(items(document.json.get("Parameters"))):
        default = get(parameter, "DefaultValue")
        if default in (None, "") or not is_kind(default, SCALAR):
            continue
        refused: dict[tuple[str, Path], tuple[Problem, PlacedStep]] = {}
        for step, shape, place in (taker for name, *taker in takers if name == get(parameter, "Name")):
            for problem in validate(shape, default, is_variable=is_open, path=(member(place),)):
                if problem.rule != "type":  # PS301
                    refused.setdefault((problem.rule, problem.path), (problem, step))
        for problem, step in refused.values():
            suggestion = did_you_mean(default, problem.expected) if problem.rule == "enum" else ""
            takes = format_path(problem.path)
            message = f"step {step.name} cannot take this default for {takes}: {_message(problem)}"
            yield Finding("PS410", ("Parameters", index, "DefaultValue"), message, None, suggestion)


def _takers(document: Document) -> Iterator[tuple[str, PlacedStep, Shape, Path]]:
    """The members of requests that take a parameter's value: its name, the step, the shape and the place."""
    for step in document.steps:
        for request in request_shapes(step):
            for shape, expression, path in expressions_in(*request):
                parts = parse_path(str(expression.get("Get")))
                if parts and parts[0] == "Parameters" and len(parts) == 2:
                    yield str(parts[1]), step, shape, path


def _finding(step: PlacedStep, shape: Shape, problem: Problem, path: Path) -> Finding:
    where = (*path, *problem.path)
    suggestion = ""
    if problem.rule == "unknown":
        where = (*where, problem.expected)
        suggestion = did_you_mean(problem.expected, _members(shape, problem.path))
    elif problem.rule == "enum":
        suggestion = did_you_mean(problem.value, problem.expected)
    message = _message(problem)
    return Finding(_CODES[problem.rule], where, message, step.name, suggestion)


def _message(problem: Problem) -> str:
    match problem.rule:
        case "enum":
            return (
                f"{problem.value!r} is no value of {problem.path[-1]}" if problem.path else problem.complaint
            )
        case "pattern":
            return (
                problem.complaint if len(problem.expected) <= 80 else f"{problem.value!r} has the wrong form"
            )
        case _:
            return problem.complaint


def _members(shape: Shape, path: Path) -> list[str]:
    for part in path:
        if isinstance(shape, StructureShape):
            shape = shape.members[str(part)]
        else:
            shape = getattr(shape, "member", None) or shape.value
    return list(shape.members) if isinstance(shape, StructureShape) else []


def _exclusive(step: PlacedStep) -> Iterator[Finding]:
    if not isinstance(step.json.get("Arguments"), dict):
        return
    for pattern, (one, other), required in _EXCLUSIVE.get(step.type, ()):
        for path, value in _at(step.arguments, pattern, step.at("Arguments")):
            given = sum(value.get(name) is not None for name in (one, other))
            if given > 1:
                yield Finding("PS408", path, f"only one may be set: {one} or {other}", step.name)
            elif required and not given:
                yield Finding("PS408", path, f"either {one} or {other} is required", step.name)


def _at(value: Any, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The structures that a pattern leads to, but for those known only later."""
    if not pattern:
        if isinstance(value, dict) and not is_open(value):
            yield path, value
    elif pattern[0] == "*":
        for index, item in enumerate(items(value)):
            yield from _at(item, pattern[1:], (*path, index))
    elif get(value, pattern[0]) is not None:
        yield from _at(value[pattern[0]], pattern[1:], (*path, pattern[0]))
