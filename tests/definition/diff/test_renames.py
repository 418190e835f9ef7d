"""A step by another name is the same step."""

from itertools import pairwise

from penstock.definition.diff import Change, NamedDiff, Rename, diff


def step(name, kind="Processing", arguments=None, **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def pipeline(name, uri="s3://b/data", title="Prepare"):
    """A step, and everything that can name it."""
    file = {"Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{name}.PropertyFiles.F"}, "Path": "n"}}
    return {
        "Steps": [
            step(name, arguments={"Uri": uri}, DisplayName=title),
            step("After", "Lambda", {"text": name, "n": file}, DependsOn=[name]),
            step("Failed", "Lambda", DependsOn=[{"Step": name, "Trigger": "Failed"}]),
            step("Clean", "Cleanup", {"Resources": {"S3": [{"StepName": name}]}}),
        ],
    }


def test_a_step_and_all_that_refers_to_it():
    before, after = pipeline("Prepare"), pipeline("Split", title="Split")
    before["Steps"][1]["Arguments"]["text"] = after["Steps"][1]["Arguments"]["text"] = "Prepare"
    found = diff(before, after)
    assert found.steps.renamed == [Rename("Prepare", "Split")]
    assert [(item.name, item.changes) for item in found.steps.changed] == [
        ("Split", [Change("DisplayName", "Prepare", "Split")])
    ]
    assert not (found.steps.added or found.steps.removed or found.edges_added or found.edges_removed)


def test_what_has_the_name_inside_it_is_a_change():
    found = diff(pipeline("Prepare", "s3://b/Prepare/out"), pipeline("Split", "s3://b/Split/out"))
    assert found.steps.renamed == [Rename("Prepare", "Split")]
    assert [(item.name, item.changes) for item in found.steps.changed] == [
        ("Split", [Change("Arguments.Uri", "s3://b/Prepare/out", "s3://b/Split/out")]),
        ("After", [Change("Arguments.text", "Prepare", "Split")]),
    ]


def test_steps_that_refer_to_each_other():
    def line(*names):
        steps = [step(names[0], arguments={"Rounds": 1})]
        return {
            "Steps": steps + [step(b, "Fail", {"X": {"Get": f"Steps.{a}.X"}}) for a, b in pairwise(names)]
        }

    found = diff(line("A", "B", "C"), line("X", "Y", "Z"))
    renames = [Rename("A", "X"), Rename("B", "Y"), Rename("C", "Z")]
    assert found.steps == NamedDiff([], [], [], renames)
    assert not (found.edges_added or found.edges_removed)


def test_steps_inside_steps():
    def loop(body):
        inner = step(body, "Training", {"Rounds": {"Get": "ForEach.CurrentItem"}})
        field = {"Get": f"IterationOutput.{body}.Auc"}
        arguments = {"ForEachBody": [inner], "Selector": {"Pick": "MaxBy", "Field": field}}
        last = step("Last", "Fail", {"ErrorMessage": {"Get": f"Steps.Each.IterationOutputs[0].{body}.Auc"}})
        return {"Steps": [step("Each", "ForEach", arguments), last]}

    assert diff(loop("Fit"), loop("Train")).steps == NamedDiff([], [], [], [Rename("Fit", "Train")])


def test_where_two_steps_are_the_same_neither_is_the_other():
    found = diff({"Steps": [step("A"), step("B")]}, {"Steps": [step("C")]})
    assert [item.name for item in found.steps.added] == ["C"]
    assert [item.name for item in found.steps.removed] == ["A", "B"]


def test_a_step_that_does_something_else_is_another_step():
    found = diff({"Steps": [step("A", "Fail")]}, {"Steps": [step("B", "Training")]})
    assert not found.steps.renamed
