"""AWS's service models, as botocore ships them: the one source of truth about requests and responses.

The steps check the request they become with it, the definition check will, and the emulator parses,
validates and answers by it. It knows shapes and values, and nothing of pipelines or HTTP.

botocore's own ParamValidator checks neither maximum, pattern nor enum, and stops at wire types; this
check covers every constraint that the model states.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import botocore.loaders
import regex
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)

Path = tuple[str | int, ...]

_NO_MEMBERS: dict[str, Any] = {"type": "structure", "members": {}}


@dataclass(frozen=True)
class Problem:
    """One value that breaks one constraint.

    `rule` is one of required, unknown, type, enum, pattern, min_length, max_length, min, max, union;
    `expected` is the constraint's own value (the limit, the pattern, the list of enum members).
    """

    path: Path
    value: Any
    rule: str
    expected: Any

    @property
    def place(self) -> str:
        """The path as a reader writes it: `ProcessingInputs[0].S3Input.S3Uri`."""
        return format_path(self.path)

    @property
    def message(self) -> str:
        return f"{self.place}: {self.complaint}" if self.path else self.complaint

    @property
    def complaint(self) -> str:
        value = repr(self.value)
        if len(value) > 80:
            value = value[:77] + "..."
        match self.rule:
            case "required":
                return f"{self.expected} is required"
            case "unknown":
                return f"{self.expected} is not a member here"
            case "type":
                return f"{value} is not {'an' if self.expected == 'integer' else 'a'} {self.expected}"
            case "enum":
                return f"{value} is not one of {', '.join(self.expected)}"
            case "pattern":
                return f"{value} does not match {self.expected}"
            case "min_length":
                return f"{value} is shorter than {self.expected}"
            case "max_length":
                return f"{value} is longer than {self.expected}"
            case "min":
                return f"{value} is less than {self.expected}"
            case "max":
                return f"{value} is more than {self.expected}"
            case _:
                return f"exactly one member may be set: {self.expected}"


def format_path(path: Path) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@cache
def loader() -> botocore.loaders.Loader:
    """What reads the packaged JSON, each file once: no session, no credentials, no configuration files."""
    return botocore.loaders.Loader()


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name for it (`sagemaker`, `emr`)."""
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


def operation_model(service: str, operation: str) -> OperationModel:
    """The model of one operation. Raises botocore's OperationNotFoundError if there is none."""
    return service_model(service).operation_model(operation)


def input_shape(service: str, operation: str) -> StructureShape:
    shape = operation_model(service, operation).input_shape
    return shape if shape is not None else StructureShape(f"{operation}Input", _NO_MEMBERS)


def output_shape(service: str, operation: str) -> StructureShape:
    shape = operation_model(service, operation).output_shape
    return shape if shape is not None else StructureShape(f"{operation}Output", _NO_MEMBERS)


def never(_: Any) -> bool:
    return False


def validate(
    shape: Shape, value: Any, *, is_variable: Callable[[Any], bool] = never, path: Path = ()
) -> list[Problem]:
    """All the ways in which `value` does not fit `shape`.

    `is_variable` says of a value that it stands for another one, known only later (a pipeline
    variable, a placeholder): such a value fits everywhere.
    """
    return list(_problems(shape, value, is_variable, path))


def _problems(shape: Shape, value: Any, is_variable: Callable[[Any], bool], path: Path) -> Iterator[Problem]:
    if is_variable(value):
        return
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, is_variable, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list | tuple):
            yield Problem(path, value, "type", "list")
            return
        yield from _length(shape, value, path)
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, is_variable, (*path, index))
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield Problem(path, value, "type", "map")
            return
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _problems(shape.key, key, is_variable, (*path, str(key)))
            yield from _problems(shape.value, item, is_variable, (*path, str(key)))
    else:
        yield from _scalar(shape, value, path)


def _structure(
    shape: StructureShape, value: Any, is_variable: Callable[[Any], bool], path: Path
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path, value, "type", "structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield Problem(path, value, "required", name)
    for name, item in value.items():
        if name not in shape.members:
            yield Problem(path, value, "unknown", name)
        elif item is not None:
            yield from _problems(shape.members[name], item, is_variable, (*path, name))
    if shape.is_tagged_union and sum(item is not None for item in value.values()) != 1:
        yield Problem(path, value, "union", ", ".join(shape.members))


def _scalar(shape: Shape, value: Any, path: Path) -> Iterator[Problem]:
    if not _has_type(shape, value):
        yield Problem(path, value, "type", shape.type_name)
        return
    limits = shape.metadata
    if isinstance(shape, StringShape):
        yield from _length(shape, value, path)
        if shape.enum and value not in shape.enum:
            yield Problem(path, value, "enum", list(shape.enum))
        pattern = limits.get("pattern")
        if pattern and not matches(pattern, value):
            yield Problem(path, value, "pattern", pattern)
    elif shape.type_name in ("integer", "long", "float", "double"):
        if "min" in limits and value < limits["min"]:
            yield Problem(path, value, "min", limits["min"])
        if "max" in limits and value > limits["max"]:
            yield Problem(path, value, "max", limits["max"])


def _has_type(shape: Shape, value: Any) -> bool:
    match shape.type_name:
        case "string" | "char":
            return isinstance(value, str)
        case "integer" | "long":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float" | "double":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "timestamp":
            return isinstance(value, int | float | str | datetime) and not isinstance(value, bool)
        case "blob":
            return isinstance(value, str | bytes)
        case _:
            return True


def _length(shape: Shape, value: Any, path: Path) -> Iterator[Problem]:
    limits = shape.metadata
    if "min" in limits and len(value) < limits["min"]:
        yield Problem(path, value, "min_length", limits["min"])
    if "max" in limits and len(value) > limits["max"]:
        yield Problem(path, value, "max_length", limits["max"])


@cache
def _compiled(pattern: str) -> "regex.Pattern[str] | None":
    try:
        return regex.compile(pattern)
    except regex.error:
        # A few patterns are written for Java's engine (surrogate ranges); what cannot be read here
        # is left to the service.
        return None


def matches(pattern: str, value: str) -> bool:
    """Whether the whole of `value` matches a pattern of the model."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None
