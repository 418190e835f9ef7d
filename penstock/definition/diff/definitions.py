"""Two definitions compared: their steps, wherever they stand, their parameters, their graphs, the rest."""

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.diff.model import Change, Diff, Followed, Item, ItemChange, NamedDiff
from penstock.definition.diff.references import Meanings
from penstock.definition.diff.renames import renames, with_names
from penstock.definition.diff.values import Same, compare, tidy
from penstock.definition.expressions import get, items
from penstock.definition.graph.model import Edge, of_definition
from penstock.definition.structure import BRANCHES
from penstock.service_model import format_path


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff | None:
    """What changed, None if nothing. The order of steps, parameters, dependencies and keys is nothing."""
    old, new = Document(tidy(dict(before))), Document(tidy(dict(after)))
    renamed = renames(old, new)
    old = Document(with_names(old.json, {rename.before: rename.after for rename in renamed}))
    edges = dict.fromkeys(_edges(old)), dict.fromkeys(_edges(new))
    found = Diff(
        steps=NamedDiff(*_steps(old, new), renamed=renamed),
        parameters=_parameters(old, new),
        edges_added=[edge for edge in edges[1] if edge not in edges[0]],
        edges_removed=[edge for edge in edges[0] if edge not in edges[1]],
        others=_changes(compare(_rest(old.json), _rest(new.json))),
    )
    return None if found.is_empty else found


def outline(step: PlacedStep) -> dict[str, Any]:
    """A step's JSON with the names of the steps inside it in place of them."""
    inside = {key: _named(step.arguments[key]) for key in BRANCHES if key in step.arguments}
    return {**step.json, "Arguments": step.arguments | inside} if inside else step.json


def _named(steps: Any) -> Any:
    return [get(step, "Name") or step for step in steps] if isinstance(steps, list) else steps


def _steps(old: Document, new: Document) -> tuple[list[Item], list[Item], list[ItemChange]]:
    before, after = _by_name(old), _by_name(new)
    meanings = Meanings(old, new)
    changed = []
    for name in after:
        if name in before:
            changes: list[Change] = []
            follows: list[Followed] = []
            for found in compare(outline(before[name]), outline(after[name])):
                if isinstance(found, Same):
                    follows += meanings.follow(after[name], found)
                else:
                    changes.append(found)
            if changes or follows:
                changed.append(ItemChange(name, changes, follows))
    return (
        [Item(name, after[name].type, outline(after[name])) for name in after if name not in before],
        [Item(name, before[name].type, outline(before[name])) for name in before if name not in after],
        changed,
    )


def _parameters(old: Document, new: Document) -> NamedDiff:
    before, after = _parameters_by_name(old), _parameters_by_name(new)
    both = {name: _changes(compare(before[name], after[name])) for name in after if name in before}
    return NamedDiff(
        added=[_parameter(name, after[name]) for name in after if name not in before],
        removed=[_parameter(name, before[name]) for name in before if name not in after],
        changed=[ItemChange(name, changes, []) for name, changes in both.items() if changes],
        renamed=[],
    )


def _parameter(name: str, json: dict[str, Any]) -> Item:
    kind = json.get("Type")
    return Item(name, kind if isinstance(kind, str) else "", json)


def _by_name(document: Document) -> dict[str, PlacedStep]:
    found: dict[str, PlacedStep] = {}
    for step in document.steps:
        found[_free(step.name or format_path(step.path), found)] = step
    return found


def _parameters_by_name(document: Document) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for index, parameter in enumerate(items(document.json.get("Parameters"))):
        if isinstance(parameter, dict):
            name = parameter.get("Name")
            found[_free(name if isinstance(name, str) and name else f"Parameters[{index}]", found)] = (
                parameter
            )
    return found


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, with a number if a second one has it: no service takes that, and neither is overlooked."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _changes(found: Iterator[Change | Same]) -> list[Change]:
    return [change for change in found if isinstance(change, Change)]


def _rest(definition: dict[str, Any]) -> dict[str, Any]:
    """What is neither a step nor a parameter, also of what stands where they should."""
    rest = {key: value for key, value in definition.items() if key not in ("Steps", "Parameters")}
    for key in ("Steps", "Parameters"):
        value = definition.get(key)
        if isinstance(value, list):
            value = [item for item in value if not isinstance(item, dict)] or None
        rest[key] = value
    return rest


def _edges(document: Document) -> list[Edge]:
    return list(of_definition({"Steps": _drawable(document.json.get("Steps"))}).edges)


def _drawable(steps: Any) -> list[dict[str, Any]]:
    """The steps without what the graph cannot be drawn of (document.py says what it takes)."""
    found = []
    for step in items(steps):
        if isinstance(name := get(step, "Name"), str) and name:
            arguments = step.get("Arguments") if isinstance(step.get("Arguments"), dict) else {}
            bodies = {key: _drawable(arguments[key]) for key in BRANCHES if key in arguments}
            depends_on = [
                entry
                for entry in items(step.get("DependsOn"))
                if isinstance(entry, str) or isinstance(get(entry, "Step"), str)
            ]
            whole = {**step, "Type": str(step.get("Type")), "DependsOn": depends_on}
            found.append(whole | {"Arguments": arguments | bodies})
    return found
