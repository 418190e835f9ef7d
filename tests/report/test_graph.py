from dataclasses import replace

from penstock.report.model import Report, Step
from penstock.report.sections.graph import section


def test_every_step_and_every_edge_is_drawn(parse, report):
    drawn = parse(section(report).body)
    assert len(list(drawn.all("g", "node"))) == 6
    # Prepare -> Profile, Train; both -> Gate; Gate -> Register, Reject.
    edges = [edge.attributes["class"] for edge in drawn.all("path", "edge")]
    assert sorted(edges) == ["edge"] * 5 + ["edge dim"]
    assert [node.text for node in drawn.all("text", "branch")] == ["true", "false"]


def test_a_step_that_waits_for_an_unknown_one_is_drawn(parse, report):
    (step,) = (one for one in report.steps if one.name == "Profile")
    drawn = parse(section(Report(report.execution, (replace(step, waits_for=("gone",)),))).body)
    assert len(list(drawn.all("g", "node"))) == 1


def test_a_large_pipeline_is_drawn(report):
    names = [f"step-{number}" for number in range(300)]
    steps = tuple(
        Step(name, "Processing", waits_for=tuple(names[max(number - 2, 0) : number]))
        for number, name in enumerate(names)
    )
    assert str(section(Report(report.execution, steps)).body).count("<g class") == 300
