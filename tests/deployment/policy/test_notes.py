"""What the execution role's policy cannot know, and tells beside it."""

import pytest
from one_step import ACCOUNT, HERE, PROCESSING, step

from penstock.deployment.policy.execution import needs


@pytest.mark.parametrize("alias", ["alias/data", f"arn:aws:kms:{HERE}:alias/data"])
def test_an_alias_is_every_key_and_that_is_told(environment, alias):
    arguments = {"ProcessingOutputConfig": {"KmsKeyId": alias}}
    found = needs({"Steps": [step("Processing", arguments)]}, environment, "scoring")
    [keys] = [one["Resource"] for one in found.policy["Statement"] if one["Sid"] == "UseKeys"]
    assert keys == [f"arn:aws:kms:{HERE}:key/*"]
    assert found.notes == [
        f"step A: {alias} is an alias, of which IAM knows no key: every key of the account is allowed; name"
        " it by its ARN"
    ]


def test_a_location_that_only_a_start_gives_is_told(environment):
    definition = {
        "Parameters": [{"Name": "DataUri", "Type": "String"}],
        "Steps": [step("Processing", PROCESSING)],
    }
    found = needs(definition, environment, "scoring")
    assert "ReadObjects" not in {one["Sid"] for one in found.policy["Statement"]}
    assert found.notes == [
        "step A: only an execution knows where its S3Uri is (Parameters.DataUri), and nothing is allowed"
        " there: give the parameter a default"
    ]


def test_a_location_that_a_function_gives_is_told(environment):
    inputs = {"ProcessingInputs": [{"S3Input": {"S3Uri": {"Get": "Steps.F.OutputParameters['uri']"}}}]}
    steps = [step("Lambda", name="F", FunctionArn="arn:aws:lambda:x"), step("Processing", inputs)]
    assert needs({"Steps": steps}, environment, "scoring").notes == [
        "step A: only an execution knows where its S3Uri is (Steps.F.OutputParameters['uri']), and nothing is"
        " allowed there"
    ]


def test_what_another_step_wrote_is_no_unknown_location(environment):
    image = {"ModelDataUrl": {"Get": "Steps.T.ModelArtifacts.S3ModelArtifacts"}}
    written = {"OutputDataConfig": {"S3OutputPath": "s3://b/models"}}
    steps = [step("Model", {"PrimaryContainer": image}), step("Training", written, name="T")]
    found = needs({"Steps": steps}, environment, "scoring")
    assert found.notes == []


def test_steps_of_other_roles_are_told(environment):
    other = f"arn:aws:iam::{ACCOUNT}:role/jobs"
    steps = [step("Processing", {"RoleArn": other}, name=name) for name in ("A", "B")]
    found = needs({"Steps": [*steps, step("Processing", PROCESSING, name="C")]}, environment, "scoring")
    assert found.notes[-1] == (
        f"steps that act as {other} (A, B): that role, and not the execution role, needs what they read,"
        " write and pull"
    )


def test_a_dataset_that_nobody_documents_is_told(environment):
    dataset = {"AthenaDatasetDefinition": {"QueryString": "select 1", "OutputS3Uri": "s3://b/o"}}
    arguments = {"ProcessingInputs": [{"DatasetDefinition": dataset}]}
    found = needs({"Steps": [step("Processing", arguments)]}, environment, "scoring")
    assert found.notes == [
        "step A: what its AthenaDatasetDefinition calls is not known, and nothing is allowed for it"
    ]


@pytest.mark.parametrize(
    ("one", "service"),
    [
        (step("Processing", {"RoleArn": {"Get": "Parameters.R"}}), "sagemaker.amazonaws.com"),
        (step("EMR", {"ClusterConfig": {"JobFlowRole": {"Get": "Parameters.R"}}}), "ec2.amazonaws.com"),
    ],
)
def test_a_role_that_nobody_knows_is_not_passed(environment, one, service):
    found = needs({"Steps": [one]}, environment, "scoring")
    assert not [each for each in found.policy["Statement"] if each["Action"] == ["iam:PassRole"]]
    assert found.notes == [
        f"step A: only an execution knows the role that {service} gets, and it is not allowed"
    ]


@pytest.mark.parametrize(("kind", "member"), [("Lambda", "FunctionArn"), ("Callback", "SqsQueueUrl")])
def test_what_is_allowed_on_all_is_told(environment, kind, member):
    one = step(kind, **{member: {"Get": "Parameters.X"}})
    what = {"Lambda": "function", "Callback": "queue"}[kind]
    assert needs({"Steps": [one]}, environment, "scoring").notes == [
        f"step A: only an execution knows the {what}, and every one of the account is allowed"
    ]


def test_a_step_that_nobody_documents_is_told(environment):
    found = needs({"Steps": [step("Athena")]}, environment, "scoring")
    assert found.policy["Statement"] == []
    assert found.notes == ["step A: what Athena steps call is not known, and nothing is allowed for it"]
