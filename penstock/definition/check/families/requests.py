"""PS401-PS409: a step's Arguments against the input shape of the call that they become.

What the model states (required, types, enums, patterns, lengths, ranges, unions), and what it does not:
members that exclude one another and members that Pipelines refuses.
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import Shape, StructureShape

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.expressions import get, is_open, walk
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import an
from penstock.definition.check.request_shapes import FILLED_IN, request_shapes
from penstock.definition.check.step_types import step_type
from penstock.definition.check.suggest import did_you_mean
from penstock.service_model import Path, Problem, validate

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
# Members of which exactly one must be set, by step type (botocore's documentation of these members).
_EXACTLY_ONE = {
    "Model": ("PrimaryContainer", "Containers"),
    "Tuning": ("TrainingJobDefinition", "TrainingJobDefinitions"),
}
# Members of which at most one may be set, by the path at which they stand; `*` is any item of a list.
_AT_MOST_ONE = {
    "Processing": ((("ProcessingInputs", "*"), ("S3Input", "DatasetDefinition")),),
    "Training": ((("AlgorithmSpecification",), ("TrainingImage", "AlgorithmName")),),
    "RegisterModel": (((), ("InferenceSpecification", "SourceAlgorithmSpecification")),),
    "InferenceComponent": (((), ("Specification", "Specifications")),),
}


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        for shape, value, path in request_shapes(step):
            yield from _request(step, shape, value, path)
        yield from _exclusive(step)
        for member in step_type(step.type).without:
            if member in step.arguments:
                message = f"{an(step.type)} step may not have {member}"
                yield Finding("PS409", step.at("Arguments", member), message, step.name, "Remove it.")


def _request(step: PlacedStep, shape: Shape, value: Any, path: Path) -> Iterator[Finding]:
    filled_in = FILLED_IN.get(str(path[-1]), (step_type(step.type).name_member,))
    refused = step_type(step.type).without
    for problem in validate(shape, value, is_variable=is_open):
        if problem.rule == "required" and not problem.path and problem.expected in filled_in:
            continue
        if problem.path and problem.path[0] in refused:
            continue
        yield _finding(step, shape, problem, path)


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
    if step.type in _EXACTLY_ONE and isinstance(step.json.get("Arguments"), dict):
        one, other = _EXACTLY_ONE[step.type]
        given = [name for name in (one, other) if step.arguments.get(name) is not None]
        if not given:
            yield Finding("PS408", step.at("Arguments"), f"either {one} or {other} is required", step.name)
        elif len(given) > 1:
            yield Finding("PS408", step.at("Arguments"), f"only one may be set: {one} or {other}", step.name)
    for pattern, members in _AT_MOST_ONE.get(step.type, ()):
        for path, value in walk(step.arguments):
            if _matches(path, pattern) and isinstance(value, dict):
                given = [name for name in members if get(value, name) is not None]
                if len(given) > 1:
                    message = f"only one may be set: {' or '.join(members)}"
                    yield Finding("PS408", (*step.at("Arguments"), *path), message, step.name)


def _matches(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(
        want in ("*", part) for part, want in zip(path, pattern, strict=True)
    )
