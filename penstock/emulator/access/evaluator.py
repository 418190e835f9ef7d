"""IAM's decision about one action on one resource: what the policies of a role say of it. Pure.

IAM User Guide, "Policy evaluation logic": an explicit Deny wins, an Allow is needed, and a permissions
boundary and the policies of a session must allow it too. A statement that cannot be judged never allows, and
denies if that is its effect.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from penstock.emulator.access.conditions import Context, Unknown, filled, hold, matches

Statement = Mapping[str, Any]

# Why a request is refused, as AWS words it (IAM User Guide, "Troubleshoot access denied error messages").
_DENIED = "with an explicit deny in {a_policy}"
_NOT_ALLOWED = "because no {policy} allows the {action} action"


@dataclass(frozen=True)
class Asked:
    """An action, as IAM names it, on a resource, by its ARN or `*`."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """What a role has: documents, as JSON. `boundary` is the one of its permissions boundary, `session` those
    that a session of the role was asked for with; None where there is none."""

    documents: Sequence[str]
    boundary: str | None = None
    session: Sequence[str] | None = None


def refusal(policies: Policies, asked: Asked) -> str | None:
    """Why it may not be done, in AWS's words; None if it may."""
    layers = [("identity-based policy", policies.documents)]
    if policies.boundary is not None:
        layers.append(("permissions boundary", [policies.boundary]))
    if policies.session is not None:
        layers.append(("session policy", policies.session))
    effects = {
        policy: _effects([each for text in documents for each in statements(text)], asked)
        for policy, documents in layers
    }
    for policy, found in effects.items():
        if "Deny" in found:
            article = "an" if policy.startswith("i") else "a"
            return _DENIED.format(a_policy=f"{article} {policy}")
    for policy, found in effects.items():
        if "Allow" not in found:
            return _NOT_ALLOWED.format(policy=policy, action=asked.action)
    return None


def is_explicit(refusal: str | None) -> bool:
    """Whether a policy says no, and not only none says yes."""
    return refusal is not None and refusal.startswith(_DENIED.partition("{")[0])


def trusts(document: str, kind: str, principals: Sequence[str], asked: Asked) -> bool:
    """Whether a trust policy lets one of these principals, of a kind (Service, AWS), take the role."""
    found = [one for one in statements(document) if _is_about(one, kind, principals)]
    effects = {one["Effect"] for one in found if _names_action(one, asked) and _holds(one, asked)}
    return effects == {"Allow"}


@lru_cache(maxsize=512)
def statements(text: str) -> tuple[Statement, ...]:
    """A document's statements; none of what is no policy. Variables came with the version of 2012; in a
    document of the one before, which is the default, they are text (IAM User Guide, "Version")."""
    try:
        document = json.loads(text)
        if document.get("Version") != "2012-10-17":
            document = json.loads(text.replace("${", "${$}{"))
        found = document.get("Statement", [])
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
    member = "Resource" if "Resource" in statement else "NotResource"
    if member not in statement:
        return False
    patterns = [filled(pattern, asked.context) for pattern in _texts(statement[member])]
    if any(pattern is not None and matches(pattern, asked.resource) for pattern in patterns):
        return member == "Resource"
    # All but what nobody knows is not known either.
    return member == "NotResource" and (None not in patterns or statement["Effect"] == "Deny")


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
