"""A layered layout of a directed acyclic graph: names and edges to places. It knows nothing of steps.

Each node lies in the layer after the last one that it waits for; what an edge passes on its way gets a place
in the layers between, so that edges do not run through nodes. The order within a layer is by the mean place
of the neighbours (Sugiyama's method, with barycentres).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from statistics import fmean

Edge = tuple[str, str]
# A node by its name, or where an edge passes a layer.
_Place = str | tuple[str, str, int]
_SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Places in units: x from 0 to `width` between the middles, y is the layer from 0.

    `edges` gives the points that each edge goes through, its two nodes included.
    """

    nodes: dict[str, tuple[float, int]]
    edges: dict[Edge, tuple[tuple[float, int], ...]]
    width: float
    layers: int


def lay_out(waits_for: Mapping[str, Sequence[str]]) -> Layout:
    """`waits_for`: each node's predecessors; unknown names are ignored. Edges that others imply are left out.

    Raises graphlib.CycleError.
    """
    before = reduced({name: [one for one in waits_for[name] if one in waits_for] for name in waits_for})
    layer = _layers(before)
    rows: list[list[_Place]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in before:
        rows[layer[name]].append(name)
    paths: dict[Edge, list[_Place]] = {}
    for name, predecessors in before.items():
        for predecessor in predecessors:
            between = range(layer[predecessor] + 1, layer[name])
            passed: list[_Place] = [(predecessor, name, number) for number in between]
            for place, number in zip(passed, between, strict=True):
                rows[number].append(place)
            paths[predecessor, name] = [predecessor, *passed, name]
    _order(rows, paths)
    widest = max(map(len, rows), default=0)
    x = {place: number + (widest - len(row)) / 2 for row in rows for number, place in enumerate(row)}
    y = {place: number for number, row in enumerate(rows) for place in row}
    return Layout(
        {name: (x[name], y[name]) for name in before},
        {edge: tuple((x[place], y[place]) for place in path) for edge, path in paths.items()},
        max(widest - 1, 0),
        len(rows),
    )


def reduced(before: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Without the predecessors that another predecessor has among its own (the transitive reduction)."""
    above: dict[str, set[str]] = {}
    for name in TopologicalSorter(before).static_order():
        above[name] = set(before[name]).union(*(above[one] for one in before[name]))
    return {
        name: [one for one in dict.fromkeys(direct) if not any(one in above[other] for other in direct)]
        for name, direct in before.items()
    }


def _layers(before: Mapping[str, Sequence[str]]) -> dict[str, int]:
    layer: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        layer[name] = max((layer[one] + 1 for one in before[name]), default=0)
    return layer


def _order(rows: list[list[_Place]], paths: Mapping[Edge, Sequence[_Place]]) -> None:
    """Sort each row by the mean place of its neighbours in the row before, then after, and so on."""
    above: dict[_Place, list[_Place]] = {}
    below: dict[_Place, list[_Place]] = {}
    for path in paths.values():
        for upper, lower in pairwise(path):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    for sweep in range(_SWEEPS):
        neighbours, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for done, row in pairwise(order):
            fixed, own = _centred(done), _centred(row)
            means = {
                place: fmean(fixed[near] for near in neighbours[place]) if place in neighbours else own[place]
                for place in row
            }
            row.sort(key=means.__getitem__)


def _centred(row: Sequence[_Place]) -> dict[_Place, float]:
    return {place: index - (len(row) - 1) / 2 for index, place in enumerate(row)}
