"""The structure of a definition: its steps, and what each refers to.

It works on the definition's JSON, whoever wrote it, and knows nothing of how it was built or what its
requests mean. The grammar: facts/pipeline-execution.md, section 1.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_STEP = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(?:[.\[]|$)")
_FUNCTION = re.compile(r"\{\{\s*function\(\s*[\"']([^\"']+)[\"']\s*\)\s*\}\}")
_ASSET = re.compile(r"\{\{\s*asset\(\s*[\"']([^\"']+)[\"']\s*\)\s*\}\}")

# The lists of steps that a step may hold in its arguments, and what the way to each is labelled in a picture.
BRANCHES = {"IfSteps": "true", "ElseSteps": "false", "ForEachBody": "each"}

Step = dict[str, Any]


def all_steps(definition: Mapping[str, Any]) -> Iterator[Step]:
    """Every step, those inside a Condition's branches and a ForEach's body included, parents first. What is
    no step is left out, in JSON of any form."""
    yield from (step for step, _ in with_parents(definition))


def with_parents(definition: Mapping[str, Any]) -> Iterator[tuple[Step, Step | None]]:
    """Every step, and the step that holds it; None for one at the top."""
    yield from _inside(definition.get("Steps"), None)


def assets(definition: dict[str, Any]) -> dict[str, str]:
    """The assets that a definition refers to, as {path: the first place that refers to it}."""
    return _named(_ASSET, definition)


def functions(definition: dict[str, Any]) -> dict[str, str]:
    """The pipeline's own functions that a definition refers to, as {name: the first place}."""
    return _named(_FUNCTION, definition)


def dependencies(definition: dict[str, Any]) -> dict[str, list[str]]:
    """The steps that each step waits for, by name: what it refers to or depends on, and the step it is in."""
    waits_for: dict[str, list[str]] = {}
    for step, parent in with_parents(definition):
        holder = [parent["Name"]] if parent else []
        waits_for[step["Name"]] = [name for name, _ in upstream(step)] + holder
    return waits_for


def upstream(step: Step) -> Iterator[tuple[str, bool]]:
    """The names of the steps that a step waits for, and whether it says so in DependsOn."""
    for entry in step.get("DependsOn", []):
        yield (entry if isinstance(entry, str) else entry["Step"]), True
    for reference in _references(_own(step)):
        if match := _STEP.match(reference):
            yield match[1], False


def _named(placeholder: re.Pattern[str], definition: dict[str, Any]) -> dict[str, str]:
    """What the placeholders of one kind name, each with the first place that has it."""
    found: dict[str, str] = {}
    for step in all_steps(definition):
        for text in _strings(_own(step)):
            for name in placeholder.findall(text):
                found.setdefault(name, f"step {step['Name']}")
    for parameter in definition.get("Parameters", []):
        for name in placeholder.findall(str(parameter.get("DefaultValue", ""))):
            found.setdefault(name, f"parameter {parameter['Name']}")
    return found


def _inside(steps: Any, parent: Step | None) -> Iterator[tuple[Step, Step | None]]:
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict):
            yield step, parent
            arguments = step.get("Arguments")
            if isinstance(arguments, dict):
                for branch in BRANCHES:
                    yield from _inside(arguments.get(branch), step)


def _own(step: Step) -> Step:
    """A step without the steps inside it."""
    arguments = step.get("Arguments", {})
    return {**step, "Arguments": {key: arguments[key] for key in arguments if key not in BRANCHES}}


def _references(value: Any) -> Iterator[str]:
    """The targets of all {"Get": target} in a value."""
    if isinstance(value, dict):
        if set(value) == {"Get"} and isinstance(value["Get"], str):
            yield value["Get"]
        else:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
