"""Where the boxes and lines of a layered drawing go, top down: numbers in, numbers out.

It knows neither steps nor SVG. The stages are Sugiyama's: layers by the longest path, way points where a
line passes a layer, an order within each layer by barycentres, and then positions that keep that order as
near below their neighbours as they can be (isotonic regression). The same input gives the same drawing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Edge = tuple[str, str]

# A box, or the place (an edge's index and a layer) where a line passes a layer.
_Node = str | tuple[int, int]
_Layers = list[list[_Node]]

_SWEEPS = 12
_STRAIGHTNESS = 4  # how much more a line's way point pulls its neighbours than a box does


@dataclass(frozen=True)
class Box:
    """`x` and `y` are the upper left corner's."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """`lines` are in the order of the edges: the points that each goes through, from its source's lower
    border to its target's upper one (the other way round for an edge that closes a cycle)."""

    width: float
    height: float
    boxes: dict[str, Box]
    lines: list[list[Point]]


def layered(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[Edge],
    *,
    gap: float = 24,
    layer_gap: float = 48,
) -> Layout:
    """The layout of boxes of these sizes (width, height), each below all that it follows.

    `gap` is between neighbours in a layer, `layer_gap` between layers. Edges join boxes that are in `sizes`.
    """
    downward = _downward(sizes, edges)
    layer_of = _layer_of(sizes, downward)
    layers, chains = _with_way_points(layer_of, downward)
    _order(layers, chains)
    widths = {node: sizes[node][0] if isinstance(node, str) else 0.0 for layer in layers for node in layer}
    centres = _centres(layers, chains, widths, gap)
    left = min((centres[name] - size[0] / 2 for name, size in sizes.items()), default=0.0)
    left = min([left, *(centres[node] for layer in layers for node in layer)])
    right = max((centres[node] + widths[node] / 2 for layer in layers for node in layer), default=0.0)

    heights = [
        max((sizes[node][1] for node in layer if isinstance(node, str)), default=0) for layer in layers
    ]
    tops = [sum(heights[:index]) + index * layer_gap for index in range(len(layers))]
    boxes = {
        name: Box(
            centres[name] - width / 2 - left,
            tops[layer_of[name]] + (heights[layer_of[name]] - height) / 2,
            width,
            height,
        )
        for name, (width, height) in sizes.items()
    }
    lines = [_line(chain, boxes, centres, left, tops, heights) for chain in chains]
    for index, (edge, direction) in enumerate(zip(edges, downward, strict=True)):
        if edge != direction:
            lines[index].reverse()
    return Layout(right - left, tops[-1] + heights[-1] if layers else 0.0, boxes, lines)


