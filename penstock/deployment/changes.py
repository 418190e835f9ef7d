"""Settings that AWS has otherwise than the project says."""

from collections.abc import Iterable, Mapping
from typing import Any

from penstock.definition.diff import Change


def changes(deployed: Mapping[str, Any], wanted: Mapping[str, Any], members: Iterable[str]) -> list[Change]:
    """The changes of those members that `wanted` has; what it does not have is left as it is."""
    return [
        Change(name, deployed.get(name), wanted[name])
        for name in members
        if name in wanted and differ(deployed.get(name), wanted[name])
    ]


def differ(one: Any, other: Any) -> bool:
    """An empty text is one that is not there: an answer may leave it out."""
    return bool((None if one == "" else one) != (None if other == "" else other))
