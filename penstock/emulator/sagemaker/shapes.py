"""Cuts data to the shapes of botocore's model, on the way in and on the way out.

Private members, members that the model does not have and null ones go; the rest stays as it is, but for
timestamps in requests, which become epoch seconds. The cut of a shape is compiled once.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_timestamp

from penstock.service_model import input_shape, output_shape

SERVICE = "sagemaker"

Cut = Callable[[Any], Any]
Leaf = Callable[[Shape], Cut | None]


def cut_request(operation: str, request: dict[str, Any], service: str = SERVICE) -> dict[str, Any]:
    """A request of the right types, as the operation sees it. Raises ValueError for a time that is none."""
    cut: dict[str, Any] = _request_cut(service, operation)(request)
    return cut


def cut_answer(operation: str, answer: dict[str, Any], service: str = SERVICE) -> dict[str, Any]:
    """An operation's answer, as the caller sees it."""
    cut: dict[str, Any] = _answer_cut(service, operation)(answer)
    return cut


@cache
def _request_cut(service: str, operation: str) -> Cut:
    return _structure(input_shape(service, operation), _time_as_seconds, {})


@cache
def _answer_cut(service: str, operation: str) -> Cut:
    return _structure(output_shape(service, operation), _as_it_is, {})


def _as_it_is(_: Shape) -> Cut | None:
    return None


def _time_as_seconds(shape: Shape) -> Cut | None:
    return _seconds if shape.type_name == "timestamp" else None


def _seconds(value: float | str | datetime) -> float:
    if isinstance(value, int | float):
        return value
    return (value if isinstance(value, datetime) else parse_timestamp(value)).timestamp()


def _compile(shape: Shape, leaf: Leaf, known: dict[str, dict[str, Cut | None]]) -> Cut | None:
    """The function that cuts a value to a shape; None where every value is kept as it is."""
    if isinstance(shape, StructureShape):
        return _structure(shape, leaf, known)
    if isinstance(shape, ListShape):
        return _each(_compile(shape.member, leaf, known))
    if isinstance(shape, MapShape):
        return _each_value(_compile(shape.value, leaf, known))
    return leaf(shape)


def _each(cut: Cut | None) -> Cut | None:
    return cut and (lambda values: [cut(value) for value in values])


def _each_value(cut: Cut | None) -> Cut | None:
    return cut and (lambda values: {key: cut(value) for key, value in values.items()})


def _structure(shape: StructureShape, leaf: Leaf, known: dict[str, dict[str, Cut | None]]) -> Cut:
    if shape.name not in known:
        # Known before it is filled: a shape may hold itself.
        known[shape.name] = {}
        for name, member in shape.members.items():
            known[shape.name][name] = _compile(member, leaf, known)
    members = known[shape.name]

    def cut(value: dict[str, Any]) -> dict[str, Any]:
        return {
            name: inner if (deeper := members[name]) is None else deeper(inner)
            for name, inner in value.items()
            if inner is not None and name in members
        }

    return cut
