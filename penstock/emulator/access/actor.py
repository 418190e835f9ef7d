"""One who works with AWS: a role, or the account itself. What engine, jobs, endpoints, functions and clusters
are given to act with, so that whatever they do is done as their role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.emulator.access.needs.call import Need


def _all_allowed(*_: Need) -> None:
    """Nothing is enforced."""


@dataclass(frozen=True)
class Actor:
    """`client("s3")` is a boto3 client with the role's keys, `variables` lead a process's AWS clients here
    with them. `require(*needs)` raises PermissionError, in AWS's words, for what the role may not do: where
    AWS would do it as the role and the emulator has no call for it."""

    client: Callable[[str], Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    require: Callable[..., None] = _all_allowed


# The actor of a role, by its ARN; None is the account.
Actors = Callable[[str | None], Actor]
