"""What a bias metric is: a name, words and a function; and what it says where it has no value."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from penstock.emulator.standins.errors import InputError

Data = TypeVar("Data")


class Undefined(Exception):
    """A metric has no value for this data; its text says why."""


@dataclass(frozen=True)
class Metric(Generic[Data]):
    """`description` is the name that analysis.json shows, `meaning` what a report tells people.

    `compute` raises Undefined; a value may be infinite.
    """

    name: str
    description: str
    meaning: str
    compute: Callable[[Data], float]


def ratio(count: float, total: float) -> float:
    """Raises Undefined for 0 / 0; what is divided by 0 is infinite."""
    if total == 0:
        if count == 0:
            raise Undefined("0 / 0: the groups have no such outcome")
        return math.inf
    return float(count / total)


def difference(left: float, right: float) -> float:
    """Raises Undefined for infinite - infinite."""
    if math.isinf(left) and math.isinf(right):
        raise Undefined("infinite in both groups")
    return left - right


def selected(
    metrics: tuple[Metric[Data], ...], names: str | list[str], what: str
) -> tuple[Metric[Data], ...]:
    """`names` is "all" or some names. Raises InputError, which begins with `what`."""
    if names == "all":
        return metrics
    known = [metric.name for metric in metrics]
    for name in names:
        if name not in known:
            raise InputError(f"{what}: {name!r} is no metric; there are {', '.join(known)}")
    return tuple(metric for metric in metrics if metric.name in names)


def entries(metrics: tuple[Metric[Data], ...], data: Data) -> list[dict[str, Any]]:
    """The metrics' entries in analysis.json."""
    found = []
    for metric in metrics:
        entry: dict[str, Any] = {"name": metric.name, "description": metric.description}
        try:
            entry["value"] = metric.compute(data)
        except Undefined as error:
            entry |= {"value": None, "error": str(error)}
        found.append(entry)
    return found
