"""Cuts an operation's answer to its output shape: private members and unset ones never leave.

The cut of each shape is compiled once from botocore's model; an answer is not validated again.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from penstock.service_model import output_shape

Cut = Callable[[Any], Any]

_SERVICE = "sagemaker"


def shaped(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """`answer` restricted to what the operation returns by the model."""
    cut: dict[str, Any] = _cut_of_operation(operation)(answer)
    return cut


@cache
def _cut_of_operation(operation: str) -> Cut:
    return _compile(output_shape(_SERVICE, operation), {}) or _as_it_is


def _compile(shape: Shape, known: dict[str, dict[str, Cut | None]]) -> Cut | None:
    """The function that cuts a value to a shape; None for a value that is kept as it is."""
    if isinstance(shape, StructureShape):
        return _structure(shape, known)
    if isinstance(shape, ListShape):
        item = _compile(shape.member, known)
        return None if item is None else lambda value: [item(each) for each in value]
    if isinstance(shape, MapShape):
        item = _compile(shape.value, known)
        return None if item is None else lambda value: {key: item(each) for key, each in value.items()}
    return None


def _structure(shape: StructureShape, known: dict[str, dict[str, Cut | None]]) -> Cut:
    # Filled in after the closure is made, so that a shape may hold itself.
    if shape.name not in known:
        members = known[shape.name] = {}
        for name, member in shape.members.items():
            members[name] = _compile(member, known)
    members = known[shape.name]

    def cut(value: dict[str, Any]) -> dict[str, Any]:
        return {
            name: inner if (deeper := members[name]) is None else deeper(inner)
            for name, inner in value.items()
            if inner is not None and name in members
        }

    return cut


def _as_it_is(value: Any) -> Any:
    return value
