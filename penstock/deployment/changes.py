"""A setting that AWS has otherwise than the project says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """A member of the request whose value is another one than AWS has. `before` is None where it has none."""

    field: str
    before: Any
    after: Any


def changes(deployed: Mapping[str, Any], wanted: Mapping[str, Any], fields: Iterable[str]) -> list[Change]:
    """The changes of those fields that `wanted` has; what it does not have is left as it is."""
    return [
        Change(name, deployed.get(name), wanted[name])
        for name in fields
        if name in wanted and deployed.get(name) != wanted[name]
    ]
