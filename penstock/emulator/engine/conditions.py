"""The conditions of a Condition step (facts/pipeline-execution.md, section 1.2): from JSON to a Boolean.

The step's list of conditions is an And. Types are not converted: strings compare lexicographically,
numbers by value, and to compare different types is an error that fails the step. The cloud's result of
that is unknown (section 7); the SDK's local mode fails the step too.
"""

import operator
from collections.abc import Callable
from typing import Any

from penstock.emulator.engine.expressions import EvaluationError

Evaluate = Callable[[Any, str], Any]

_EQUALITIES: dict[str, Callable[[Any, Any], bool]] = {"Equals": operator.eq, "NotEquals": operator.ne}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
COMPARISONS = _EQUALITIES | _ORDERS

# The members of each type, besides Type. NotEquals and NotIn stand in the published schema only; the SDK
# writes Not around Equals and In.
MEMBERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "NotIn": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}


def all_hold(conditions: list[dict[str, Any]], evaluate: Evaluate, where: str) -> bool:
    """Whether every condition holds. `evaluate(value, where)` resolves an operand. Raises EvaluationError."""
    return all(_results(conditions, evaluate, where))


def holds(condition: dict[str, Any], evaluate: Evaluate, where: str) -> bool:
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Condition"], evaluate, f"{where}.Condition")
    if kind == "Or":
        return any(_results(condition["Conditions"], evaluate, f"{where}.Conditions"))
    if kind in ("In", "NotIn"):
        query = evaluate(condition["QueryValue"], f"{where}.QueryValue")
        values = evaluate(condition["Values"], f"{where}.Values")
        equal = [_compare("Equals", query, value, where) for value in values]
        return any(equal) == (kind == "In")
    left = evaluate(condition["LeftValue"], f"{where}.LeftValue")
    right = evaluate(condition["RightValue"], f"{where}.RightValue")
    return _compare(kind, left, right, where)


def _results(conditions: list[dict[str, Any]], evaluate: Evaluate, where: str) -> list[bool]:
    """Every condition is evaluated, so one that cannot be fails the step whatever the others say."""
    return [holds(item, evaluate, f"{where}[{index}]") for index, item in enumerate(conditions)]


def _compare(kind: str, left: Any, right: Any, where: str) -> bool:
    if _type(left) != _type(right):
        raise EvaluationError(
            f"{where}: {kind} cannot compare {left!r} ({_type(left)}) with {right!r} ({_type(right)})"
        )
    if kind in _ORDERS and _type(left) not in ("string", "number"):
        raise EvaluationError(f"{where}: {kind} cannot order {left!r} ({_type(left)})")
    return COMPARISONS[kind](left, right)


def _type(value: Any) -> str:
    match value:
        case bool():
            return "Boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return "null"
