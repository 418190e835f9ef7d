"""Plan and apply against moto's AWS: what a plan says is what the deploy does."""

import json

import pytest
from botocore.exceptions import ClientError

from penstock.definition.diff import Change
from penstock.deployment import apply
from penstock.deployment.changes import changes
from penstock.deployment.drift import SETTINGS
from penstock.deployment.plan_text import lines
from penstock.deployment.tags import STAMPS
from penstock.errors import PenstockError

NEW_ROLE = "arn:aws:iam::123456789012:role/others"


def tags_of(account, arn):
    return {tag["Key"]: tag["Value"] for tag in account("sagemaker").list_tags(ResourceArn=arn)["Tags"]}


def shown(plan):
    """The plan's lines without those of its revision, which has tests of its own."""
    return [line for line in lines(plan) if "revision" not in line]


def revision(plan):
    return f"revision {plan.revision.id[:12]}"


def tags_but_stamps(account, arn):
    return {key: value for key, value in tags_of(account, arn).items() if key not in STAMPS}


def described(account):
    return account("sagemaker").describe_pipeline(PipelineName="scoring")


def test_the_first_deploy_creates_the_pipeline_and_publishes_its_assets(account, planned, deployed, heard):
    assert shown(planned()) == [
        "publish jobs/prepare.py (18 B)",
        "create pipeline scoring in local",
    ]
    plan = deployed()
    assert (plan.action, heard.names) == ("create", ["jobs/prepare.py", revision(plan)])
    pipeline = described(account)
    assert pipeline["PipelineDisplayName"] == "Scoring"
    assert pipeline["PipelineDescription"] == "Scores things."
    assert pipeline["RoleArn"] == "arn:aws:iam::123456789012:role/pipelines"
    assert json.loads(pipeline["PipelineDefinition"])["Steps"][0]["Name"] == "Prepare"
    assert tags_but_stamps(account, pipeline["PipelineArn"]) == {"team": "scoring", "penstock:tags": "team"}


def test_the_second_deploy_changes_nothing(account, planned, deployed, heard):
    deployed()
    before = described(account)["LastModifiedTime"]
    assert planned().is_empty
    plan = deployed()
    assert (plan.action, heard.names) == ("unchanged", ["jobs/prepare.py", revision(plan)])
    assert shown(plan) == ["unchanged pipeline scoring in local"]
    assert described(account)["LastModifiedTime"] == before


def test_every_field_that_differs_is_planned_and_sent(account, project, definition, planned, deployed):
    deployed()
    account("iam").create_role(RoleName="others", AssumeRolePolicyDocument="{}")
    project.edit_environment("role/pipelines", "role/others")
    project.edit_environment("[tags]", "max_parallel_steps = 4\n[tags]")
    project.compile(definition, display_name="Scoring-2", description="Scores more.")
    plan = planned()
    assert plan.action == "update"
    assert plan.changes == [
        Change("PipelineDisplayName", "Scoring", "Scoring-2"),
        Change("PipelineDescription", "Scores things.", "Scores more."),
        Change("RoleArn", "arn:aws:iam::123456789012:role/pipelines", NEW_ROLE),
        Change("ParallelismConfiguration", None, {"MaxParallelExecutionSteps": 4}),
    ]
    assert "  parallelism: none -> 4" in shown(plan)
    deployed()
    pipeline = described(account)
    assert (pipeline["PipelineDescription"], pipeline["RoleArn"]) == ("Scores more.", NEW_ROLE)
    assert pipeline["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 4}
    assert planned().is_empty


def test_changed_steps_and_parameters_are_named_those_inside_conditions_too(
    account, project, definition, planned, deployed
):
    deployed()
    definition["Steps"][1]["Arguments"]["IfSteps"][0]["Arguments"]["ErrorMessage"] = "never"
    definition["Steps"].append({"Name": "More", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}})
    definition["Parameters"][1]["DefaultValue"] = 0.9
    del definition["Parameters"][2]
    project.compile(definition)
    plan = planned()
    assert shown(plan) == [
        "update pipeline scoring in local",
        "  definition changed",
        "    add step More (Fail)",
        "    change step Reject",
        "      Arguments.ErrorMessage: no -> never",
        "    remove parameter Rounds (Integer, default 10)",
        "    change parameter MinimumAuc",
        "      DefaultValue: 0.85 -> 0.9",
    ]
    deployed()
    assert planned().is_empty


