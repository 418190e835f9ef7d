"""What others change about a deployed pipeline, on moto's AWS: seen by a plan, and put back by a deploy."""

import json

import pytest

from penstock.definition.compiled import Function, source_sha256
from penstock.definition.diff import Change
from penstock.deployment.plan_text import lines
from scripts.cli import main

ROLE = "arn:aws:iam::123456789012:role/functions"


@pytest.fixture
def pipeline(account, project, definition, deployed):
    """The deployed pipeline with a function; changes it as somebody in Studio would."""
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    project.edit_environment("[tags]", f'function_role = "{ROLE}"\n[tags]')
    source = project.root / "jobs/notify.py"
    source.write_text("def handler(event, context): ...\n")
    function = Function("jobs/notify.py", source_sha256(source), "notify.handler", "Notifies.")
    project.compile(definition, functions={"notify": function})
    deployed()

    class Pipeline:
        arn = account("sagemaker").describe_pipeline(PipelineName="scoring")["PipelineArn"]

        def update(self, **members):
            account("sagemaker").update_pipeline(PipelineName="scoring", **members)

        def definition(self):
            described = account("sagemaker").describe_pipeline(PipelineName="scoring")
            return json.loads(described["PipelineDefinition"])

        def edit(self, change):
            edited = self.definition()
            change(edited)
            self.update(PipelineDefinition=json.dumps(edited))

    return Pipeline()


def test_nothing_drifts_by_itself(planned, pipeline):
    assert planned().drift is None


def test_a_definition_that_was_edited_is_told_to_the_member_and_put_back(planned, deployed, pipeline):
    pipeline.edit(lambda definition: definition["Parameters"][1].update(DefaultValue=0.5))
    plan = planned()
    (parameter,) = plan.drift.definition.parameters.changed
    assert (parameter.name, parameter.changes) == ("MinimumAuc", [Change("DefaultValue", 0.85, 0.5)])
    shown = list(lines(plan))
    assert shown[0] == f"drift: since Penstock deployed revision {plan.revision.id[:12]}, others changed"
    assert shown[1] == "  definition"
    assert plan.action == "update"
    deployed()
    plan = planned()
    assert (plan.is_empty, plan.drift) == (True, None)
    assert pipeline.definition()["Parameters"][1]["DefaultValue"] == 0.85


def test_settings_and_tags_that_were_edited_are_told_and_put_back(account, planned, deployed, pipeline):
    account("iam").create_role(RoleName="others", AssumeRolePolicyDocument="{}")
    others = "arn:aws:iam::123456789012:role/others"
    pipeline.update(PipelineDescription="Mine.", RoleArn=others)
    account("sagemaker").add_tags(
        ResourceArn=pipeline.arn, Tags=[{"Key": "team", "Value": "x"}, {"Key": "theirs", "Value": "y"}]
    )
    plan = planned()
    assert plan.drift.changes == [
        Change("PipelineDescription", "Scores things.", "Mine."),
        Change("RoleArn", "arn:aws:iam::123456789012:role/pipelines", others),
        Change("Tags['team']", "scoring", "x"),
    ]
    assert list(lines(plan))[1:4] == [
        "  description: Scores things. -> Mine.",
        f"  role: arn:aws:iam::123456789012:role/pipelines -> {others}",
        "  tag team: scoring -> x",
    ]
    deployed()
    plan = planned()
    assert (plan.is_empty, plan.drift) == (True, None)


def test_what_a_deploy_cannot_take_away_is_told_all_the_same(planned, pipeline):
    pipeline.update(ParallelismConfiguration={"MaxParallelExecutionSteps": 3})
    plan = planned()
    assert plan.drift.changes == [
        Change("ParallelismConfiguration", None, {"MaxParallelExecutionSteps": 3}),
    ]
    assert plan.is_empty
    assert list(lines(plan))[1] == "  parallelism: none -> 3, which a deploy leaves so"


