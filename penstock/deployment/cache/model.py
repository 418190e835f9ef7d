"""What a forecast says, and what it is made from: earlier executions as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from penstock.definition.diff import Change


@dataclass(frozen=True)
class Forecast:
    """What the next start, with the parameters' defaults, finds in the cache for a step.

    `hit` is None where it cannot be told; `source` the ARN of the execution whose result is used, empty if
    there is none. `changed` are the members of the cache's key that are other than in the latest success of
    the step that is not too old; a value that only an execution has stands there as its expression, so what
    is read as before from a step that runs anew is no change: `reason`, one line for people, says it.
    """

    step: str
    hit: bool | None
    source: str = ""
    changed: list[Change] = field(default_factory=list)
    reason: str = ""


@dataclass(frozen=True)
class StepRun:
    """What became of a step in an execution. `source` is the ARN of the execution whose result it took, from
    the cache or in a selective execution; empty where it did the work itself."""

    status: str
    ended: datetime | None = None
    source: str = ""


@dataclass(frozen=True)
class Content:
    """What an execution ran: its definition, and the values of its parameters as the API lists them."""

    definition: dict[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)


class History(Protocol):
    """The executions of one pipeline. Each method raises Unreadable."""

    def executions(self) -> Iterator[tuple[str, datetime]]:
        """ARN and start of each, newest first, but only of the newest `limit`."""

    def steps(self, arn: str) -> Mapping[str, StepRun]:
        """By name; none for an execution that is not there any more."""

    def content(self, arn: str) -> Content | None:
        """None for an execution that is not there any more."""

    @property
    def limit(self) -> int: ...


class Unreadable(Exception):
    """The history cannot be read; the text says why."""
