"""The rules of expressions in a definition: their form, and that what they refer to is there."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from penstock.emulator.engine import grammar
from penstock.emulator.engine.model import Parameter, Step
from penstock.emulator.engine.references import (
    PathError,
    Reference,
    is_expression,
    parse_path,
    parse_reference,
)
from penstock.emulator.engine.refusal import expect, expect_keys, refuse

# By the root of a reference: what it is called in a message, and the names that there are. References
# inside a ForEach body have roots of their own, and are left to that step.
Known = dict[str, tuple[str, Collection[str]]]


def check_expressions(
    document: dict[str, Any], parameters: dict[str, Parameter], steps: dict[str, Step]
) -> None:
    """Every expression is well formed and refers to something that the definition has."""
    known: Known = {
        "Parameters": ("parameter", parameters),
        "Execution": ("execution variable", grammar.EXECUTION_VARIABLES),
        "PipelineExperimentConfig": ("member of PipelineExperimentConfig", grammar.EXPERIMENT_MEMBERS),
        "Steps": ("step", steps),
    }
    for key in grammar.EXECUTION_SETTINGS:
        _check_value(document.get(key), key, known, steps)
    for step in steps.values():
        for where, value in values_of(step):
            _check_value(value, where, known, steps)


def values_of(step: Step) -> Iterator[tuple[str, Any]]:
    """The parts of a step in which expressions may stand, with their places."""
    yield f"{step.where}.Arguments", step.arguments
    for key, value in step.settings.items():
        yield f"{step.where}.{key}", value


def _check_value(value: Any, place: str, known: Known, steps: dict[str, Step]) -> None:
    for where, expression in _expressions(value, place):
        [(function, operand)] = expression.items()
        match function:
            case "Get":
                reference = _parse(operand, where)
                _check_reference(reference, where, operand, known)
                _check_output(reference, where, operand, steps)
            case "Std:Join":
                _check_join(operand, f"{where}.Std:Join")
            case _:
                _check_json_get(operand, f"{where}.Std:JsonGet", steps)


def _expressions(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every expression in JSON data, outer before inner, but not the property file of a Std:JsonGet, which
    is a reference of its own kind."""
    if is_expression(value):
        yield where, value
        if "Get" in value:
            return
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Std:JsonGet" and is_expression(value) and isinstance(item, dict):
                item = {name: part for name, part in item.items() if name != "PropertyFile"}
            yield from _expressions(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _expressions(item, f"{where}[{index}]")


def _parse(operand: Any, where: str) -> Reference:
    expect(operand, str, f"{where}.Get")
    try:
        return parse_reference(operand)
    except PathError as error:
        refuse(f"Invalid reference: {error}", where)


def _check_reference(reference: Reference, where: str, operand: str, known: Known) -> None:
    if reference.root not in known:
        return
    kind, names = known[reference.root]
    if reference.name not in names:
        there = ", ".join(names) or "none"
        refuse(
            f"'{operand}' refers to {kind} '{reference.name}', which is not there. There are: {there}", where
        )
    if reference.root == "Steps" and reference.property_file is not None:
        refuse(f"'{operand}' is a property file: read it with Std:JsonGet", where)


def _check_output(reference: Reference, where: str, operand: str, steps: dict[str, Step]) -> None:
    """A Lambda or Callback step has the outputs that it declares, and nothing else (facts, section 3)."""
    if reference.root != "Steps" or steps[reference.name].type not in ("Lambda", "Callback"):
        return
    outputs = steps[reference.name].outputs
    if reference.path[0] != "OutputParameters" or len(reference.path) < 2:
        refuse(f"'{operand}' is not Steps.{reference.name}.OutputParameters['<output>']", where)
    if reference.path[1] not in outputs:
        there = ", ".join(outputs) or "none"
        refuse(
            f"'{operand}' refers to output '{reference.path[1]}', which step '{reference.name}' has not. "
            f"There are: {there}",
            where,
        )


def _check_join(operand: Any, where: str) -> None:
    expect(operand, dict, where)
    expect_keys(operand, ("On", "Values"), ("Values",), where)
    expect(operand["Values"], list, f"{where}.Values")
    expect(operand.get("On", ""), str, f"{where}.On")


def _check_json_get(operand: Any, where: str, steps: dict[str, Step]) -> None:
    expect(operand, dict, where)
    expect_keys(operand, ("PropertyFile", "S3Uri", "Path"), ("Path",), where)
    if ("PropertyFile" in operand) == ("S3Uri" in operand):
        refuse("Std:JsonGet reads a PropertyFile or an S3Uri: give exactly one of them", where)
    # The path is a literal: no pipeline variable may stand in it (facts, section 1.1).
    expect(operand["Path"], str, f"{where}.Path")
    try:
        parse_path(operand["Path"])
    except PathError as error:
        refuse(f"Invalid Path: {error}", where)
    if "PropertyFile" in operand:
        _check_property_file(operand["PropertyFile"], f"{where}.PropertyFile", steps)


def _check_property_file(operand: Any, where: str, steps: dict[str, Step]) -> None:
    if not is_expression(operand) or "Get" not in operand:
        refuse(
            f'PropertyFile is {json.dumps(operand)}, not {{"Get": "Steps.<step>.PropertyFiles.<name>"}}',
            where,
        )
    reference = _parse(operand["Get"], where)
    name = reference.property_file
    if name is None:
        refuse(f"'{operand['Get']}' is not Steps.<step>.PropertyFiles.<name>", where)
    if reference.name not in steps:
        there = ", ".join(steps)
        refuse(
            f"'{operand['Get']}' refers to step '{reference.name}', which is not there. There are: {there}",
            where,
        )
    files = steps[reference.name].property_files
    if name not in files:
        there = ", ".join(files) or "none"
        refuse(
            f"'{operand['Get']}' refers to property file '{name}', which step '{reference.name}' has not. "
            f"There are: {there}",
            where,
        )
