"""A graph as Mermaid, which GitHub draws in Markdown. Graph to text.

Names and titles are anybody's text: identifiers are our own, and labels hold no character that Mermaid reads.
"""

from penstock.definition.graph.model import NOT_RUN, Edge, Graph, Kind, Node
from penstock.definition.graph.palette import STATUS_COLOURS

_SHAPES = {"Condition": ("{", "}"), "Fail": ("([", "])"), "ForEach": ("[[", "]]"), "Callback": ("[/", "/]")}
_ARROWS = {Kind.DATA: "-->", Kind.DEPENDENCY: "-.->", Kind.BRANCH: "==>"}


def mermaid(graph: Graph) -> str:
    """The diagram, without the fence that Markdown wants around it; ends with a line break."""
    ids = {node.name: f"s{number}" for number, node in enumerate(graph.nodes, start=1)}
    lines = ["flowchart TD"]
    lines += [f"    {ids[node.name]}{_box(node)}" for node in graph.nodes]
    lines += [f"    {ids[edge.source]} {_arrow(edge)} {ids[edge.target]}" for edge in graph.edges]
    for status in dict.fromkeys(node.status for node in graph.nodes if node.status):
        members = ",".join(ids[node.name] for node in graph.nodes if node.status == status)
        fill, line = STATUS_COLOURS.get(status, STATUS_COLOURS[NOT_RUN])
        name = "".join(character for character in status.title() if character.isalnum())
        lines.append(f"    classDef {name} fill:{fill},stroke:{line},color:#1f2328")
        lines.append(f"    class {members} {name}")
    return "\n".join(lines) + "\n"


def _box(node: Node) -> str:
    begin, end = _SHAPES.get(node.type, ("[", "]"))
    below = f"{node.type} · {node.status}" if node.status else node.type
    return f'{begin}"{_quoted(node.title)}<br/>{_quoted(below)}"{end}'


def _arrow(edge: Edge) -> str:
    arrow = _ARROWS[edge.kind]
    return f'{arrow}|"{_quoted(edge.label)}"|' if edge.label else arrow


def _quoted(text: str) -> str:
    """Everything that is not a letter, a digit or plain punctuation as Mermaid's entity code (#35;)."""
    return "".join(
        character if character.isalnum() or character in " _-.,:()·/" else f"#{ord(character)};"
        for character in text
    )