def _downward(names: Iterable[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges, those turned round that would close a cycle; an edge from a box to itself stays."""
    following: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        if source != target:
            following[source].append(target)
    back: set[Edge] = set()
    state: dict[str, str] = {}
    for start in names:
        stack = [] if start in state else [(start, iter(following[start]))]
        while stack:
            name, rest = stack[-1]
            state[name] = "open"
            for follower in rest:
                if state.get(follower) == "open":
                    back.add((name, follower))
                elif follower not in state:
                    stack.append((follower, iter(following[follower])))
                    break
            else:
                state[name] = "done"
                stack.pop()
    return [(edge[1], edge[0]) if edge in back else edge for edge in edges]


def _layer_of(names: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each box: one below the lowest of those it follows."""
    following: dict[str, list[str]] = defaultdict(list)
    open_edges: dict[str, int] = defaultdict(int)
    for source, target in edges:
        if source != target:
            following[source].append(target)
            open_edges[target] += 1
    layer_of = dict.fromkeys(names, 0)
    ready = [name for name in layer_of if not open_edges[name]]
    for name in ready:
        for target in following[name]:
            layer_of[target] = max(layer_of[target], layer_of[name] + 1)
            open_edges[target] -= 1
            if not open_edges[target]:
                ready.append(target)
    return layer_of


def _with_way_points(layer_of: Mapping[str, int], edges: Sequence[Edge]) -> tuple[_Layers, list[list[_Node]]]:
    """The nodes of each layer, and each edge as the chain of nodes that it goes through."""
    layers: _Layers = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for name, layer in layer_of.items():
        layers[layer].append(name)
    chains: list[list[_Node]] = []
    for index, (source, target) in enumerate(edges):
        passed: list[_Node] = [(index, layer) for layer in range(layer_of[source] + 1, layer_of[target])]
        for layer, node in enumerate(passed, start=layer_of[source] + 1):
            layers[layer].append(node)
        chains.append([source, *passed, target])
    return layers, chains


def _order(layers: _Layers, chains: Sequence[Sequence[_Node]]) -> None:
    """Order each layer so that few lines cross: the best of some sweeps down and up by barycentres."""
    above, below = _neighbours(chains)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        neighbours, walk = (above, layers[1:]) if sweep % 2 == 0 else (below, layers[-2::-1])
        for layer in walk:
            places = {node: place for other in layers for place, node in enumerate(other)}
            wanted = {
                node: sum(places[other] for other in neighbours[node]) / len(neighbours[node])
                if neighbours[node]
                else float(places[node])
                for node in layer
            }
            layer.sort(key=wanted.__getitem__)
        crossings = _crossings(layers, below)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _neighbours(
    chains: Sequence[Sequence[_Node]],
) -> tuple[dict[_Node, list[_Node]], dict[_Node, list[_Node]]]:
    """What each node follows in the layer above, and is followed by in the layer below."""
    above: dict[_Node, list[_Node]] = defaultdict(list)
    below: dict[_Node, list[_Node]] = defaultdict(list)
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _crossings(layers: _Layers, below: Mapping[_Node, Sequence[_Node]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        place = {node: index for index, node in enumerate(lower)}
        ends = [sorted(place[node] for node in below.get(source, ()) if node in place) for source in upper]
        passed: list[int] = []
        for targets in ends:
            count += sum(earlier > target for target in targets for earlier in passed)
            passed += targets
    return count


def _centres(
    layers: _Layers, chains: Sequence[Sequence[_Node]], widths: Mapping[_Node, float], gap: float
) -> dict[_Node, float]:
    """Where each node's middle is from the left, near its neighbours' in the layers above and below."""
    above, below = _neighbours(chains)
    centres: dict[_Node, float] = {}
    for layer in layers:
        _place(layer, [0.0] * len(layer), [1.0] * len(layer), widths, gap, centres)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wanted, weights = [], []
            for node in layer:
                near = above[node] if down else below[node]
                if sweep >= _SWEEPS - 2:
                    near = above[node] + below[node]
                pulls = [1 if isinstance(other, str) else _STRAIGHTNESS for other in near]
                total = sum(pull * centres[other] for pull, other in zip(pulls, near, strict=True))
                wanted.append(total / sum(pulls) if near else centres[node])
                weights.append(float(sum(pulls)) if isinstance(node, str) else 2.0 * _STRAIGHTNESS)
            _place(layer, wanted, [weight or 0.1 for weight in weights], widths, gap, centres)
    return centres


def _place(
    layer: Sequence[_Node],
    wanted: Sequence[float],
    weights: Sequence[float],
    widths: Mapping[_Node, float],
    gap: float,
    centres: dict[_Node, float],
) -> None:
    """Put the nodes of a layer as near as their order and their widths allow to where they are wanted.

    Least squares under a fixed order is isotonic regression, which pooling adjacent violators solves.
    """
    offsets = [0.0]
    for left, right in pairwise(layer):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + gap)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, number of nodes
    for offset, goal, weight in zip(offsets, wanted, weights, strict=False):
        mean, size = goal - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_size = blocks.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, size = weight + other_weight, size + other_size
        blocks.append((mean, weight, size))
    means = [mean for mean, _, size in blocks for _ in range(size)]
    for node, mean, offset in zip(layer, means, offsets, strict=False):
        centres[node] = mean + offset


def _line(
    chain: Sequence[_Node],
    boxes: Mapping[str, Box],
    centres: Mapping[_Node, float],
    left: float,
    tops: Sequence[float],
    heights: Sequence[float],
) -> list[Point]:
    points: list[Point] = []
    for node in chain:
        middle = centres[node] - left
        if isinstance(node, tuple):  # straight through the layer, past its boxes
            top = tops[node[1]]
            points += [(middle, top), (middle, top + heights[node[1]])]
        else:
            box = boxes[node]
            points.append((middle, box.y if points else box.y + box.height))
    return points