def test_tags_are_added_and_changed_and_only_those_of_penstock_removed(account, project, planned, deployed):
    deployed()
    arn = described(account)["PipelineArn"]
    account("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "theirs", "Value": "1"}])
    project.edit_environment('team = "scoring"', 'owner = "me"')
    plan = planned()
    assert plan.action == "update"
    assert shown(plan) == [
        "update pipeline scoring in local",
        "  tag owner: none -> me",
        "  tag team: scoring -> none",
        "  definition changed",
        "    change step Prepare",
        '      remove Arguments.Tags[\'team\']: {"Key":"team","Value":"scoring"}',
        '      add Arguments.Tags[\'owner\']: {"Key":"owner","Value":"me"}',
    ]
    deployed()
    assert tags_but_stamps(account, arn) == {"theirs": "1", "owner": "me", "penstock:tags": "owner"}


def test_an_asset_that_vanished_is_published_though_the_pipeline_is_unchanged(account, planned, deployed):
    key = deployed().publish[0].key
    account("s3").delete_object(Bucket="things", Key=key)
    plan = planned()
    assert (plan.action, plan.is_empty) == ("unchanged", False)
    deployed()
    assert planned().is_empty


def test_a_definition_that_another_tool_wrote_with_other_spaces_is_no_change(account, planned, deployed):
    deployed()
    text = json.dumps(json.loads(described(account)["PipelineDefinition"]), indent=4)
    account("sagemaker").update_pipeline(PipelineName="scoring", PipelineDefinition=text)
    assert planned().is_empty


def test_steps_in_another_order_are_sent_and_told_as_no_more_than_that(
    account, project, definition, planned, deployed
):
    deployed()
    definition["Steps"].reverse()
    project.compile(definition)
    plan = planned()
    assert (plan.definition, shown(plan)) == (
        None,
        ["update pipeline scoring in local", "  definition written otherwise, to the same effect"],
    )
    deployed()
    assert planned().is_empty
    steps = json.loads(described(account)["PipelineDefinition"])["Steps"]
    assert [step["Name"] for step in steps] == ["Gate", "Prepare"]


def test_a_large_definition_goes_by_way_of_s3(account, project, definition, deployed, heard):
    definition["Steps"][1]["Description"] = "long " * 30_000
    project.compile(definition)
    plan = deployed()
    assert heard.names == ["jobs/prepare.py", "the definition", revision(plan)]
    assert "PipelineDefinition" not in plan.request
    location = plan.request["PipelineDefinitionS3Location"]
    text = account("s3").get_object(Bucket=location["Bucket"], Key=location["ObjectKey"])["Body"].read()
    assert json.loads(text)["Steps"][1]["Description"] == "long " * 30_000
    # moto keeps Python's repr of such a definition; that it comes back as sent is a test of the emulator.
    assert described(account)["PipelineDefinition"].startswith("{'Metadata': {}")


def test_a_plan_changes_nothing(account, planned):
    planned()
    assert account("sagemaker").list_pipelines()["PipelineSummaries"] == []
    assert "Contents" not in account("s3").list_objects_v2(Bucket="things")


def test_two_deploys_at_the_same_moment_converge(account, aws, planned, heard):
    seen = []

    def other_deploy_wins_the_race(plan):
        seen.append(plan.action)
        if len(seen) == 1:
            account("sagemaker").create_pipeline(**(plan.request | {"PipelineDescription": "Theirs."}))

    plan, _ = apply.deploy(aws, planned, heard, other_deploy_wins_the_race, pauses=[0])
    assert seen == ["create", "update"]
    assert plan.changes == [Change("PipelineDescription", "Theirs.", "Scores things.")]
    assert described(account)["PipelineDescription"] == "Scores things."


def test_a_deploy_that_never_gets_its_turn_says_so(account, aws, planned, heard):
    def others_delete_it():
        account("sagemaker").delete_pipeline(PipelineName="scoring")
        return planned()

    def others_create_it(plan):
        account("sagemaker").create_pipeline(**plan.request)

    account("sagemaker").create_pipeline(
        PipelineName="scoring", PipelineDefinition="{}", RoleArn="arn:aws:iam::123456789012:role/pipelines"
    )
    with pytest.raises(PenstockError) as caught:
        apply.deploy(aws, others_delete_it, heard, others_create_it, pauses=[0])
    assert str(caught.value) == (
        "environment local: another deploy is changing pipeline scoring at this moment, and goes on\n"
        "Wait until it has ended and deploy again."
    )


@pytest.fixture
def refused_tags(account, aws, project, definition, deployed):
    """A change of the small project, which ends as AWS has no such pipeline; what else is done then."""
    deployed()
    definition["Parameters"][1]["DefaultValue"] = 0.9
    project.compile(definition)
    also = []

    def refuse(**_):
        for each in also:
            each()
        raise ClientError({"Error": {"Code": "ResourceNotFound", "Message": "no pipeline"}}, "AddTags")

    aws.sagemaker.meta.events.register("before-call.sagemaker.AddTags", refuse)
    return also


def test_a_pipeline_that_is_deleted_between_plan_and_deploy_is_created(
    account, aws, planned, heard, refused_tags
):
    refused_tags.append(lambda: account("sagemaker").delete_pipeline(PipelineName="scoring"))
    plan, _ = apply.deploy(aws, planned, heard, lambda _: None, pauses=[0])
    assert (plan.action, planned().is_empty) == ("create", True)


def test_what_aws_says_is_not_there_though_it_is_planned_ends_the_deploy(aws, planned, heard, refused_tags):
    tried = []
    with pytest.raises(ClientError, match="no pipeline"):
        apply.deploy(aws, planned, heard, tried.append, pauses=[0])
    assert [plan.action for plan in tried] == ["update", "update"]


@pytest.mark.parametrize("key", ["penstock:definition", "penstock:revision"])
def test_a_stamp_that_was_edited_is_told_and_put_back(account, planned, deployed, key):
    deployed()
    arn = described(account)["PipelineArn"]
    account("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": "@all"}])
    plan = planned()
    wanted = plan.revision.id if key == "penstock:revision" else plan.revision.definition_sha256
    told = f"tag {key}: @all -> {wanted}" if "definition" in key else f"revision: @all -> {wanted[:12]}"
    unknown = (
        []
        if "definition" in key
        else [
            "drift unknown: what others changed can hardly be told: the bucket has no record of revision @all"
        ]
    )
    assert list(lines(plan)) == [*unknown, "update pipeline scoring in local", f"  {told}"]
    deployed()
    assert planned().is_empty


