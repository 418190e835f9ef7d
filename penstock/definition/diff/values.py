"""Two JSON values compared, down to the member that differs. It knows which lists of a definition and its
requests have names for their items, and which have no order; it knows nothing of steps and references.
"""

import json
import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Any

from penstock.definition.diff.model import Change
from penstock.definition.diff.shown import shown
from penstock.definition.expressions import get, is_expression
from penstock.definition.structure import BRANCHES
from penstock.printable import printable
from penstock.service_model import Path

# The members that name the items of a list, most telling first: a property file has an OutputName as well.
_NAMES = (
    "PropertyFileName", "OutputName", "InputName", "ChannelName", "ContainerHostname", "VariantName",
    "RuleConfigurationName", "CollectionName", "DefinitionName", "MetricName", "ActionName", "ArtifactName",
    "ContextName", "Name", "Key", "ParameterKey", "Classification", "StepName", "ChannelType",
)  # fmt: skip

# Lists whose order says nothing. (A Join's Values are no list of a request: expressions are leaves.)
_UNORDERED = {
    *BRANCHES, "DependsOn", "Conditions", "Values", "EnumValues", "RetryPolicies", "ExceptionType", "S3Uris",
    "SecurityGroupIds", "Subnets", "Ec2SubnetIds", "AdditionalMasterSecurityGroups",
    "AdditionalSlaveSecurityGroups", "SupportedContentTypes", "SupportedResponseMIMETypes",
    "SupportedRealtimeInferenceInstanceTypes", "SupportedTransformInstanceTypes",
}  # fmt: skip

# Lists of named items that are used one after the other: a model's inference pipeline, a cluster's set-up.
_IN_TURN = ("Containers", "BootstrapActions")

# Deeper than anything that a service takes, and well within Python's stack.
_DEEPEST = 60
# Pairs of items. Aligning more takes seconds, and no list of a definition for people is as long.
_ALIGNED = 1_000_000

_PLAIN = re.compile(r"[A-Za-z0-9_:\-]+")


@dataclass(frozen=True)
class Same:
    """An expression that both have."""

    path: str
    expression: dict[str, Any]


def tidy(value: Any, depth: int = 0) -> Any:
    """The value without nulls in its objects. What is nested too deeply is replaced by a text, which is the
    same for the same content."""
    if isinstance(value, dict | list) and depth == _DEEPEST:
        return f"nested too deeply: {_digest(value)}"
    if isinstance(value, dict):
        return {key: tidy(item, depth + 1) for key, item in value.items() if item is not None}
    return [tidy(item, depth + 1) for item in value] if isinstance(value, list) else value


def compare(before: Any, after: Any, path: str = "", name: str = "") -> Iterator[Change | Same]:
    """The changes, and the expressions that are the same. `path` is where the values stand, `name` the member
    that has them."""
    if _is_object(before) and _is_object(after):
        for key in sorted({*before, *after}):
            yield from compare(before.get(key), after.get(key), member(path, key), key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path, name)
    elif frozen(before) != frozen(after):
        yield Change(path, before, after)
    elif is_expression(after):
        yield Same(path, after)


def frozen(value: Any, name: str = "") -> Hashable:
    """Equal for values that mean the same. (To Python True is 1, 1 is 1.0, and a NaN is not itself.)"""
    if isinstance(value, dict):
        return "{", tuple((key, frozen(value[key], key)) for key in sorted(value))
    if isinstance(value, list):
        inside = [frozen(item) for item in value]
        return "[", tuple(sorted(inside, key=repr) if name in _UNORDERED else inside)
    if isinstance(value, bool | float):
        return "literal", repr(value)
    return value if isinstance(value, Hashable) else repr(value)


def member(path: str, key: str) -> str:
    if not _PLAIN.fullmatch(key):
        return f"{path}[{_quoted(key)}]"
    return f"{path}.{key}" if path else key


def located(value: Any, parts: Path) -> tuple[Any, str]:
    """What a path leads to, and the path as text. It ends at an expression that stands for what is further
    on. In a list, a name is looked up (facts/pipeline-execution.md, 1.1)."""
    path = ""
    for part in parts:
        if is_expression(value):
            break
        if isinstance(value, list):
            path += f"[{part if isinstance(part, int) else _quoted(part)}]"
            value = get(value, part) if isinstance(part, int) else _named(value, part)
        else:
            path = member(path, str(part))
            value = get(value, str(part))
    return value, path


