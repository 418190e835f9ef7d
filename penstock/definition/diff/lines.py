"""A difference as lines for people. It reads data and writes text; it decides nothing."""

from collections.abc import Iterator
from typing import Any

from penstock.definition.diff.model import Change, Diff, Followed, Item, NamedDiff
from penstock.definition.diff.shown import shown, shown_pair
from penstock.definition.graph.model import Edge
from penstock.printable import printable


def lines(diff: Diff) -> Iterator[str]:
    """One effect a line; what belongs to a step or a parameter is indented below it."""
    yield from _named("step", diff.steps)
    yield from _named("parameter", diff.parameters)
    for verb, edges in (("add", diff.edges_added), ("remove", diff.edges_removed)):
        for edge in edges:
            yield f"{verb} edge {_edge(edge)}"
    for change in diff.others:
        yield change_line(change)


def change_line(change: Change) -> str:
    """`path: before -> after`, `add path: value`, `remove path: value`."""
    if change.before is None:
        return f"add {_with_value(change.path, change.after)}"
    if change.after is None:
        return f"remove {_with_value(change.path, change.before)}"
    before, after = shown_pair(change.before, change.after)
    return f"{change.path}: {before} -> {after}"


def _named(kind: str, named: NamedDiff) -> Iterator[str]:
    for rename in named.renamed:
        yield f"rename {kind} {printable(rename.before)} to {printable(rename.after)}"
    for item in named.added:
        yield f"add {kind} {_item(kind, item)}"
    for item in named.removed:
        yield f"remove {kind} {_item(kind, item)}"
    for changed in named.changed:
        yield f"change {kind} {printable(changed.name)}"
        for change in changed.changes:
            yield f"  {change_line(change)}"
        for followed in changed.follows:
            yield f"  {_followed(followed)}"


def _item(kind: str, item: Item) -> str:
    what = [printable(item.type)] if item.type else []
    if kind == "parameter":
        default: Any = item.value.get("DefaultValue")
        what.append("no default" if default is None else f"default {shown(default)}")
    return f"{printable(item.name)} ({', '.join(what)})" if what else printable(item.name)


def _followed(followed: Followed) -> str:
    through = f" through {', '.join(map(printable, followed.through))}" if followed.through else ""
    return f"{followed.path}: follows {printable(followed.reference)}{through}: {_cause(followed)}"


def _cause(followed: Followed) -> str:
    change = followed.change
    if not change.path:
        return "it is new" if change.before is None else "it is gone"
    if change.before is None or change.after is None:
        return change_line(change)
    values = " -> ".join(shown_pair(change.before, change.after))
    # Mostly the reference has said the member already: Steps.A.Config.Args[7].
    said = followed.reference.endswith(change.path.rpartition(".")[2])
    return values if said else f"{change.path} {values}"


def _edge(edge: Edge) -> str:
    about = f"{edge.kind}, {printable(edge.label)}" if edge.label else edge.kind
    return f"{printable(edge.source)} -> {printable(edge.target)} ({about})"


def _with_value(path: str, value: Any) -> str:
    """The item of a list that its path calls by its value is not said twice."""
    text = shown(value)
    return path if path.endswith((f"['{text}']", f"[{text}]")) else f"{path}: {text}"
