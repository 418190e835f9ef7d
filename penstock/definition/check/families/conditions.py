"""PS109, PS110 and PS112 of conditions: operators and operands (facts/pipeline-execution.md, section 1.2)."""

from collections.abc import Iterator
from typing import Any

from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import ANY, LIST, SCALAR, TEXT, check_object, is_kind, shown
from penstock.definition.check.suggest import did_you_mean
from penstock.definition.expressions import is_open
from penstock.service_model import Path

COMPARISONS = ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "NotEquals")
ORDERINGS = COMPARISONS[1:5]
_KEYS: dict[str, dict[str, str]] = {
    **{name: {"LeftValue": ANY, "RightValue": ANY} for name in COMPARISONS},
    "In": {"QueryValue": ANY, "Values": LIST},
    "NotIn": {"QueryValue": ANY, "Values": LIST},
    "Not": {"Condition": ANY},
    "Or": {"Conditions": LIST},
}


def check_conditions(conditions: Any, path: Path, step: str) -> Iterator[Finding]:
    """A list of conditions, which must all hold (or one of them, in an Or)."""
    if not isinstance(conditions, list):
        return
    if not conditions:
        yield Finding("PS112", path, "there is no condition", step)
    for index, condition in enumerate(conditions):
        yield from _condition(condition, (*path, index), step)


def all_conditions(conditions: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every condition that has a known type, those inside Not and Or included."""
    for index, condition in enumerate(conditions if isinstance(conditions, list) else []):
        yield from _with_inner(condition, (*path, index))


def _with_inner(condition: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not isinstance(condition, dict) or str(condition.get("Type")) not in _KEYS:
        return
    yield path, condition
    yield from _with_inner(condition.get("Condition"), (*path, "Condition"))
    yield from all_conditions(condition.get("Conditions"), (*path, "Conditions"))


def _condition(condition: Any, path: Path, step: str) -> Iterator[Finding]:
    if not isinstance(condition, dict):
        yield Finding("PS103", path, f"{shown(condition)} is not an object", step)
        return
    kind = condition.get("Type")
    if kind is None:
        yield Finding("PS102", path, "a condition needs Type", step)
        return
    if not isinstance(kind, str) or kind not in _KEYS:
        if not is_open(kind):
            suggestion = did_you_mean(str(kind), _KEYS)
            if kind == "And":
                suggestion = "All conditions of a list must hold: list them beside each other."
            yield Finding("PS109", (*path, "Type"), f"{shown(kind)} is no condition", step, suggestion)
        return
    keys = _KEYS[kind]
    yield from check_object(
        condition, path, {"Type": TEXT, **keys}, what=f"the condition {kind}", step=step, required=tuple(keys)
    )
    for key in ("LeftValue", "RightValue", "QueryValue"):
        value = condition.get(key)
        if key in keys and value is not None and not is_kind(value, SCALAR):
            yield Finding("PS110", (*path, key), f"a {_noun(value)} cannot be compared", step)
    if kind in ("In", "NotIn"):
        values = condition.get("Values")
        for index, value in enumerate(values if isinstance(values, list) else []):
            if not is_kind(value, SCALAR):
                where = (*path, "Values", index)
                yield Finding("PS110", where, f"a {_noun(value)} cannot be compared", step)
    if kind == "Not" and condition.get("Condition") is not None:
        yield from _condition(condition["Condition"], (*path, "Condition"), step)
    if kind == "Or":
        yield from check_conditions(condition.get("Conditions"), (*path, "Conditions"), step)


def _noun(value: Any) -> str:
    return "list" if isinstance(value, list) else "structure" if isinstance(value, dict) else "null"
