"""Conditions in branches of Conditions: how they are read, what of them runs, and what a retry keeps."""

import json

import pytest

from penstock.emulator.engine.definition import DefinitionError, parse_definition
from penstock.emulator.engine.model import Dependency

PREFIX = "Unable to parse pipeline definition. "
STEP_FAILURE = "Step failure: One or multiple steps failed."
FAILED = "AlgorithmError: no"


def refusal(document):
    with pytest.raises(DefinitionError) as caught:
        parse_definition(json.dumps(document))
    return caught.value.message


def test_a_condition_in_a_branch_waits_for_the_outcome_of_the_one_around_it(build):
    inner = build.condition("Inner", [], [build.fail("Deep")], [build.fail("Other")])
    definition = parse_definition(json.dumps(build.definition([build.condition("Outer", [], [], [inner])])))
    assert definition.steps["Deep"].where == "Steps[0].Arguments.ElseSteps[0].Arguments.IfSteps[0]"
    assert definition.edges == {
        "Outer": (),
        "Inner": (Dependency("Outer", "False"),),
        "Deep": (Dependency("Inner", "True"),),
        "Other": (Dependency("Inner", "False"),),
    }


def test_refuses_a_step_at_two_depths(build):
    steps = [build.condition("Outer", [], [build.fail("A"), build.condition("Inner", [], [build.fail("A")])])]
    assert refusal(build.definition(steps)) == (
        f"{PREFIX}Step name 'A' is used more than once, first at Steps[0].Arguments.IfSteps[0]. "
        "At Steps[0].Arguments.IfSteps[1].Arguments.IfSteps[0]."
    )


def test_refuses_a_condition_that_waits_for_a_step_of_its_own_branch(build):
    inner = build.condition("Inner", [], [build.processing("A")])
    outer = build.condition("Outer", [], [inner], DependsOn=["A"])
    assert refusal(build.definition([outer])) == (
        f"{PREFIX}Cycle detected in pipeline definition, each step depends on the next: "
        "Outer -> A -> Inner -> Outer. At Steps."
    )


def nested(build, **keys):
    """Outer (its If) holds Inner and what stands beside it; Inner holds a step in each of its branches."""
    inner = build.condition(
        "Inner",
        [build.equals({"Get": "Parameters.Inner"}, True)],
        [build.processing("Deep")],
        [build.processing("Shallow")],
        **keys,
    )
    outer = [build.equals({"Get": "Parameters.Outer"}, True)]
    return [
        build.condition("Outer", outer, [inner, build.processing("Beside")], [build.processing("Else")]),
        build.processing("AfterInner", after=["Inner"]),
        build.processing("AfterDeep", after=["Deep"]),
        build.processing("AfterAll", after=["Deep", "Beside", "Outer"]),
        build.processing("Free"),
    ]


@pytest.mark.parametrize(
    ("outer", "inner", "steps"),
    [
        ("true", "true", {"Inner", "Deep", "Beside", "AfterInner", "AfterDeep", "AfterAll"}),
        ("true", "false", {"Inner", "Shallow", "Beside", "AfterInner"}),
        ("false", "true", {"Else"}),
    ],
)
def test_conditions_nest_and_what_hangs_on_a_branch_not_taken_is_not_listed(
    start, service, build, outer, inner, steps
):
    service.instant = True
    names = ("Outer", "Inner")
    execution = start(
        nested(build),
        [{"Name": name, "Type": "Boolean"} for name in names],
        [{"Name": name, "Value": value} for name, value in zip(names, (outer, inner), strict=True)],
    )
    assert execution.wait() == "Succeeded"
    assert execution.statuses == dict.fromkeys({"Outer", "Free", *steps}, "Succeeded")


def test_an_inner_condition_waits_for_what_it_depends_on_and_for_the_outer_one(start, service, build):
    parameters = [{"Name": name, "Type": "Boolean", "DefaultValue": True} for name in ("Outer", "Inner")]
    execution = start(nested(build, DependsOn=["Free"]), parameters)
    execution.wait_for_step("Beside", "Executing")
    assert set(execution.entries) == {"Outer", "Beside", "Free"}
    service.finish_step("Free")
    execution.wait_for_step("Deep", "Executing")
    assert execution.entries["Inner"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert "Shallow" not in execution.entries


@pytest.mark.parametrize("decided", ["before", "after"])
def test_a_step_that_is_there_for_a_failure_in_a_branch_not_taken_excuses_none(
    start, service, build, decided
):
    """Whether the branch is decided before the step fails or after it."""
    order = ("Slow", "Bad") if decided == "before" else ("Bad", "Slow")
    on_failure = build.processing("OnFailure", after=[{"Step": "Bad", "Trigger": "Failed"}])
    gate = build.condition(
        "Gate",
        [build.equals({"Get": "Steps.Slow.ProcessingJobStatus"}, "Stopped")],
        [build.condition("Inner", [build.equals(1, 1)], [on_failure])],
    )
    execution = start([build.processing("Bad"), build.processing("Slow"), gate])
    for name in order:
        bad = name == "Bad"
        service.finish_step(name, "Failed" if bad else "Completed", FailureReason="AlgorithmError: no")
        execution.wait_for_step("Bad" if bad else "Gate", "Failed" if bad else "Succeeded")
    assert execution.wait() == "Failed"
    assert execution.document["FailureReason"] == STEP_FAILURE
    assert execution.statuses == {"Bad": "Failed", "Slow": "Succeeded", "Gate": "Succeeded"}


def test_retry_goes_on_in_an_inner_branch_and_decides_nothing_anew(start, service, build):
    inner = build.condition(
        "Inner", [build.equals(1, 1)], [build.processing("Deep")], [build.processing("Not")]
    )
    outer = build.condition("Outer", [build.equals(1, 2)], [build.processing("No")], [inner])
    execution = start([outer, build.processing("Last", after=["Deep"])])
    service.finish_step("Deep", "Failed", FailureReason=FAILED)
    assert execution.wait() == "Failed"
    execution.retry()
    service.finish_step("Deep")
    service.finish_step("Last")
    assert execution.wait() == "Succeeded"
    attempts = {name: entry["AttemptCount"] for name, entry in execution.entries.items()}
    assert attempts == {"Outer": 1, "Inner": 1, "Deep": 2, "Last": 1}
