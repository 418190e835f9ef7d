"""How AWS words what is wrong with a request, from the problems that the check against the model found.

"1 validation error detected: Value 'x y' at 'pipelineName' failed to satisfy constraint: Member must satisfy
regular expression pattern: ..." The wording is the one of AWS's service framework; it is the same in all
services that use it.
"""

import json
from collections.abc import Sequence
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.service_model import Path, Problem

# AWS repeats the whole value. A definition of a megabyte helps nobody.
_LONGEST_VALUE = 256


def refusal(shape: Shape, problems: Sequence[Problem]) -> ServiceError:
    """The error that answers a request with these problems (at least one). A wrong type hides the others, as
    the service then cannot read the request at all."""
    for problem in problems:
        if problem.rule == "type":
            return ServiceError("SerializationException", _unreadable(shape, problem))
    count = f"{len(problems)} validation error{'' if len(problems) == 1 else 's'} detected"
    return ServiceError(
        "ValidationException", f"{count}: {'; '.join(_complaint(shape, each) for each in problems)}"
    )


def _unreadable(shape: Shape, problem: Problem) -> str:
    where = f" at '{_place(shape, problem.path)}'" if problem.path else ""
    if isinstance(problem.value, dict):
        return f"Start of structure or map found where not expected{where}."
    if isinstance(problem.value, list | tuple):
        return f"Start of list found where not expected{where}."
    token = {bool: str(problem.value).upper(), str: "STRING"}.get(type(problem.value), "NUMBER")
    return f"{token}_VALUE can not be converted to {problem.expected.capitalize()}{where}."


def _complaint(shape: Shape, problem: Problem) -> str:
    if problem.rule == "required":
        place = _place(shape, (*problem.path, problem.expected))
        return f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
    place = _place(shape, problem.path)
    return f"Value '{_text(problem.value)}' at '{place}' failed to satisfy constraint: {_constraint(problem)}"


def _constraint(problem: Problem) -> str:
    match problem.rule:
        case "pattern":
            return f"Member must satisfy regular expression pattern: {problem.expected}"
        case "enum":
            return f"Member must satisfy enum value set: [{', '.join(problem.expected)}]"
        case "min_length":
            return f"Member must have length greater than or equal to {problem.expected}"
        case "max_length":
            return f"Member must have length less than or equal to {problem.expected}"
        case "min":
            return f"Member must have value greater than or equal to {problem.expected}"
        case "max":
            return f"Member must have value less than or equal to {problem.expected}"
        case _:
            return f"Member must have exactly one of: [{problem.expected}]"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _place(shape: Shape | None, path: Path) -> str:
    """AWS's notation: `processingInputs.1.member.s3Input`, `environment.KEY.member`; lists count from 1."""
    parts: list[str] = []
    for part in path:
        if isinstance(shape, ListShape):
            parts += [str(int(part) + 1), "member"]
            shape = shape.member
        elif isinstance(shape, MapShape):
            parts += [str(part), "member"]
            shape = shape.value
        else:
            parts.append(str(part)[:1].lower() + str(part)[1:])
            shape = shape.members.get(part) if isinstance(shape, StructureShape) else None
    return ".".join(parts)
