"""Permissions gathered into an IAM policy: one document for one set of permissions, always the same text."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

Document = dict[str, Any]
Condition = dict[str, dict[str, str]]


class Grants:
    """Statements by their Sid, which joins what is added under it."""

    def __init__(self) -> None:
        self._actions: dict[str, set[str]] = defaultdict(set)
        self._resources: dict[str, set[str]] = defaultdict(set)
        self._conditions: dict[str, Condition] = {}

    def allow(
        self,
        sid: str,
        actions: Iterable[str],
        resources: str | Iterable[str],
        condition: Condition | None = None,
    ) -> None:
        """Nothing is allowed on no resources."""
        wanted = {resources} if isinstance(resources, str) else set(resources)
        if wanted:
            self._actions[sid].update(actions)
            self._resources[sid] |= wanted
            if condition:
                self._conditions[sid] = condition

    def pass_roles(self, roles: Iterable[str], service: str) -> None:
        """To hand these roles to an AWS service, and to no other."""
        name = "".join(
            part.capitalize() for part in re.split(r"[.\-]", service.removesuffix(".amazonaws.com"))
        )
        condition = {"StringEquals": {"iam:PassedToService": service}}
        self.allow(f"PassRolesTo{name}", ["iam:PassRole"], roles, condition)

    def document(self) -> Document:
        """Sorted, without resources that another of the same statement covers."""
        statements = []
        for sid in sorted(self._actions):
            statement: Document = {
                "Sid": sid,
                "Effect": "Allow",
                "Action": sorted(self._actions[sid]),
                "Resource": _widest(self._resources[sid]),
            }
            if sid in self._conditions:
                statement["Condition"] = self._conditions[sid]
            statements.append(statement)
        return {"Version": "2012-10-17", "Statement": statements}


def _widest(patterns: set[str]) -> list[str]:
    return [
        one for one in sorted(patterns) if not any(other != one and covers(other, one) for other in patterns)
    ]


def covers(pattern: str, other: str) -> bool:
    """Whether all that `other` matches is matched by `pattern`, both with IAM's `*` and `?`.

    Exact but for a `?` against a `*`, which it takes to cover nothing more than itself.
    """
    return _compiled(pattern).fullmatch(other) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)


def trust(service: str) -> Document:
    """That an AWS service may assume the role."""
    return trusting({"Service": service}, "sts:AssumeRole")


def trusting(principal: dict[str, str], action: str, condition: Condition | None = None) -> Document:
    statement: Document = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