def _lists(before: list[Any], after: list[Any], path: str, name: str) -> Iterator[Change | Same]:
    named = _by_name(before, after, name)
    if named is not None:
        old, new = named
        for key in {**old, **new}:
            yield from compare(old.get(key), new.get(key), f"{path}[{_quoted(key)}]")
        if name in _IN_TURN:
            turns = [key for key in old if key in new], [key for key in new if key in old]
            if turns[0] != turns[1]:
                yield Change(path, *turns)
    elif name in _UNORDERED:
        yield from _unordered(before, after, path)
    else:
        yield from _ordered(before, after, path)


def _by_name(before: list[Any], after: list[Any], name: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both lists by the names of their items, if every item has one of its own."""
    for naming in ("Step",) if name == "DependsOn" else _NAMES:
        old, new = _keyed(before, naming), _keyed(after, naming)
        if old is not None and new is not None:
            return old, new
    return None


def _keyed(items: list[Any], naming: str) -> dict[str, Any] | None:
    # DependsOn has "A" beside {"Step": "B", "Trigger": "Failed"} (facts/pipeline-execution.md, 1.3).
    names = [item if naming == "Step" and isinstance(item, str) else get(item, naming) for item in items]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return dict(zip(names, items, strict=True))


def _unordered(before: list[Any], after: list[Any], path: str) -> Iterator[Change | Same]:
    """Equal items belong together; of the others objects do, in their order, and nothing else does."""
    there: dict[Hashable, deque[tuple[int, Any]]] = defaultdict(deque)
    for index, item in enumerate(before):
        there[frozen(item)].append((index, item))
    new = []
    for index, item in enumerate(after):
        if there.get(frozen(item)):
            old = there[frozen(item)].popleft()[1]
            yield from compare(old, item, _item(path, index, item))
        else:
            new.append((index, item))
    gone = sorted((pair for pairs in there.values() for pair in pairs), key=lambda pair: pair[0])
    pairs = 0
    if all(_is_object(item) for _, item in (*gone, *new)):
        pairs = min(len(gone), len(new))
        for (_, old), (index, item) in zip(gone, new, strict=False):
            yield from compare(old, item, f"{path}[{index}]")
    for index, item in gone[pairs:]:
        yield from compare(item, None, _item(path, index, item))
    for index, item in new[pairs:]:
        yield from compare(None, item, _item(path, index, item))


def _ordered(before: list[Any], after: list[Any], path: str) -> Iterator[Change | Same]:
    """Items that come or go move the others, which is no change of theirs."""
    keys = [frozen(item) for item in before], [frozen(item) for item in after]
    if keys[0] == keys[1]:
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from compare(*pair, f"{path}[{index}]")
        return
    if len(before) * len(after) > _ALIGNED:
        yield Change(path, before, after)
        return
    for _, low, high, new_low, new_high in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        for offset in range(max(high - low, new_high - new_low)):
            old, new = low + offset, new_low + offset
            yield from compare(
                before[old] if old < high else None,
                after[new] if new < new_high else None,
                f"{path}[{new if new < new_high else old}]",
            )


def _item(path: str, index: int, item: Any) -> str:
    """Texts and expressions are called by their value, as the index means nothing."""
    if isinstance(item, str):
        return f"{path}[{_quoted(shown(item))}]"
    return f"{path}[{shown(item) if is_expression(item) else index}]"


def _named(items: list[Any], name: str) -> Any:
    return next((item for item in items if any(get(item, naming) == name for naming in _NAMES)), None)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not is_expression(value)


def _quoted(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f"{quote}{printable(name)}{quote}"


def _digest(value: Any) -> str:
    """The SHA-256 of a value of any depth."""
    digest, ahead = sha256(), [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, dict):
            digest.update(b"{%d" % len(item))
            for key in sorted(item):
                ahead += [item[key], key]
        elif isinstance(item, list):
            digest.update(b"[%d" % len(item))
            ahead += item
        else:
            digest.update(json.dumps(item).encode() + b"\n")
    return digest.hexdigest()
