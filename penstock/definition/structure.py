"""The structure of a definition: its steps, what each refers to, and whether that fits together.

It works on the definition's JSON, whoever wrote it, and knows nothing of how it was built or what its
requests mean. The grammar: facts/pipeline-execution.md, section 1.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from penstock.errors import PenstockError

_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_PROPERTY_FILE = re.compile(r"Steps\.([A-Za-z0-9\-_]+)\.PropertyFiles\.(.+)")
_STEP = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(?:[.\[]|$)")
_FUNCTION = re.compile(r"\{\{\s*function\(\s*[\"']([^\"']+)[\"']\s*\)\s*\}\}")
_ASSET = re.compile(r"\{\{\s*asset\(\s*[\"']([^\"']+)[\"']\s*\)\s*\}\}")

# The lists of steps that a step may hold in its arguments.
BRANCHES = ("IfSteps", "ElseSteps", "ForEachBody")

Step = dict[str, Any]


def all_steps(definition: dict[str, Any]) -> Iterator[Step]:
    """Every step, those inside a Condition's branches and a ForEach's body included, parents first."""
    yield from (step for step, _ in _with_parents(definition["Steps"], None))


def assets(definition: dict[str, Any]) -> dict[str, str]:
    """The assets that a definition refers to, as {path: the first place that refers to it}."""
    found: dict[str, str] = {}
    for step in all_steps(definition):
        for text in _strings(_own(step)):
            for path in _ASSET.findall(text):
                found.setdefault(path, f"step {step['Name']}")
    for parameter in definition.get("Parameters", []):
        for path in _ASSET.findall(str(parameter.get("DefaultValue", ""))):
            found.setdefault(path, f"parameter {parameter['Name']}")
    return found


def dependencies(definition: dict[str, Any]) -> dict[str, list[str]]:
    """The steps that each step waits for, by name: what it refers to or depends on, and the step it is in."""
    waits_for: dict[str, list[str]] = {}
    for step, parent in _with_parents(definition["Steps"], None):
        waits_for[step["Name"]] = [name for name, _ in upstream(step)] + ([parent] if parent else [])
    return waits_for


def upstream(step: Step) -> Iterator[tuple[str, bool]]:
    """The names of the steps that a step waits for, and whether it says so in DependsOn."""
    for entry in step.get("DependsOn", []):
        yield (entry if isinstance(entry, str) else entry["Step"]), True
    for reference in _references(_own(step)):
        if match := _STEP.match(reference):
            yield match[1], False


def check_structure(definition: dict[str, Any], functions: Collection[str] = ()) -> None:
    """Raises PenstockError for the first thing that does not fit.

    Names (form, length, used twice), references to steps, property files, parameters and functions (by the
    names of those that the pipeline brings along) that do not exist, and cycles.
    """
    steps = {step["Name"]: step for step in all_steps(definition)}
    _check_names(definition)
    declared = {parameter["Name"] for parameter in definition.get("Parameters", [])}
    for step in steps.values():
        _check_references(step, steps, declared)
        _check_functions(step, functions)
    _check_cycles(definition)


def _check_names(definition: dict[str, Any]) -> None:
    names = Counter(step["Name"] for step in all_steps(definition))
    for name, count in names.items():
        if not _NAME.fullmatch(name):
            raise PenstockError(
                "a name has at most 64 letters, digits, hyphens and underscores", where=f"step {name}"
            )
        if count > 1:
            raise PenstockError(
                f"{count} steps have this name",
                where=f"step {name}",
                remedy="Name each step once; a step of a branch is not listed again outside it.",
            )
    parameters = Counter(parameter["Name"] for parameter in definition.get("Parameters", []))
    for name, count in parameters.items():
        if count > 1:
            raise PenstockError(f"{count} parameters have this name", where=f"parameter {name}")


def _check_references(step: Step, steps: dict[str, Step], parameters: set[str]) -> None:
    where = f"step {step['Name']}"
    for name, explicit in upstream(step):
        if name not in steps:
            verb = "depends on" if explicit else "refers to"
            raise PenstockError(
                f"{verb} step {name!r}, which the pipeline does not have",
                where=where,
                remedy=f"The steps are {', '.join(sorted(steps))}.",
            )
        if explicit and steps[name]["Type"] == "Fail":
            raise PenstockError(f"depends on {name}, a Fail step: nothing runs after one", where=where)
    for reference in _references(_own(step)):
        if reference.startswith("Parameters.") and reference[11:] not in parameters:
            raise PenstockError(
                f"refers to parameter {reference[11:]!r}, which the pipeline does not declare",
                where=where,
                remedy="Add it to the pipeline's parameters.",
            )
        if match := _PROPERTY_FILE.fullmatch(reference):
            files = [file["PropertyFileName"] for file in steps[match[1]].get("PropertyFiles", [])]
            if match[2] not in files:
                raise PenstockError(
                    f"refers to property file {match[2]!r}, which step {match[1]} does not have",
                    where=where,
                    remedy="Add it to that step's property_files.",
                )


def _check_functions(step: Step, functions: Collection[str]) -> None:
    for text in _strings(_own(step)):
        for name in _FUNCTION.findall(text):
            if name not in functions:
                raise PenstockError(
                    f"refers to function {name!r}, which the pipeline does not bring along",
                    where=f"step {step['Name']}",
                    remedy="Give the step the Function itself, or add it to the pipeline's functions.",
                )


def _check_cycles(definition: dict[str, Any]) -> None:
    try:
        TopologicalSorter(dependencies(definition)).prepare()
    except CycleError as error:
        # Each node of the cycle is what the next one waits for.
        raise PenstockError(
            f"the steps wait for one another: {' -> '.join(error.args[1])}",
            remedy="Remove one of these dependencies.",
        ) from None


def _with_parents(steps: list[Step], parent: str | None) -> Iterator[tuple[Step, str | None]]:
    for step in steps:
        yield step, parent
        for branch in BRANCHES:
            yield from _with_parents(step.get("Arguments", {}).get(branch, []), step["Name"])


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
