"""Every kind of change: seen by a plan, made by a deploy, and then gone."""

import copy

import pytest

from penstock.deployment.cache import Forecast
from penstock.deployment.plan_data import data
from penstock.deployment.plan_text import forecast_lines, lines

OTHERS = "arn:aws:iam::123456789012:role/others"


def edit_definition(change):
    """A change of the definition, as a change of the project."""

    def edit(project, definition, manifest):
        change(definition, {step["Name"]: step for step in definition["Steps"]})

    return edit


def environment(old, new):
    return lambda project, definition, manifest: project.edit_environment(old, new)


def manifest(**members):
    return lambda project, definition, manifest: manifest.update(members)


def asset(project, definition, manifest):
    (project.root / "jobs/prepare.py").write_text("print('otherwise')\n")


def arguments(steps):
    return steps["Prepare"]["Arguments"]


def branch(steps):
    return steps["Gate"]["Arguments"]["IfSteps"]


FAIL = {"Name": "More", "Type": "Fail", "Arguments": {"ErrorMessage": "more"}}
CHANGES = {
    "a step is added": (
        edit_definition(lambda definition, steps: definition["Steps"].append(FAIL)),
        ["add step More (Fail)"],
    ),
    "a step is removed": (
        edit_definition(lambda definition, steps: branch(steps).clear()),
        ["remove step Reject (Fail)", "remove edge Gate -> Reject (branch, true)"],
    ),
    "a member is changed": (
        edit_definition(
            lambda definition, steps: steps["Prepare"]["Arguments"]["AppSpecification"].update(
                ImageUri="1/x:2"
            )
        ),
        ["change step Prepare", "Arguments.AppSpecification.ImageUri: "],
    ),
    "a member is added": (
        edit_definition(lambda definition, steps: steps["Prepare"].update(DisplayName="Prepare data")),
        ["change step Prepare", "add DisplayName: Prepare data"],
    ),
    "a member refers to a parameter that changed": (
        edit_definition(
            lambda definition, steps: definition["Parameters"][3].update(DefaultValue="Approved")
        ),
        [
            "change step Prepare",
            "Arguments.Environment.approval: follows Parameters.Approval:",
            "change parameter Approval",
            "DefaultValue: PendingManualApproval -> Approved",
        ],
    ),
    "an edge is added": (
        edit_definition(lambda definition, steps: steps["Gate"].update(DependsOn=["Prepare"])),
        ["add edge Prepare -> Gate (dependency)"],
    ),
    "a number is written with a point": (
        edit_definition(lambda definition, steps: definition["Parameters"][2].update(DefaultValue=10.0)),
        ["change parameter Rounds", "DefaultValue: 10 -> 10.0"],
    ),
    "a parameter is added": (
        edit_definition(
            lambda definition, steps: definition["Parameters"].append({"Name": "New", "Type": "String"})
        ),
        ["add parameter New (String, no default)"],
    ),
    "a parameter is removed": (
        edit_definition(lambda definition, steps: definition["Parameters"].pop(2)),
        ["remove parameter Rounds (Integer, default 10)"],
    ),
    "something outside of steps": (
        edit_definition(lambda definition, steps: definition["Metadata"].update(owner="me")),
        ["add Metadata"],
    ),
    "the role": (environment("role/pipelines", "role/others"), [f"-> {OTHERS}"]),
    "a tag": (environment('team = "scoring"', 'team = "x"'), ["tag team: scoring -> x"]),
    "a new tag": (environment("[tags]", '[tags]\nowner = "me"'), ["tag owner: none -> me"]),
    "no tag": (environment('team = "scoring"', ""), ["tag team: scoring -> none"]),
    "parallelism": (environment("[tags]", "max_parallel_steps = 4\n[tags]"), ["parallelism: none -> 4"]),
    "the display name": (manifest(display_name="Other"), ["display name: Scoring -> Other"]),
    "the description": (manifest(description="Other."), ["description: Scores things. -> Other."]),
    "an asset": (asset, ["publish jobs/prepare.py (19 B)", "change step Prepare"]),
}


@pytest.mark.parametrize(("change", "said"), CHANGES.values(), ids=CHANGES)
def test_it_is_planned_applied_and_gone(account, project, definition, planned, deployed, change, said):
    account("iam").create_role(RoleName="others", AssumeRolePolicyDocument="{}")
    reads_a_parameter = {"approval": {"Get": "Parameters.Approval"}}
    definition["Steps"][0]["Arguments"]["Environment"] = reads_a_parameter
    project.compile(definition)
    deployed()
    assert planned().is_empty
    members = {}
    changed = copy.deepcopy(definition)
    change(project, changed, members)
    project.compile(changed, **members)
    plan = planned()
    assert plan.action == "update"
    shown = "\n".join(lines(plan))
    assert [line for line in said if line not in shown] == []
    assert data(plan)["drift"] is None
    deployed()
    described = account("sagemaker").describe_pipeline(PipelineName="scoring")
    assert described["PipelineDefinition"] == plan.revision.request["PipelineDefinition"]
    plan = planned()
    assert (plan.is_empty, list(lines(plan))) == (True, ["unchanged pipeline scoring in local"])


def test_the_forecast_says_whether_it_is_of_the_pipeline_as_it_is_or_as_the_deploy_leaves_it(
    planned, deployed
):
    forecasts = [Forecast("Prepare", False, reason="no earlier execution")]
    assert list(forecast_lines(planned(), forecasts)) == [
        "the next start after this deploy, with the parameters' defaults:",
        "  Prepare: miss, no earlier execution",
    ]
    deployed()
    assert next(forecast_lines(planned(), forecasts)) == "the next start, with the parameters' defaults:"
