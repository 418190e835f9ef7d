"""A graph in DOT, the language of Graphviz. Graph to text."""

from penstock.definition.graph.model import NOT_RUN, Edge, Graph, Kind, Node
from penstock.definition.graph.palette import STATUS_COLOURS

_SHAPES = {"Condition": "diamond", "Fail": "octagon", "ForEach": "box3d"}
_STYLES = {Kind.DATA: "solid", Kind.DEPENDENCY: "dashed", Kind.BRANCH: "bold"}


def dot(graph: Graph) -> str:
    """A complete digraph; ends with a line break."""
    lines = [
        "digraph pipeline {",
        '    node [shape=box style="rounded,filled" fillcolor=white fontname="Helvetica" fontsize=11]',
        '    edge [fontname="Helvetica" fontsize=10]',
        *(f"    {_quoted(node.name)} [{_node(node)}]" for node in graph.nodes),
        *(f"    {_quoted(edge.source)} -> {_quoted(edge.target)} [{_edge(edge)}]" for edge in graph.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    below = f"{node.type} · {node.status}" if node.status else node.type
    attributes = [f"label={_quoted(node.title, below)}"]
    if node.type in _SHAPES:
        attributes.append(f"shape={_SHAPES[node.type]} style=filled")
    if node.status:
        fill, line = STATUS_COLOURS.get(node.status, STATUS_COLOURS[NOT_RUN])
        attributes.append(f'fillcolor="{fill}" color="{line}"')
    return " ".join(attributes)


def _edge(edge: Edge) -> str:
    label = f" label={_quoted(edge.label)}" if edge.label else ""
    return f"style={_STYLES[edge.kind]}{label}"


def _quoted(*lines: str) -> str:
    r"""A quoted string of these lines; `\` would begin one of DOT's escapes."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
