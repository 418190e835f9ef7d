"""Policies and comparisons as text for people, and as data."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from penstock.deployment.policy.compare import Comparison, Grant
from penstock.deployment.policy.documents import RolePolicy


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
    if not compared.lacking and not compared.excess:
        yield f"{compared.role} has what it needs, and no more"
    if not compared.simulated:
        yield "by its own and attached policies alone: IAM's simulation cannot be reached"
    yield from _grouped("lacks", compared.lacking)
    yield from _grouped("does not need", compared.excess)


def _grouped(verb: str, grants: list[Grant]) -> Iterator[str]:
    def place(grant: Grant) -> tuple[str, str]:
        return grant.policy, grant.resource

    for (policy, resource), group in groupby(sorted(grants, key=place), key=place):
        by = f" ({policy})" if policy else ""
        yield f"{verb} {', '.join(grant.action for grant in group)} on {resource}{by}"
