"""The steps as a graph: what waited for what, how it went, and how long it took."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from markupsafe import Markup

from penstock.report.layers import Layout, lay_out
from penstock.report.markup import element
from penstock.report.model import Report, Step
from penstock.report.sections.interface import Section, quiet
from penstock.report.svg import drawing, label, shorten
from penstock.report.wording import duration

_WIDTH, _HEIGHT = 216.0, 56.0
_COLUMN, _ROW = 246.0, 98.0
_MARGIN = 8.0
_SYMBOLS = {
    "Succeeded": "✓",
    "Failed": "✕",
    "Stopped": "■",
    "Stopping": "■",
    "Executing": "…",
    "Starting": "…",
    "Not run": "–",
}


def section(report: Report) -> Section | None:
    if not report.steps:
        return None
    steps = {step.name: step for step in report.steps}
    layout = lay_out({step.name: step.waits_for for step in report.steps})
    width = layout.width * _COLUMN + _WIDTH + 2 * _MARGIN
    height = (layout.layers - 1) * _ROW + _HEIGHT + 2 * _MARGIN
    ran = sum(step.ran for step in report.steps)
    drawn = drawing(
        width,
        height,
        _arrow(),
        *_edges(layout, steps),
        *(_node(steps[name], *_place(*place)) for name, place in layout.nodes.items()),
        label=f"The steps of {report.execution.pipeline}, from top to bottom",
        class_="graph",
    )
    told = quiet(
        f"{ran} of {len(steps)} steps ran. Each waits for those with an arrow to it; dimmed ones were not"
        " reached, or are of a branch that was not taken."
    )
    return Section("steps", "Steps", told + element("div", drawn, class_="wide centred"))


def _place(x: float, layer: float) -> tuple[float, float]:
    """The top middle of a node, in the drawing's units."""
    return _MARGIN + _WIDTH / 2 + x * _COLUMN, _MARGIN + layer * _ROW


def _node(step: Step, middle: float, top: float) -> Markup:
    left = middle - _WIDTH / 2
    kind = step.type if not step.outcome else f"{step.type}: {step.outcome}"
    took = "reused" if step.cached else duration(step.seconds) if step.seconds is not None else step.status
    name = step.display_name or step.name
    about = "\n".join(
        part for part in (f"{step.name} ({step.status})", step.description, step.failure_reason) if part
    )
    status = step.status.lower().replace(" ", "-")
    return element(
        "g",
        element("title", about),
        element("rect", x=left, y=top, width=_WIDTH, height=_HEIGHT, rx=10, class_="box"),
        element("circle", cx=left + 24, cy=top + _HEIGHT / 2, r=11, class_="state"),
        label(left + 24, top + _HEIGHT / 2 + 4.5, _SYMBOLS.get(step.status, "?"), "middle", "symbol"),
        label(left + 46, top + 24, shorten(name, 23), class_="title"),
        label(left + 46, top + 42, f"{kind} · {took}"),
        class_=f"node {status}",
    )


def _edges(layout: Layout, steps: dict[str, Step]) -> Iterator[Markup]:
    for edge, points in layout.edges.items():
        target = steps[edge[1]]
        taken = steps[edge[0]].ran and target.ran
        yield element(
            "path",
            d=_curve(points),
            class_="edge" if taken else "edge dim",
            marker_end="url(#arrow)",
        )
        if target.parent == edge[0]:
            yield _branch(points, target)


def _branch(points: tuple[tuple[float, int], ...], target: Step) -> Markup:
    """The branch's name, on the side of the arrow's head that the edge does not come from."""
    x, y = _place(*points[-1])
    side = -1 if points[-1][0] < points[-2][0] else 1
    class_ = "branch" if target.ran else "branch dim"
    return label(x + side * 9, y - 12, target.branch, "start" if side > 0 else "end", class_)


def _curve(points: Iterable[tuple[float, int]]) -> str:
    """From the bottom of the first node to the top of the last one; upright where it passes a layer."""
    places = [_place(*point) for point in points]
    (x, y), (last_x, last_y) = places[0], places[-1]
    stops = [(x, y + _HEIGHT)]
    for x, y in places[1:-1]:
        stops += [(x, y), (x, y + _HEIGHT)]
    stops.append((last_x, last_y - 3))
    parts = [f"M{stops[0][0]:g} {stops[0][1]:g}"]
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(stops)):
        bend = (y2 - y1) / 2
        straight = number % 2 == 1
        parts.append(
            f"L{x2:g} {y2:g}" if straight else f"C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}"
        )
    return " ".join(parts)


def _arrow() -> Markup:
    head = element("path", d="M0 0 L7 3.5 L0 7 z", class_="head")
    size = {"markerWidth": 7, "markerHeight": 7, "refX": 5, "refY": 3.5}
    return element(
        "defs", element("marker", head, id="arrow", orient="auto", markerUnits="userSpaceOnUse", **size)
    )
