"""Permissions gathered into an IAM policy: one document for one set of permissions, always the same text."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

Document = dict[str, Any]
Condition = dict[str, dict[str, str]]

# Characters of all inline policies of a role, and of a managed one (IAM user guide, "IAM and STS quotas").
LONGEST, LONGEST_MANAGED = 10_240, 6_144

# The services that say for which account they take a role, of those that a pipeline's roles are for: EMR
# (management guide, its service roles). SageMaker does for jobs, models and pipelines (developer guide,
# "Cross-service confused deputy prevention"), but nothing says that AutoML and tuning do, which would fail
# without; a role is passed within its account only.
_SAYS_FOR_WHOM = ("elasticmapreduce.amazonaws.com",)


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
        arns = list(roles)
        self.allow(f"PassRolesTo{name}", ["iam:PassRole"], arns, passed_to(service, *arns))

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


def merged(documents: Iterable[Document]) -> Document:
    """One document for a role that needs them all. Statements of one Sid are joined where they have the same
    actions, and numbered where not."""
    grants = Grants()
    kinds: dict[str, list[Any]] = defaultdict(list)
    for statement in (each for document in documents for each in document["Statement"]):
        sid, kind = statement["Sid"], (statement["Action"], statement.get("Condition"))
        if kind not in kinds[sid]:
            kinds[sid].append(kind)
        number = kinds[sid].index(kind) + 1
        grants.allow(f"{sid}{number if number > 1 else ''}", kind[0], statement["Resource"], kind[1])
    return grants.document()


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


def passed_to(service: str, *roles: str) -> Condition:
    """That a role is handed to this service. In China, EC2 and EMR have names that go on (`.cn`), which EMR's
    own policies allow for (EMR management guide, "User policies")."""
    if any(role.startswith("arn:aws-cn:") for role in roles):
        return {"StringLike": {"iam:PassedToService": f"{service}*"}}
    return {"StringEquals": {"iam:PassedToService": service}}


def size(document: Document) -> int:
    """As IAM counts: without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def trust(service: str, account: str) -> Document:
    """That an AWS service may assume the role, for the account alone where the service says so."""
    condition = {"StringEquals": {"aws:SourceAccount": account}} if service in _SAYS_FOR_WHOM else None
    return trusting({"Service": service}, "sts:AssumeRole", condition)


def trusting(principal: dict[str, str], action: str, condition: Condition | None = None) -> Document:
    statement: Document = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
