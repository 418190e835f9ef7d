"""PS401-PS410: a step's Arguments against the input shape of the call that they become.

What the model states (required, types, enums, patterns, lengths, ranges, unions), of literals and of the
defaults of parameters, and what it does not: members that exclude one another and members that Pipelines
refuses. One mistake is told once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from botocore.model import Shape, StructureShape

from penstock.definition.check.choices import choices
from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.families.types import reference_in
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import SCALAR, an, is_kind
from penstock.definition.check.request_shapes import FILLED_IN, expressions_in, member, request_shapes
from penstock.definition.check.step_types import step_type
from penstock.definition.check.suggest import did_you_mean, nearest
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
_CONTAINERS = ("structure", "list", "map")
# How a reader calls the model's types.
_WORDS = {"long": "integer", "double": "float"}


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        meant: set[tuple[Path, str | None]] = set()
        for shape, value, path in request_shapes(step):
            yield from _request(step, shape, value, path, meant)
        yield from choices(step, meant)
        for refused in step_type(step.type).without:
            parts = refused.split(".")
            if get(step.arguments, *parts) is not None:
                message = f"{an(step.type)} step may not have {refused}"
                yield Finding("PS409", step.at("Arguments", *parts), message, step.name, "Remove it.")
    yield from _defaults(document)


def _request(
    step: PlacedStep, shape: Shape, value: Any, path: Path, meant: set[tuple[Path, str | None]]
) -> Iterator[Finding]:
    """What is wrong with one request. Adds to `meant` the places of what is misspelt, with what it may be."""
    kind = step_type(step.type)
    filled_in = FILLED_IN.get(str(path[-1]), (kind.name_member,))
    problems = _once(validate(shape, value, is_variable=is_open))
    for problem in problems:
        if problem.rule == "unknown":
            known = _known(step, shape, problem)
            holder = _holder(shape, problem, known)
            meant.add(((*path, *problem.path), holder or nearest(problem.expected, known)))
    for problem in problems:
        top = not problem.path
        if problem.rule == "required" and (
            (top and problem.expected in filled_in) or ((*path, *problem.path), problem.expected) in meant
        ):
            continue
        if problem.path and problem.path[0] in kind.without:
            continue
        if problem.rule == "unknown" and top and problem.expected in kind.required:
            continue  # PS102 says where it belongs
        yield _finding(step, shape, problem, path)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, one of each value: what has the wrong form may be too short, too, or have it not as it is
    too long."""
    found = list(problems)
    seen = {(problem.path, problem.rule) for problem in found}
    return [
        problem
        for problem in found
        if not (problem.rule == "min_length" and (problem.path, "pattern") in seen)
        and not (problem.rule == "pattern" and (problem.path, "max_length") in seen)
    ]


def _defaults(document: Document) -> Iterator[Finding]:
    """Defaults that a request cannot take. An empty one stands for a value that is given at start."""
    takers = list(_takers(document))
    for index, parameter in enumerate(items(document.json.get("Parameters"))):
        default = get(parameter, "DefaultValue")
        if default in (None, "") or not is_kind(default, SCALAR):
            continue
        refused: dict[tuple[str, Path], tuple[Problem, PlacedStep]] = {}
        for step, shape, place in (taker for name, *taker in takers if name == get(parameter, "Name")):
            for problem in _once(validate(shape, default, is_variable=is_open, path=(member(place),))):
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
        suggestion = _where_it_belongs(step, shape, problem, path)
    elif isinstance(problem.value, str) and (reference := reference_in(problem.value)):
        suggestion = f'Write the reference itself: {{"Get": "{reference}"}}.'
    elif problem.rule == "enum":
        suggestion = did_you_mean(problem.value, problem.expected)
    elif problem.rule == "type" and isinstance(problem.value, dict) and problem.expected not in _CONTAINERS:
        suggestion = 'A reference is {"Get": "..."}; Std:Join makes a text of several parts.'
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
        case "max_length" if isinstance(problem.value, list):
            return f"there are {len(problem.value)} items; at most {problem.expected} are allowed"
        case "type":
            return replace(problem, expected=_WORDS.get(problem.expected, problem.expected)).complaint
        case _:
            return problem.complaint


def _where_it_belongs(step: PlacedStep, shape: Shape, problem: Problem, path: Path) -> str:
    """A member that is known at another place is there; else it may be misspelt."""
    name = problem.expected
    if not problem.path and path[-1] == "Arguments" and name in step_type(step.type).keys:
        return "It is a key of the step: write it beside Arguments."
    known = _known(step, shape, problem)
    if holder := _holder(shape, problem, known):
        return f"It belongs into {holder}."
    for depth in range(len(problem.path) - 1, -1, -1):
        outer = _inside(shape, problem.path[:depth])
        if isinstance(outer, StructureShape) and name in outer.members:
            return f"It belongs into {format_path(problem.path[:depth]) or path[-1]}."
    return did_you_mean(name, known)


def _known(step: PlacedStep, shape: Shape, problem: Problem) -> list[str]:
    """The members that there are where an unknown one stands."""
    inner = _inside(shape, problem.path)
    members = inner.members if isinstance(inner, StructureShape) else ()
    refused = step_type(step.type).without if not problem.path else ()
    return [name for name in members if name not in refused]


def _holder(shape: Shape, problem: Problem, known: list[str]) -> str | None:
    """Which of the known structures has the member that is unknown here."""
    for name in known:
        inner = _inside(shape, (*problem.path, name))
        if isinstance(inner, StructureShape) and problem.expected in inner.members:
            return name
    return None


def _inside(shape: Shape, path: Path) -> Shape:
    for part in path:
        if isinstance(shape, StructureShape):
            shape = shape.members[str(part)]
        else:
            shape = getattr(shape, "member", None) or shape.value
    return shape
