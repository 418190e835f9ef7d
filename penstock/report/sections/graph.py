"""The steps as a graph: what waited for what, how it went, and how long it took."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup

from penstock.definition.graph.layout import Box, Point, layered
from penstock.definition.graph.reduction import implied
from penstock.report.markup import element
from penstock.report.model import Report, Step
from penstock.report.sections.interface import Section, quiet
from penstock.report.svg import drawing, label, shorten
from penstock.report.wording import duration

_WIDTH, _HEIGHT = 216.0, 56.0
_GAP, _LAYER_GAP = 30.0, 42.0
_MARGIN = 8.0
_GRID = 8.0  # what is nearly in one column is put there
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
    waits = [
        (one, step.name) for step in report.steps for one in dict.fromkeys(step.waits_for) if one in steps
    ]
    left_out = implied(waits)
    edges = [edge for edge in waits if edge not in left_out]
    layout = layered(dict.fromkeys(steps, (_WIDTH, _HEIGHT)), edges, gap=_GAP, layer_gap=_LAYER_GAP)
    ran = sum(step.ran for step in report.steps)
    drawn = drawing(
        layout.width,
        layout.height,
        _arrow(),
        *(
            part
            for (source, target), line in zip(edges, layout.lines, strict=True)
            for part in _edge(steps[source], steps[target], line)
        ),
        *(_node(steps[name], box) for name, box in layout.boxes.items()),
        margin=_MARGIN,
        label=f"The steps of {report.execution.pipeline}, from top to bottom",
        class_="graph",
    )
    told = quiet(
        f"{ran} of {len(steps)} steps ran. Each waits for those with an arrow to it; dimmed ones were not"
        " reached, or are of a branch that was not taken."
    )
    return Section("steps", "Steps", told + element("div", drawn, class_="wide centred"))


def _node(step: Step, box: Box) -> Markup:
    left, top = _in_column(box.x), box.y
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


def _edge(source: Step, target: Step, line: Sequence[Point]) -> Iterator[Markup]:
    dim = "" if source.ran and target.ran else " dim"
    # By the middle of a box of which this would be the place, so that ends meet their boxes.
    line = [(_in_column(x - _WIDTH / 2) + _WIDTH / 2, y) for x, y in line]
    yield element("path", d=_curve(line), class_=f"edge{dim}", marker_end="url(#arrow)")
    if target.parent == source.name:
        # The branch's name, on the side of the arrow's head that the edge does not come from.
        x, y = line[-1]
        side, anchor = (-1, "end") if x < line[-2][0] else (1, "start")
        yield label(x + side * 9, y - 12, target.branch, anchor, f"branch{dim}")


def _in_column(left: float) -> float:
    return round(left / _GRID) * _GRID


def _curve(line: Sequence[Point]) -> str:
    """Upright where it leaves, arrives, and passes a layer."""
    *way, (x, y) = line
    points = [*way, (x, y - 3)]  # room for the arrow's head
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = (y2 - y1) / 2
        parts.append(f"C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}")
    return " ".join(parts)


def _arrow() -> Markup:
    head = element("path", d="M0 0 L7 3.5 L0 7 z", class_="head")
    size = {"markerWidth": 7, "markerHeight": 7, "refX": 5, "refY": 3.5}
    return element(
        "defs", element("marker", head, id="arrow", orient="auto", markerUnits="userSpaceOnUse", **size)
    )
