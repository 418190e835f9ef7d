"""The graph as text: whole small pictures, and texts that would break out of theirs."""

from xml.etree import ElementTree

import pytest

from penstock.definition.graph.dot import dot
from penstock.definition.graph.mermaid import mermaid
from penstock.definition.graph.model import Edge, Graph, Kind, Node
from penstock.definition.graph.svg import svg

GRAPH = Graph(
    (
        Node("Prepare", "Processing", "Prepare data"),
        Node("Gate", "Condition", "Good enough?"),
        Node("Stop", "Fail", "Stop"),
    ),
    (
        Edge("Prepare", "Gate", Kind.DATA),
        Edge("Gate", "Stop", Kind.BRANCH, "false"),
        Edge("Prepare", "Stop", Kind.DEPENDENCY, "any"),
    ),
)
RAN = Graph((Node("A", "Model", "A", "Succeeded"), Node("B", "Model", "B", "Not run")), ())
HOSTILE = '"]; click s1 "javascript:alert(1)" </text><script>\\"\n\x00'


def test_mermaid():
    assert mermaid(GRAPH) == (
        "flowchart TD\n"
        '    s1["Prepare data<br/>Processing"]\n'
        '    s2{"Good enough#63;<br/>Condition"}\n'
        '    s3(["Stop<br/>Fail"])\n'
        "    s1 --> s2\n"
        '    s2 ==>|"false"| s3\n'
        '    s1 -.->|"any"| s3\n'
    )


def test_mermaid_with_statuses():
    assert mermaid(RAN) == (
        "flowchart TD\n"
        '    s1["A<br/>Model · Succeeded"]\n'
        '    s2["B<br/>Model · Not run"]\n'
        "    classDef Succeeded fill:#d1f0d9,stroke:#1a7f37,color:#1f2328\n"
        "    class s1 Succeeded\n"
        "    classDef NotRun fill:#eceef1,stroke:#8c959f,color:#1f2328\n"
        "    class s2 NotRun\n"
    )


def test_dot():
    assert dot(GRAPH) == (
        "digraph pipeline {\n"
        '    node [shape=box style="rounded,filled" fillcolor=white fontname="Helvetica" fontsize=11]\n'
        '    edge [fontname="Helvetica" fontsize=10]\n'
        '    "Prepare" [label="Prepare data\\nProcessing"]\n'
        '    "Gate" [label="Good enough?\\nCondition" shape=diamond style=filled]\n'
        '    "Stop" [label="Stop\\nFail" shape=octagon style=filled]\n'
        '    "Prepare" -> "Gate" [style=solid]\n'
        '    "Gate" -> "Stop" [style=bold label="false"]\n'
        '    "Prepare" -> "Stop" [style=dashed label="any"]\n'
        "}\n"
    )


def test_dot_with_statuses():
    assert '"A" [label="A\\nModel · Succeeded" fillcolor="#d1f0d9" color="#1a7f37"]' in dot(RAN)


def test_svg_shows_each_step_each_edge_and_each_label():
    image = ElementTree.fromstring(svg(GRAPH, "The steps of scoring"))
    texts = [text.text for text in image.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [
        "Prepare data",
        "Processing",
        "Good enough?",
        "Condition",
        "Stop",
        "Fail",
        "false",
        "any",
    ]
    assert len(list(image.iter("{http://www.w3.org/2000/svg}path"))) == 2 * len(GRAPH.edges)
    assert image.findtext("{http://www.w3.org/2000/svg}title") == "The steps of scoring"


def test_svg_with_statuses_says_them_in_words_too():
    image = svg(RAN, "")
    assert "Model · Succeeded" in image
    assert ".is-succeeded rect{fill:#d1f0d9;stroke:#1a7f37}" in image


def test_svg_fits_a_long_title():
    assert "x" * 39 + "…" in svg(Graph((Node("A", "Model", "x" * 300),), ()), "")


def test_nothing_is_a_picture_too():
    empty = Graph((), ())
    assert mermaid(empty) == "flowchart TD\n"
    ElementTree.fromstring(svg(empty, ""))


@pytest.mark.parametrize("place", ["name", "type", "title", "status"])
def test_hostile_text_stays_text(place):
    graph = Graph((Node(**{"name": "A", "type": "Model", "title": "A", "status": "", place: HOSTILE}),), ())
    image = ElementTree.fromstring(svg(graph, HOSTILE))
    assert not list(image.iter("{http://www.w3.org/2000/svg}script"))
    assert '"];' not in mermaid(graph) and "<script" not in mermaid(graph) and "\n\x00" not in mermaid(graph)
    assert len(dot(graph).splitlines()) == 5