def test_a_function_that_was_edited_or_removed_is_told_and_put_back(account, planned, deployed, pipeline):
    functions = account("lambda")
    functions.update_function_configuration(FunctionName="scoring-notify", Timeout=9)
    functions.tag_resource(
        Resource="arn:aws:lambda:us-east-1:123456789012:function:scoring-notify", Tags={"team": "x"}
    )
    plan = planned()
    assert plan.drift.functions == {
        "scoring-notify": [Change("Timeout", 600, 9), Change("Tags['team']", "scoring", "x")]
    }
    assert list(lines(plan))[1:4] == [
        "  function scoring-notify",
        "    timeout: 600 -> 9",
        "    tag team: scoring -> x",
    ]
    deployed()
    assert planned().is_empty
    functions.delete_function(FunctionName="scoring-notify")
    plan = planned()
    assert plan.drift.functions == {"scoring-notify": [Change("function", "scoring-notify", None)]}
    assert list(lines(plan))[1] == "  function scoring-notify removed"
    deployed()
    assert planned().is_empty


def test_an_edit_that_the_project_has_made_its_own_is_no_drift(project, definition, planned, pipeline):
    pipeline.edit(lambda definition: definition["Parameters"][1].update(DefaultValue=0.5))
    pipeline.update(PipelineDescription="Mine.")
    definition["Parameters"][1]["DefaultValue"] = 0.5
    project.compile(definition, description="Mine.")
    assert planned().drift is None


def test_an_edit_is_told_beside_a_change_of_the_project(project, definition, planned, pipeline):
    pipeline.update(PipelineDescription="Mine.")
    definition["Parameters"][1]["DefaultValue"] = 0.9
    project.compile(definition)
    plan = planned()
    assert plan.drift.changes == [Change("PipelineDescription", "Scores things.", "Mine.")]
    assert plan.drift.definition is None
    assert [change.name for change in plan.definition.parameters.changed] == ["MinimumAuc"]


def test_without_the_last_revision_it_is_still_told_that_the_definition_is_another(
    account, project, definition, planned, pipeline
):
    listed = account("s3").list_objects_v2(Bucket="things", Prefix="penstock/revisions/")["Contents"]
    for item in listed:
        account("s3").delete_object(Bucket="things", Key=item["Key"])
    definition["Parameters"][1]["DefaultValue"] = 0.9
    project.compile(definition)
    assert planned().drift is None
    pipeline.edit(lambda edited: edited["Parameters"][1].update(DefaultValue=0.5))
    drift = planned().drift
    assert (drift.is_known, [change.path for change in drift.changes]) == (False, ["PipelineDefinition"])


def test_a_pipeline_that_penstock_never_deployed_has_no_drift(account, planned):
    account("sagemaker").create_pipeline(
        PipelineName="scoring", PipelineDefinition="{}", RoleArn="arn:aws:iam::123456789012:role/pipelines"
    )
    plan = planned()
    assert plan.drift is None
    assert f"  revision: none -> {plan.revision.id[:12]}" in lines(plan)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_definition_with_half_a_character_is_told_in_each_format(
    account, project, monkeypatch, capsys, pipeline, recorded
):
    text = json.dumps(pipeline.definition()).replace('"no"', '"\\ud800"')
    pipeline.update(PipelineDefinition=text)
    project.edit_environment('team = "scoring"', 'team = "x"')
    if not recorded:
        for item in account("s3").list_objects_v2(Bucket="things", Prefix="penstock/revisions/")["Contents"]:
            account("s3").delete_object(Bucket="things", Key=item["Key"])
    monkeypatch.chdir(project.root)
    for output in ("text", "json", "markdown"):
        assert main(["plan", "scoring", "--detailed-exitcode", "--output", output]) == 2
        assert rb"\ud800" in capsys.readouterr().out.encode()


def test_a_number_in_place_of_a_truth_is_told(project, definition, planned, deployed, pipeline):
    definition["Parameters"][1]["DefaultValue"] = True
    project.compile(definition)
    deployed()
    pipeline.edit(lambda edited: edited["Parameters"][1].update(DefaultValue=1))
    (parameter,) = planned().drift.definition.parameters.changed
    assert parameter.changes == [Change("DefaultValue", True, 1)]
