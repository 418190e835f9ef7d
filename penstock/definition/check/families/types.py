"""PS301-PS305: what a reference yields against what is wanted where it stands."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import Shape, StructureShape

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.families.conditions import ORDERINGS, all_conditions
from penstock.definition.check.families.references import EXECUTION_VARIABLES
from penstock.definition.check.finding import Finding
from penstock.definition.check.kinds import differing
from penstock.definition.check.objects import an
from penstock.definition.check.request_shapes import expressions_in, member, request_shapes
from penstock.definition.check.responses import ANY, reference_shape, reference_type, type_of
from penstock.definition.check.suggest import nearest
from penstock.definition.expressions import (
    Reference,
    get,
    is_expression,
    is_open,
    items,
    parse_path,
    references,
)
from penstock.service_model import Path, validate

_NUMBERS = ("integer", "float")
_CONTAINERS = ("structure", "list", "map")
# A reference that was made a text on its way: as JSON or Python shows it, or as the SDK's objects do.
_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_AS_TEXT = re.compile(
    r"""\{\s*['"](Get|Std:Join|Std:JsonGet)['"]\s*:"""
    r"""|\bParameter(String|Integer|Float|Boolean)\(name="""
    r"""|<sagemaker\.[\w.]+ object at 0x"""
)
_PATH_AS_TEXT = re.compile(r"(?:\$?\{)?((?:Parameters|Steps|Execution)\.[^\s{}]+)\}?")
# Keys of the grammar, which no request describes.
_OF_STEPS = {
    **dict.fromkeys(("SkipCheck", "FailOnViolation", "RegisterNewBaseline"), "boolean"),
    **dict.fromkeys(("FunctionArn", "SqsQueueUrl", "ModelPackageGroupName"), "string"),
    **dict.fromkeys(("SuppliedBaselineStatistics", "SuppliedBaselineConstraints"), "string"),
}
_OF_ARGUMENTS = {
    **dict.fromkeys(("ErrorMessage", "ClusterId"), "string"),
    "MaxConcurrency": "integer",
}


def check(document: Document) -> Iterator[Finding]:
    for step in document.steps:
        for shape, value, path in request_shapes(step):
            for wanted, expression, place in expressions_in(shape, value, path):
                yield from _receives(document, step, wanted, expression, place)
        for holder, keys, path in (
            (step.json, _OF_STEPS, step.path), (step.arguments, _OF_ARGUMENTS, step.at("Arguments")),
        ):  # fmt: skip
            for key in keys.keys() & holder.keys():
                yield from _misfits(document, step, keys[key], holder[key], (*path, key))
        if step.type == "Condition":
            conditions = step.arguments.get("Conditions")
            for place, condition in all_conditions(conditions, step.at("Arguments", "Conditions")):
                yield from _compares(document, step, condition, place)
        yield from _as_text(document, step)
        for place, value in step.values:
            if is_expression(value) and isinstance(get(value, "Std:Join", "Values"), list):
                yield from _joins(document, step, value["Std:Join"]["Values"], place)


def expression_type(document: Document, value: Any) -> str:
    """The type of what an expression or a literal stands for."""
    if not is_expression(value):
        kinds = {bool: "boolean", int: "integer", float: "float", str: "string"}
        return ANY if isinstance(value, str) and "{{" in value else kinds.get(type(value), ANY)
    if "Std:Join" in value:
        return "string"
    if "Get" in value and isinstance(value["Get"], str):
        return reference_type(document, Reference((), value["Get"]))
    return ANY


def fits(given: str, wanted: str) -> bool:
    """Whether a value of one type can stand where the other is wanted."""
    if ANY in (given, wanted) or given == wanted:
        return True
    if given in _CONTAINERS or wanted in _CONTAINERS:
        return {given, wanted} == {"structure", "map"}
    return given == "integer" and wanted == "float"


def _receives(
    document: Document, step: PlacedStep, shape: Shape, value: Any, path: Path
) -> Iterator[Finding]:
    wanted = type_of(shape)
    misfits = list(_misfits(document, step, "string" if wanted == "blob" else wanted, value, path))
    if misfits:
        yield from misfits
    elif isinstance(value.get("Get"), str):
        source = reference_shape(document, Reference(path, value["Get"]))
        if source is not None and (differ := differing(source, shape)):
            message = f"{_name(value)} is {differ[0]}; {member(path)} wants {differ[1]}"
            yield Finding("PS305", path, message, step.name)


def _misfits(document: Document, step: PlacedStep, wanted: str, value: Any, path: Path) -> Iterator[Finding]:
    given = expression_type(document, value)
    if is_expression(value) and not fits(given, wanted):
        suggestion = ""
        if wanted == "string" and given not in _CONTAINERS:
            suggestion = "Make it a string with Std:Join."
        elif wanted not in _CONTAINERS and given == "structure":
            source = reference_shape(document, Reference(path, value["Get"]))
            members = ", ".join(source.members) if isinstance(source, StructureShape) else ""
            suggestion = f"Refer to a member of it: {members}." if members else "Refer to a member of it."
        message = f"{_name(value)} is {an(given)}; {member(path)} wants {an(wanted)}"
        yield Finding("PS301", path, message, step.name, suggestion)


def _as_text(document: Document, step: PlacedStep) -> Iterator[Finding]:
    for path, value in step.values:
        if not isinstance(value, str) or path[-1] in ("Description", "DisplayName") or "Get" in path:
            continue
        named = reference_in(value)
        if named and (not _is_there(document, named) or _refused(step, path)):
            continue
        if isinstance(path[-1], str) and len(path[-1]) <= 5 and nearest(path[-1], ("Get",)):
            continue  # a misspelt Get, which is told by what wants no object there
        if named or _AS_TEXT.search(value):
            message = "a reference stands in a text, where nothing resolves it"
            suggestion = "Write the reference itself, or join it into the text with Std:Join."
            yield Finding("PS304", path, message, step.name, suggestion)


def reference_in(text: str) -> str | None:
    """The reference that a text is as a whole, alone or as other languages write it."""
    match = _PATH_AS_TEXT.fullmatch(text)
    return match[1] if match and parse_path(match[1]) else None


def _is_there(document: Document, reference: str) -> bool:
    root, *parts = parse_path(reference) or [""]
    there = {"Parameters": document.parameters, "Steps": document.by_name, "Execution": EXECUTION_VARIABLES}
    return bool(parts) and parts[0] in there[str(root)]


def _refused(step: PlacedStep, place: Path) -> bool:
    """Whether the request cannot take the text that stands there, or what it stands in (PS403-PS406)."""
    return any(
        problem.rule not in ("required", "unknown", "union")
        and (*path, *problem.path) == place[: len(path) + len(problem.path)]
        for shape, value, path in request_shapes(step)
        for problem in validate(shape, value, is_variable=is_open)
    )


def _compares(
    document: Document, step: PlacedStep, condition: dict[str, Any], path: Path
) -> Iterator[Finding]:
    kind = condition["Type"]
    if "QueryValue" in condition:
        left = expression_type(document, condition["QueryValue"])
        for index, value in enumerate(items(condition.get("Values"))):
            right = expression_type(document, value)
            if not _comparable(left, right):
                place = (*path, "Values", index)
                yield Finding("PS302", place, f"{an(left)} never equals {an(right)}", step.name)
    elif "LeftValue" in condition:
        left = expression_type(document, condition["LeftValue"])
        right = expression_type(document, condition.get("RightValue"))
        if not _comparable(left, right):
            message = f"{an(left)} is compared with {an(right)}"
            yield Finding("PS302", path, message, step.name)
        elif kind in ORDERINGS and "boolean" in (left, right):
            yield Finding("PS302", path, "Booleans have no order", step.name, "Use Equals.")
        elif kind in ORDERINGS:
            yield from _as_letters(condition, path, step.name)


def _as_letters(condition: dict[str, Any], path: Path, step: str) -> Iterator[Finding]:
    """Texts are ordered by their letters (facts/pipeline-execution.md, 1.2): "10" is less than "9"."""
    for key in ("LeftValue", "RightValue"):
        value = condition.get(key)
        if isinstance(value, str) and _NUMERAL.fullmatch(value):
            message = f"{value!r} is text, and texts are compared letter by letter"
            yield Finding("PS302", (*path, key), message, step, f"Write the number {value}.")


def _joins(document: Document, step: PlacedStep, values: list[Any], path: Path) -> Iterator[Finding]:
    for index, value in enumerate(values):
        place = (*path, "Std:Join", "Values", index)
        for reference in references(value, place) if is_expression(value) and "Get" in value else ():
            given = reference_type(document, reference)
            if given in _CONTAINERS:
                message = f"{reference.text} is {an(given)}, and becomes a part of a string"
                yield Finding("PS303", place, message, step.name, "Refer to a member of it.")


def _comparable(left: str, right: str) -> bool:
    return ANY in (left, right) or left == right or (left in _NUMBERS and right in _NUMBERS)


def _name(expression: dict[str, Any]) -> str:
    return str(expression["Get"]) if "Get" in expression else next(iter(expression))
