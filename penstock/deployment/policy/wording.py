"""Policies and comparisons as text for people, and as data."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from penstock.deployment.policy.compare import Comparison, Grant
from penstock.deployment.policy.documents import RolePolicy

# Lines about one policy that a person still reads.
_MOST = 10


def policy_lines(policies: list[RolePolicy]) -> Iterator[str]:
    """One paragraph for each role: a line for each statement, and what it is on below."""
    for policy in policies:
        yield f"{policy.name} ({policy.role})" if policy.role else policy.name
        for statement in policy.policy["Statement"]:
            yield f"  {statement['Sid']}: {', '.join(statement['Action'])}"
            for keys in statement.get("Condition", {}).values():
                yield from (f"    if {key} is {value}" for key, value in keys.items())
            yield from (f"    {resource}" for resource in statement["Resource"])


def comparison_data(compared: Comparison) -> dict[str, Any]:
    return asdict(compared)


def comparison_lines(compared: Comparison) -> Iterator[str]:
    if compared.lacking:
        verdict = "lacks some of what it needs"
    else:
        verdict = f"has what it needs, and {'more' if compared.excess else 'no more'}"
    yield f"{compared.role} {verdict}"
    if not compared.simulated:
        yield "by its own and attached policies alone: IAM's simulation cannot be reached"
    yield from (f"lacks {line}" for line in _by_resource(compared.lacking))
    for policy, grants in groupby(sorted(compared.excess, key=_policy), key=_policy):
        lines = [f"does not need {line} ({policy})" for line in _by_resource(grants)]
        if len(lines) > _MOST:
            # A policy for much else: AmazonSageMakerFullAccess, or another pipeline's of the same role.
            yield f"does not need what {policy} allows on {len(lines)} resources (--output json lists it)"
        else:
            yield from lines


def _policy(grant: Grant) -> str:
    return grant.policy


def _by_resource(grants: Iterable[Grant]) -> Iterator[str]:
    """A line for each resource, with all its actions, and for each thing that is to be known besides."""

    def place(grant: Grant) -> tuple[str, str]:
        return grant.resource, grant.why

    for (resource, why), group in groupby(sorted(grants, key=place), key=place):
        line = f"{', '.join(grant.action for grant in group)} on {resource}"
        yield f"{line}, {why}" if why else line
