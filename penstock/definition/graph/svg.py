"""A graph as one SVG image, for light and dark pages. Graph to text.

It has no script, no font and no link: what a viewer refuses in images of others. All text is escaped.
"""

from html import escape

from penstock.definition.graph.layout import Box, Point, layered
from penstock.definition.graph.model import NOT_RUN, Edge, Graph, Kind, Node
from penstock.definition.graph.palette import STATUS_COLOURS

_HEIGHT = 46.0
_MARGIN = 16.0
_LONGEST = 40  # characters of a title
_TITLE, _SMALL = 7.2, 6.1  # the width of a character, in the two sizes
_HEAD = 7.0  # length of an arrow's head

_STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;text-anchor:middle;fill:#1f2328}
.small{font-size:11px;fill:#59636e}
.step rect{fill:#fff;stroke:#8c959f;stroke-width:1.2}
.condition rect{stroke:#8250df;stroke-width:1.8}
.fail rect{stroke:#cf222e;stroke-width:1.8}
path{fill:none;stroke:#6e7781;stroke-width:1.3}
.dependency{stroke-dasharray:5 4}
.branch{stroke:#8250df;stroke-width:1.8}
.label{font-size:11px;fill:#8250df;paint-order:stroke;stroke:#fff;stroke-width:4px}
.head{fill:#6e7781;stroke:none}
.head.branch{fill:#8250df}"""

_DARK = """\
text{fill:#e6edf3}.small{fill:#9198a1}.label{fill:#c297ff;stroke:#0d1117}
.step rect{fill:#161b22;stroke:#6e7781}.condition rect,.branch{stroke:#a371f7}.head.branch{fill:#a371f7}
.seen text{fill:#1f2328}.seen .small{fill:#424a53}"""


def svg(graph: Graph, title: str) -> str:
    """An SVG document; `title` is what it shows, for who cannot see it. Ends with a line break."""
    sizes = {node.name: (_width(node), _HEIGHT) for node in graph.nodes}
    layout = layered(sizes, [(edge.source, edge.target) for edge in graph.edges])
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}">',
        f"<title>{_text(title)}</title>",
        f"<style>{_STYLE}\n{_statuses(graph)}@media (prefers-color-scheme:dark){{{_DARK}\n"
        f"{_statuses(graph)}}}</style>",
        *(_line(edge, points) for edge, points in zip(graph.edges, layout.lines, strict=True)),
        *(_box(node, layout.boxes[node.name]) for node in graph.nodes),
        # Last, so that no line crosses a word.
        *(_label(edge, points) for edge, points in zip(graph.edges, layout.lines, strict=True) if edge.label),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _statuses(graph: Graph) -> str:
    seen = dict.fromkeys(node.status for node in graph.nodes if node.status)
    colours = {status: STATUS_COLOURS.get(status, STATUS_COLOURS[NOT_RUN]) for status in seen}
    return "".join(
        f".is-{_class(status)} rect{{fill:{fill};stroke:{line}}}\n"
        for status, (fill, line) in colours.items()
    )


def _class(words: str) -> str:
    return "".join(character for character in words.lower() if character.isalnum())


def _below(node: Node) -> str:
    return f"{node.type} · {node.status}" if node.status else node.type


def _shown(title: str) -> str:
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"


def _width(node: Node) -> float:
    return max(len(_shown(node.title)) * _TITLE, len(_below(node)) * _SMALL) + 28


def _box(node: Node, box: Box) -> str:
    classes = ["step", _class(node.type)]
    if node.status:
        classes += ["seen", f"is-{_class(node.status)}"]
    middle = box.x + box.width / 2
    corner = box.height / 2 if node.type in ("Condition", "Fail") else 7
    size = f'width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner:g}"'
    return (
        f'<g class="{" ".join(classes)}"><title>{_text(node.name)}</title>'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" {size}/>'
        f'<text x="{middle:.1f}" y="{box.y + 20:.1f}">{_text(_shown(node.title))}</text>'
        f'<text class="small" x="{middle:.1f}" y="{box.y + 36:.1f}">{_text(_below(node))}</text></g>'
    )


def _line(edge: Edge, points: list[Point]) -> str:
    """A curve through the points that leaves and enters each upright, and its head."""
    (x, y), *rest = points
    tip_x, tip_y = points[-1]
    up = tip_y < points[-2][1]
    base = tip_y + _HEAD if up else tip_y - _HEAD
    path = f"M{x:.1f} {y:.1f}"
    for to_x, to_y in [*rest[:-1], (tip_x, base)]:
        middle = (y + to_y) / 2
        path += f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    head = f"M{tip_x:.1f} {tip_y:.1f}L{tip_x - 4:.1f} {base:.1f}H{tip_x + 4:.1f}Z"
    kind = "" if edge.kind is Kind.DATA else f' class="{edge.kind}"'
    return f'<path{kind} d="{path}"/><path class="head {edge.kind}" d="{head}"/>'


def _label(edge: Edge, points: list[Point]) -> str:
    (x, y), (next_x, next_y), *_ = points
    place = f'x="{(x + next_x) / 2:.1f}" y="{(y + next_y) / 2 + 4:.1f}"'
    return f'<text class="label" {place}>{_text(edge.label)}</text>'


def _text(value: str) -> str:
    """Escaped, and without the characters that XML has no way to write."""
    return escape("".join(c for c in value if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff")))
