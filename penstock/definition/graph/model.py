"""The graph of a definition: its steps, and why one follows another.

Definition in, graph out, for any JSON that has steps (document.py); nothing about drawing. An edge to a step
that the definition does not have is left out: what is wrong with a definition is `penstock check`'s to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from penstock.definition.graph.reduction import implied
from penstock.definition.structure import BRANCHES, Step, all_steps, upstream

# Of several attempts or iterations, the status that a person must see.
_WORST_FIRST = ("Failed", "Stopped", "Stopping", "Executing", "Starting", "Succeeded")
NOT_RUN = "Not run"


class Kind(StrEnum):
    DATA = "data"  # the target refers to the source
    DEPENDENCY = "dependency"  # the target's DependsOn names the source
    BRANCH = "branch"  # the source holds the target: a condition's branch, a loop's body


@dataclass(frozen=True)
class Node:
    """`title` is what people call the step, `status` what became of it in an execution (empty: not asked)."""

    name: str
    type: str
    title: str
    status: str = ""


@dataclass(frozen=True)
class Edge:
    """`label` is `true` or `false` for a branch, `each` for a loop's body, a trigger that is not success."""

    source: str
    target: str
    kind: Kind
    label: str = ""


@dataclass(frozen=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of_definition(definition: dict[str, Any]) -> Graph:
    """The graph, in the definition's order. Two steps have one edge: a branch, else data, else dependency."""
    steps = {step["Name"]: step for step in all_steps(definition)}
    edges: dict[tuple[str, str], Edge] = {}
    for name, step in steps.items():
        for edge in (*_data(step), *_dependencies(step)):
            if edge.source in steps and edge.source != name:
                edges.setdefault((edge.source, edge.target), edge)
    for name, step in steps.items():
        for body, label in BRANCHES.items():
            for root in _roots(step.get("Arguments", {}).get(body, [])):
                edges[name, root] = Edge(name, root, Kind.BRANCH, label)
    nodes = (Node(name, step["Type"], _title(step)) for name, step in steps.items())
    return Graph(tuple(nodes), tuple(edges.values()))


def reduced(graph: Graph) -> Graph:
    """Without the edges that a longer way from step to step implies; branches and labels stay."""
    left_out = implied((edge.source, edge.target) for edge in graph.edges)
    kept = (
        edge
        for edge in graph.edges
        if edge.kind is Kind.BRANCH or edge.label or (edge.source, edge.target) not in left_out
    )
    return replace(graph, edges=tuple(kept))


def coloured(graph: Graph, statuses: Mapping[str, str]) -> Graph:
    """The graph with what became of each step, by name. A step of a loop has the worst of its iterations'."""
    return replace(
        graph, nodes=tuple(replace(node, status=_status(node.name, statuses)) for node in graph.nodes)
    )


def _status(name: str, statuses: Mapping[str, str]) -> str:
    # Iterations are steps `<body>-<i>` (facts/pipeline-execution.md, 1.3).
    iteration = re.compile(rf"{re.escape(name)}-\d+")
    seen = {status for step, status in statuses.items() if step == name or iteration.fullmatch(step)}
    return next((status for status in (*_WORST_FIRST, *sorted(seen)) if status in seen), NOT_RUN)


def _data(step: Step) -> Iterator[Edge]:
    for source, explicit in upstream(step):
        if not explicit:
            yield Edge(source, step["Name"], Kind.DATA)


def _dependencies(step: Step) -> Iterator[Edge]:
    for entry in step.get("DependsOn", []):
        name, trigger = (entry, "") if isinstance(entry, str) else (entry["Step"], entry.get("Trigger", ""))
        yield Edge(name, step["Name"], Kind.DEPENDENCY, str(trigger).lower())


def _roots(body: list[Step]) -> list[str]:
    """The steps of a body that follow none of the others there: where it begins."""
    inside = {step["Name"]: {name for name, _ in upstream(step)} for step in body}
    roots = [name for name, before in inside.items() if not before & set(inside)]
    return roots or list(inside)


def _title(step: Step) -> str:
    title = step.get("DisplayName")
    return title if isinstance(title, str) and title else str(step["Name"])
