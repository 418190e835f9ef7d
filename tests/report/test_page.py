"""The whole page: in a browser, with hostile texts, and with nothing to tell."""

from dataclasses import replace

import pytest

from penstock.project import Project
from penstock.report.model import Findings, Report
from penstock.report.page import default_file, render, write


def texts(nodes):
    return [" ".join(node.text.split()) for node in nodes]


def test_a_browser_shows_the_page(rendered, report):
    page = rendered(render(report))
    assert texts(page.all("title"))[0] == "scoring · abcdefghijkl · Failed"
    assert texts(page.all("h1")) == ["scoring Failed"]
    assert texts(page.all("h2")) == [
        "What went wrong",
        "Steps",
        "Model quality",
        "Checks, 1 violation",
        "Bias",
        "What moves the predictions",
        "Data profile",
        "How real it was",
        "Parameters",
        "Artifacts",
    ]
    sections = {node.attributes["id"]: node for node in page.all("section")}
    rows = {name: len(list(node.all("tr"))) for name, node in sections.items()}
    assert rows == {
        "trouble": 0, "steps": 0, "metrics": 3 + 4, "checks": 4 + 2, "bias": 3, "features": 0, "profile": 4,
        "parameters": 3, "artifacts": 2, "realness": 3,
    }  # fmt: skip
    drawings = {name: len(list(node.all("svg"))) for name, node in sections.items()}
    assert {name: count for name, count in drawings.items() if count} == {
        "steps": 1, "metrics": 3, "bias": 1, "features": 1, "profile": 2,
    }  # fmt: skip
    assert len(list(sections["steps"].all("g", "node"))) == 6
    assert len(list(sections["steps"].all("g", "not-run"))) == 1
    assert len(list(sections["metrics"].all("circle", "dot"))) == 3
    assert len(list(sections["profile"].all("rect", "bar"))) == 11


def test_the_page_needs_nothing_but_itself_and_has_no_script(parse, report):
    for node in parse(render(report)).walk():
        assert node.tag not in ("script", "img", "iframe", "object", "embed")
        assert not any(name.startswith("on") for name in node.attributes)
        assert "src" not in node.attributes
        if node.tag == "link":
            assert node.attributes == {"rel": "icon", "href": "data:,"}
        assert "url(" not in node.attributes.get("style", "")
    assert "@import" not in render(report)


def test_hostile_texts_are_shown_as_texts(rendered, hostile_report):
    page = rendered(render(hostile_report))
    tags = {node.tag for node in page.walk()}
    assert not tags & {"script", "img"}
    assert not any(name.startswith("on") for node in page.walk() for name in node.attributes)
    assert "<script>alert(1)</script>" in next(page.all("h1")).text
    assert "{{ 7 * 7 }}�&" in next(page.all("h1")).text


def test_hostile_texts_add_no_element(parse, report, hostile_report):
    def shape(html):
        return [node.tag for node in parse(html).walk()]

    assert shape(render(hostile_report)) == shape(render(report))


def test_what_there_is_nothing_of_is_left_out(parse, report):
    execution = replace(report.execution, parameters=(), failure_reason="", ended=None, status="Executing")
    bare = Report(execution, report.steps[2:3], Findings())
    page = parse(render(bare))
    assert texts(page.all("h2")) == ["Steps", "How real it was"]
    assert texts(next(page.all("section")).all("p")) == [
        "1 of 1 steps ran. Each waits for those with an arrow to it; dimmed ones were not reached, or are of"
        " a branch that was not taken."
    ]
    assert "AWS ran every step." in page.text


def test_an_execution_without_steps_has_a_page(parse, report):
    empty = Report(replace(report.execution, parameters=(), failure_reason=""), ())
    assert texts(parse(render(empty)).all("h2")) == []


@pytest.mark.parametrize(
    ("pipeline", "id_", "path"),
    [
        ("scoring", "abcdefghijkl", "reports/scoring/abcdefghijkl.html"),
        ("../..", "..", "reports/_/_.html"),
    ],
)
def test_a_page_is_kept_by_pipeline_and_execution(tmp_path, report, pipeline, id_, path):
    arn = f"arn:aws:sagemaker:us-east-1:000000000000:pipeline/p/execution/{id_}"
    execution = replace(report.execution, arn=arn, pipeline=pipeline)
    assert default_file(Project(tmp_path), execution) == tmp_path / path


def test_a_page_is_replaced_as_a_whole(tmp_path, report):
    file = tmp_path / "a" / "page.html"
    write(report, file)
    write(replace(report, steps=()), file)
    assert [path.name for path in file.parent.iterdir()] == ["page.html"]
    assert file.read_text(encoding="utf-8") == render(replace(report, steps=()))
