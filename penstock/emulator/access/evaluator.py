"""IAM's decision about one action on one resource: what the policies of a role say of it. Pure.

IAM User Guide, "Policy evaluation logic": an explicit Deny wins, an Allow is needed, and a permissions
boundary must allow it too. A statement that cannot be judged never allows, and denies if that is its effect.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from penstock.emulator.access.conditions import Context, Unknown, filled, hold, matches

Statement = Mapping[str, Any]

# Why a request is refused, as AWS words it (IAM User Guide, "Troubleshoot access denied error messages").
NOT_ALLOWED = "because no identity-based policy allows the {action} action"
DENIED = "with an explicit deny in an identity-based policy"
OUT_OF_BOUNDS = "because no permissions boundary allows the {action} action"
DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"


@dataclass(frozen=True)
class Asked:
    """An action, as IAM names it, on a resource, by its ARN or `*`."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """What a role has: documents, as JSON. `boundary` is the one of its permissions boundary."""

    documents: Sequence[str]
    boundary: str | None = None


def refusal(policies: Policies, asked: Asked) -> str | None:
    """Why it may not be done, in AWS's words; None if it may."""
    effects = _effects([statement for text in policies.documents for statement in statements(text)], asked)
    if "Deny" in effects:
        return DENIED
    if policies.boundary is not None:
        within = _effects(statements(policies.boundary), asked)
        if "Deny" in within:
            return DENIED_BY_BOUNDARY
        if "Allow" in effects and "Allow" not in within:
            return OUT_OF_BOUNDS.format(action=asked.action)
    return None if "Allow" in effects else NOT_ALLOWED.format(action=asked.action)


def trusts(document: str, kind: str, principals: Sequence[str], asked: Asked) -> bool:
    """Whether a trust policy lets one of these principals, of a kind (Service, AWS), take the role."""
    found = [one for one in statements(document) if _is_about(one, kind, principals)]
    effects = {one["Effect"] for one in found if _names_action(one, asked) and _holds(one, asked)}
    return effects == {"Allow"}


@lru_cache(maxsize=512)
def statements(text: str) -> tuple[Statement, ...]:
    """A document's statements; none of what is no policy."""
    try:
        found = json.loads(text).get("Statement", [])
    except (ValueError, AttributeError):
        return ()
    listed = found if isinstance(found, list) else [found]
    return tuple(one for one in listed if isinstance(one, dict) and one.get("Effect") in ("Allow", "Deny"))


def _effects(statements: Sequence[Statement], asked: Asked) -> set[str]:
    return {
        one["Effect"]
        for one in statements
        if _names_action(one, asked) and _names_resource(one, asked) and _holds(one, asked)
    }


def _names_action(statement: Statement, asked: Asked) -> bool:
    """Actions know no case."""
    action = asked.action.lower()

    def named(member: str) -> bool:
        return any(matches(pattern.lower(), action) for pattern in _texts(statement[member]))

    if "Action" in statement:
        return named("Action")
    return "NotAction" in statement and not named("NotAction")


def _names_resource(statement: Statement, asked: Asked) -> bool:
    def named(member: str) -> bool:
        patterns = [filled(pattern, asked.context) for pattern in _texts(statement[member])]
        return any(pattern is not None and matches(pattern, asked.resource) for pattern in patterns)

    if "Resource" in statement:
        return named("Resource")
    return "NotResource" in statement and not named("NotResource")


def _holds(statement: Statement, asked: Asked) -> bool:
    try:
        conditions = statement.get("Condition") or {}
        if not isinstance(conditions, Mapping):
            raise Unknown(str(conditions))
        return hold(conditions, asked.context)
    except Unknown:
        return statement["Effect"] == "Deny"


def _is_about(statement: Statement, kind: str, principals: Sequence[str]) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    named = _texts(principal.get(kind, [])) if isinstance(principal, Mapping) else []
    return any(each in ("*", *principals) for each in named)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]
