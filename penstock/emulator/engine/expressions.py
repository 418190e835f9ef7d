"""The one evaluator of pipeline expressions: Get, Std:Join, Std:JsonGet (facts/pipeline-execution.md, 1.1).

It turns the JSON of a step into the same JSON with values in the place of expressions, each with its own
type. Where values come from is a `Scope`: it asks for a step's properties and for objects, and knows
nothing of how an execution gets them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from penstock.emulator.engine.model import PropertyFile
from penstock.emulator.engine.references import (
    PathError,
    Reference,
    is_expression,
    parse_path,
    parse_reference,
    read_path,
)


class EvaluationError(Exception):
    """An expression that has no value: the text says where it stands and what is missing."""


@dataclass(frozen=True)
class Scope:
    """What expressions may refer to.

    `variables` holds `Execution.*`: a value, or a function of nothing where it changes (CurrentDateTime).
    `properties(step)` is a step's Describe response; it raises EvaluationError if the step has none.
    `property_file(step, file)` is a property file's place. `read_object(s3_uri)` raises FileNotFoundError
    or PermissionError.
    """

    parameters: dict[str, Any]
    properties: Callable[[str], dict[str, Any]]
    property_file: Callable[[str, str], PropertyFile]
    read_object: Callable[[str], bytes]
    variables: dict[str, Any] = field(default_factory=dict)
    experiment: dict[str, Any] = field(default_factory=dict)


def evaluate(value: Any, scope: Scope, where: str = "") -> Any:
    """`value` with every expression in it replaced by what it stands for. Raises EvaluationError."""
    if is_expression(value):
        [(function, operand)] = value.items()
        return _FUNCTIONS[function](operand, scope, where)
    if isinstance(value, dict):
        return {key: evaluate(item, scope, f"{where}.{key}" if where else key) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, scope, f"{where}[{index}]") for index, item in enumerate(value)]
    return value


def stringify(value: Any) -> str:
    """A value as Std:Join writes it; Booleans in lower case. Raises TypeError for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError


def _get(operand: Any, scope: Scope, where: str) -> Any:
    try:
        reference = parse_reference(operand)
        return _look_up(reference, scope)
    except (PathError, EvaluationError) as error:
        raise EvaluationError(f"{where}: cannot resolve {operand}: {error}") from None


def _look_up(reference: Reference, scope: Scope) -> Any:
    match reference.root:
        case "Parameters":
            return _member(scope.parameters, reference.name, "parameter")
        case "Execution":
            value = _member(scope.variables, reference.name, "execution variable")
            return value() if callable(value) else value
        case "PipelineExperimentConfig":
            return _member(scope.experiment, reference.name, "member of PipelineExperimentConfig")
        case "Steps" if reference.property_file is None:
            return read_path(scope.properties(reference.name), reference.path)
        case "Steps":
            raise EvaluationError("a property file can be read with Std:JsonGet only")
        case _:
            raise EvaluationError("it is known inside a ForEach step only")


def _member(values: dict[str, Any], name: str, kind: str) -> Any:
    if name not in values:
        raise EvaluationError(f"there is no {kind} {name}")
    return values[name]


def _join(operand: Any, scope: Scope, where: str) -> str:
    texts = []
    for index, item in enumerate(operand["Values"]):
        place = f"{where}.Std:Join.Values[{index}]"
        value = evaluate(item, scope, place)
        try:
            texts.append(stringify(value))
        except TypeError:
            raise EvaluationError(
                f"{place}: {_shown(value)} is no string, number or Boolean to join"
            ) from None
    return str(operand.get("On", "")).join(texts)


def _json_get(operand: Any, scope: Scope, where: str) -> Any:
    place = f"{where}.Std:JsonGet"
    if "S3Uri" in operand:
        uri, source = str(evaluate(operand["S3Uri"], scope, f"{place}.S3Uri")), ""
    else:
        uri, source = _property_file(operand["PropertyFile"], scope, f"{place}.PropertyFile")
    try:
        document = json.loads(scope.read_object(uri))
    except FileNotFoundError:
        raise EvaluationError(f"{place}: there is no object {uri}{source}") from None
    except PermissionError as error:
        raise EvaluationError(f"{place}: {uri}{source} cannot be read: {error}") from None
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{place}: {uri}{source} is not JSON: {error}") from None
    try:
        return read_path(document, parse_path(operand["Path"]))
    except PathError as error:
        raise EvaluationError(f"{place}: cannot read {operand['Path']} from {uri}{source}: {error}") from None


def _property_file(operand: Any, scope: Scope, where: str) -> tuple[str, str]:
    """The S3 URI of a property file, and how messages tell where it comes from."""
    reference = parse_reference(operand["Get"])
    name = reference.property_file or ""
    file = scope.property_file(reference.name, name)
    path = ("ProcessingOutputConfig", "Outputs", file.output, "S3Output", "S3Uri")
    try:
        folder = read_path(scope.properties(reference.name), path)
    except (PathError, EvaluationError) as error:
        raise EvaluationError(f"{where}: property file {name} of step {reference.name}: {error}") from None
    source = f" (property file {name}, output {file.output} of step {reference.name})"
    return f"{folder.rstrip('/')}/{file.path.lstrip('/')}", source


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."


_FUNCTIONS: dict[str, Callable[[Any, Scope, str], Any]] = {
    "Get": _get,
    "Std:Join": _join,
    "Std:JsonGet": _json_get,
}
