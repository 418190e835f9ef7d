"""What others change about a deployed pipeline, on moto's AWS: seen by a plan, and put back by a deploy."""

import io
import json
import zipfile
from dataclasses import replace

import pytest

from penstock.definition.compiled import Function, source_sha256
from penstock.definition.diff import Change
from penstock.deployment.functions import unset
from penstock.deployment.plan_data import data
from penstock.deployment.plan_markdown import markdown
from penstock.deployment.plan_text import lines
from scripts.cli import main

ROLE = "arn:aws:iam::123456789012:role/functions"


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("patch.py", "")
    return packed.getvalue()


@pytest.fixture
def pipeline(account, project, definition, deployed):
    """The deployed pipeline with a function; changes it as somebody in Studio would."""
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    project.edit_environment("[tags]", f'function_role = "{ROLE}"\n[tags]')
    source = project.root / "jobs/notify.py"
    source.write_text("def handler(event, context): ...\n")
    notify = Function("jobs/notify.py", source_sha256(source), "notify.handler", "Notifies.")
    project.compile(definition, functions={"notify": notify})
    deployed()

    class Pipeline:
        function = notify
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
    assert list(lines(plan))[1:] == [
        "  parallelism: none -> 3, by others or a former deploy, and this one leaves it so",
        "unchanged pipeline scoring in local",
    ]


def test_a_setting_that_the_project_does_not_say_any_more_stays_and_plan_says_so(
    project, planned, deployed, pipeline
):
    project.edit_environment("[tags]", "max_parallel_steps = 4\n[tags]")
    deployed()
    project.edit_environment("max_parallel_steps = 4\n", "")
    plan = planned()
    assert [line for line in lines(plan) if "revision" not in line] == [
        "update pipeline scoring in local",
        "  parallelism: 4 stays, as a deploy cannot take it away",
    ]
    assert data(plan)["left"] == {"ParallelismConfiguration": {"MaxParallelExecutionSteps": 4}}
    deployed()
    plan = planned()
    assert plan.is_empty
    assert list(lines(plan))[1:] == [
        "  parallelism: none -> 4, by others or a former deploy, and this one leaves it so",
        "unchanged pipeline scoring in local",
    ]


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


def test_what_a_deploy_leaves_to_lambda_and_others_have_set_is_told_and_left(account, planned, pipeline):
    functions = account("lambda")
    layer = functions.publish_layer_version(LayerName="patch", Content={"ZipFile": zipped()})
    functions.update_function_configuration(
        FunctionName="scoring-notify",
        Layers=[layer["LayerVersionArn"]],
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    )
    functions.put_function_concurrency(FunctionName="scoring-notify", ReservedConcurrentExecutions=5)
    plan = planned()
    left = ", which a deploy leaves so"
    assert list(lines(plan))[1:] == [
        "  function scoring-notify",
        f"    layers: none -> {layer['LayerVersionArn']}{left}",
        f"    network: none -> subnet-1, sg-1{left}",
        f"    reserved concurrency: none -> 5{left}",
        "unchanged pipeline scoring in local",
    ]
    assert plan.is_empty
    assert plan.drift.functions["scoring-notify"][-1] == Change("ReservedConcurrentExecutions", None, 5)


def test_settings_of_what_invokes_a_function_are_told(
    account, project, definition, deployed, planned, pipeline
):
    settings = {"VisibilityTimeout": "900"}
    account("sqs").create_queue(QueueName="penstock-approvals", Attributes=settings)
    notify = replace(pipeline.function, queue="{{ env.approval_queue_arn }}")
    project.compile(definition, functions={"notify": notify})
    deployed()
    assert planned().drift is None
    functions = account("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName="scoring-notify")["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumBatchingWindowInSeconds=9)
    assert list(lines(planned()))[2] == (
        "    batching window of the queue (s): none -> 9, which a deploy leaves so"
    )


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        # In no network, and in one (developer guide, "Giving Lambda functions access to resources in a VPC").
        ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}}, {}),
        (
            {"VpcConfig": {"SubnetIds": ["s"], "VpcId": "v", "Ipv6AllowedForDualStack": False}},
            {"VpcConfig": {"SubnetIds": ["s"]}},
        ),
        ({"Layers": [], "TracingConfig": {"Mode": "PassThrough"}, "EphemeralStorage": {"Size": 512}}, {}),
        ({"Layers": [{"Arn": "a", "CodeSize": 1}]}, {"Layers": [{"Arn": "a"}]}),
        ({"DeadLetterConfig": {"TargetArn": "q"}}, {"DeadLetterConfig": {"TargetArn": "q"}}),
        ({"KMSKeyArn": "", "Architectures": ["x86_64"]}, {}),
        ({"Architectures": ["arm64"]}, {"Architectures": ["arm64"]}),
        ({"ReservedConcurrentExecutions": 0}, {"ReservedConcurrentExecutions": 0}),
        ({"TracingConfig": {"Mode": "Active"}}, {"TracingConfig": {"Mode": "Active"}}),
        ({"EphemeralStorage": {"Size": 1024}}, {"EphemeralStorage": {"Size": 1024}}),
    ],
)  # fmt: skip
def test_what_lambda_says_of_itself_is_no_drift(answered, told):
    assert {change.path: change.after for change in unset.of_function(answered)} == told


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        ({"FilterCriteria": {"Filters": []}, "ScalingConfig": {}, "MaximumBatchingWindowInSeconds": 0}, {}),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, {"ScalingConfig": {"MaximumConcurrency": 2}}),
    ],
)
def test_what_lambda_says_of_a_queue_is_no_drift(answered, told):
    assert {change.path: change.after for change in unset.of_source(answered)} == told


STAMPS = ["penstock:revision", "penstock:definition", "penstock:commit"]


def test_stamps_that_were_taken_off_are_told_and_put_back(account, planned, deployed, pipeline):
    pipeline.update(PipelineDescription="Mine.")
    account("sagemaker").delete_tags(ResourceArn=pipeline.arn, TagKeys=STAMPS)
    plan = planned()
    assert list(lines(plan)) == [
        "drift unknown: what others changed cannot be told: the pipeline has no stamp of the deploys that are"
        " kept",
        "update pipeline scoring in local",
        f"  revision: none -> {plan.revision.id[:12]}",
        "  description: Mine. -> Scores things.",
    ]
    assert (data(plan)["drift_untold"], plan.drift) == ("stamps", None)
    assert markdown(plan).startswith(
        "### `scoring` in `local`: update the pipeline\n\n> [!WARNING]\n"
        "> What others changed cannot be told: the pipeline has no stamp of the deploys that are kept.\n\n"
    )
    deployed()
    plan = planned()
    assert (plan.is_empty, plan.untold) == (True, None)


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
    plan = planned()
    assert (plan.drift, plan.untold) == (None, "record")
    assert next(lines(plan)) == (
        "drift unknown: what others changed can hardly be told: the bucket has no record of revision"
        f" {plan.there.revision[:12]}"
    )
    pipeline.edit(lambda edited: edited["Parameters"][1].update(DefaultValue=0.5))
    drift = planned().drift
    assert (drift.is_known, [change.path for change in drift.changes]) == (False, ["PipelineDefinition"])


def test_a_pipeline_that_penstock_never_deployed_has_no_drift(account, planned):
    account("sagemaker").create_pipeline(
        PipelineName="scoring", PipelineDefinition="{}", RoleArn="arn:aws:iam::123456789012:role/pipelines"
    )
    plan = planned()
    assert (plan.drift, plan.untold) == (None, None)
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
