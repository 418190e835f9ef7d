"""Steps that changed their names and nothing else that counts: the same step by another name."""

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.diff.model import Rename
from penstock.definition.diff.values import frozen
from penstock.definition.expressions import get, is_expression
from penstock.definition.structure import BRANCHES

# What people call a step goes with its name.
_TITLES = ("Name", "DisplayName", "Description")
# Where a reference names a step.
_IN_REFERENCE = re.compile(
    r"^(Steps\.|IterationOutput\.)([\w\-]+)|(?<=\.IterationOutputs\[)(\d+\]\.)([\w\-]+)"
)


def renames(before: Document, after: Document) -> list[Rename]:
    """The steps that are gone, each with the one new step that is the same, their names inside them aside."""
    found: list[Rename] = []
    while more := _pairs(before, after):
        found += more
        # Those that refer to a renamed step may be the same now.
        before = Document(with_names(before.json, {rename.before: rename.after for rename in more}))
    return found


def with_names(definition: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The definition with its steps, and the references to them, by other names."""
    if not names:
        return definition
    referring = {key: _referring(value, names) for key, value in definition.items()}
    return {**referring, "Steps": _steps(referring.get("Steps"), names)}


def _pairs(before: Document, after: Document) -> list[Rename]:
    gone = _by_content([step for name, step in before.by_name.items() if name not in after.by_name])
    new = _by_content([step for name, step in after.by_name.items() if name not in before.by_name])
    return [
        Rename(steps[0].name, new[content][0].name)
        for content, steps in gone.items()
        if len(steps) == 1 and len(new.get(content, ())) == 1
    ]


def _by_content(steps: list[PlacedStep]) -> dict[Hashable, list[PlacedStep]]:
    found: dict[Hashable, list[PlacedStep]] = defaultdict(list)
    for step in steps:
        word = re.compile(rf"(?<![\w\-]){re.escape(step.name)}(?![\w\-])")
        content = {key: value for key, value in step.json.items() if key not in _TITLES}
        found[frozen(_without(content, word))].append(step)
    return found


def _without(value: Any, word: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, word) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, word) for item in value]
    return word.sub("\0", value) if isinstance(value, str) else value


def _referring(value: Any, names: Mapping[str, str]) -> Any:
    if is_expression(value) and isinstance(value.get("Get"), str):
        return {"Get": _IN_REFERENCE.sub(lambda match: _reference(match, names), value["Get"])}
    if isinstance(value, dict):
        return {key: _referring(item, names) for key, item in value.items()}
    return [_referring(item, names) for item in value] if isinstance(value, list) else value


def _reference(match: re.Match[str], names: Mapping[str, str]) -> str:
    before, name = (match[1], match[2]) if match[1] else (match[3], match[4])
    return f"{before}{names.get(name, name)}"


def _steps(steps: Any, names: Mapping[str, str]) -> Any:
    """Steps by other names where they stand, in DependsOn, and in what a Cleanup step lists."""
    if not isinstance(steps, list):
        return steps
    found = []
    for step in steps:
        if isinstance(step, dict):
            step = _with_name(step, "Name", names)
            if isinstance(step.get("DependsOn"), list):
                step |= {"DependsOn": [_dependency(entry, names) for entry in step["DependsOn"]]}
            if isinstance(arguments := step.get("Arguments"), dict):
                bodies = {key: _steps(arguments[key], names) for key in BRANCHES if key in arguments}
                step |= {"Arguments": arguments | bodies}
            if isinstance(cleaned := get(step, "Arguments", "Resources", "S3"), list):
                listed = {"S3": [_with_name(item, "StepName", names) for item in cleaned]}
                step["Arguments"] |= {"Resources": step["Arguments"]["Resources"] | listed}
        found.append(step)
    return found


def _dependency(entry: Any, names: Mapping[str, str]) -> Any:
    return names.get(entry, entry) if isinstance(entry, str) else _with_name(entry, "Step", names)


def _with_name(value: Any, key: str, names: Mapping[str, str]) -> Any:
    name = get(value, key)
    return {**value, key: names.get(name, name)} if isinstance(name, str) else value
