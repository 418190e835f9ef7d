"""Settings that AWS has otherwise than the project says."""

from collections.abc import Iterable, Mapping
from typing import Any

from penstock.definition.diff import Change


def changes(deployed: Mapping[str, Any], wanted: Mapping[str, Any], members: Iterable[str]) -> list[Change]:
    """The changes of those members that `wanted` has; what it does not have is left as it is."""
    return [
        Change(name, deployed.get(name), wanted[name])
        for name in members
        if name in wanted and deployed.get(name) != wanted[name]
    ]