def test_a_missing_bucket_is_found_before_anything_is_sent(account, project, planned):
    project.edit_environment('bucket = "things"', 'bucket = "nothing"')
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: bucket: there is no bucket nothing\n"
        "Run `penstock bootstrap --env local` to make it, or name another."
    )


def test_a_missing_role_is_found_before_anything_is_sent(account, project, planned):
    project.edit_environment("role/pipelines", "role/nobody")
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: role: there is no role arn:aws:iam::123456789012:role/nobody\n"
        "Run `penstock bootstrap --env local` to make it, or name another."
    )


def test_credentials_of_another_account_are_refused(account, project, planned):
    project.edit_environment("123456789012", "111122223333")
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: the credentials are of account 123456789012, and the environment is account"
        " 111122223333\nUse credentials of that account (AWS_PROFILE), or another --env."
    )


def test_a_bucket_in_another_region_is_refused(account, project, planned):
    account("s3").create_bucket(
        Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    project.edit_environment('bucket = "things"', 'bucket = "far"')
    with pytest.raises(PenstockError) as caught:
        planned()
    assert str(caught.value) == (
        "environments/local.toml: bucket: bucket far is in eu-central-1, and the environment in us-east-1\n"
        "SageMaker needs both in one region: name another bucket, or another region."
    )


def test_a_description_that_is_empty_is_one_that_an_answer_leaves_out():
    wanted = {"PipelineDescription": "", "RoleArn": "a"}
    assert changes({"RoleArn": "a"}, wanted, SETTINGS) == []
    assert changes({"PipelineDescription": "x"}, wanted, ["PipelineDescription"]) == [
        Change("PipelineDescription", "x", "")
    ]
