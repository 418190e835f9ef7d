"""A call of an AWS operation, and what IAM must allow for it: the data of this package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """An operation as it was asked for. `service` is the name that requests are signed with, which begins
    its actions too; `members` are those of the operation's input shape that say what it is about."""

    service: str
    operation: str
    members: Mapping[str, Any]
    region: str
    account: str
    # Whether a pipeline makes the call, which tags what it creates.
    by_pipeline: bool = False

    def text(self, member: str) -> str:
        """A member that is a text; empty where it is not there, or none."""
        value = self.members.get(member)
        return value if isinstance(value, str) else ""

    def arn(self, resource: str, service: str | None = None) -> str:
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"

    def named(self, kind: str, name: str) -> str:
        """The ARN of a thing of a kind (`function:`, `rule/`) by its name, which may be its ARN."""
        return name if name.startswith("arn:") else self.arn(f"{kind}{name or '*'}")


@dataclass(frozen=True)
class Need:
    """An action on a resource that must be allowed. `context` are the condition keys that are this
    action's own, in any case."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Lookup:
    """What only the emulator knows of what a call names.

    `role(name or ARN)` and `profile_role(instance profile)` give roles' ARNs, `execution(callback token)` the
    ARN of the execution that waits for it, `key(id, alias or ARN)` a KMS key's ARN, `mapped(uuid)` the ARN of
    the function of an event source mapping; None where there is none.
    """

    role: Callable[[str], str]
    profile_role: Callable[[str], str | None]
    execution: Callable[[str], str | None]
    key: Callable[[str], str | None]
    mapped: Callable[[str], str | None]


def pass_role(role: str, service: str) -> Need:
    """To hand a role to an AWS service."""
    return Need("iam:PassRole", role, {"iam:PassedToService": [f"{service}.amazonaws.com"]})


def tag_context(tags: Any) -> dict[str, list[str]]:
    """The condition keys of tags that a request gives, a list of Key and Value or a map."""
    if isinstance(tags, Mapping):
        pairs = [(str(key), str(value)) for key, value in tags.items()]
    else:
        given = [tag for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
        pairs = [(str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in given]
    if not pairs:
        return {}
    return {"aws:TagKeys": [key for key, _ in pairs]} | {
        f"aws:RequestTag/{key}": [value] for key, value in pairs
    }
