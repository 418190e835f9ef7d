import json

import pytest
from moto import mock_aws

from penstock.deployment import environments
from penstock.deployment.aws import Aws
from penstock.deployment.bootstrap import make_bucket, make_role
from penstock.deployment.preflight import check
from penstock.errors import PenstockError


@pytest.fixture
def moto(credentials):
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        yield


@pytest.fixture
def aws(project, moto):
    project.edit_environment("role/pipelines", "role/service/pipelines")
    project.edit_environment("[tags]", 'kms_key = "arn:aws:kms:us-east-1:123456789012:key/k"\n[tags]')
    return Aws(environments.load(project, "local"))


def test_what_is_missing_is_made_and_made_once(aws):
    assert (make_bucket(aws), make_role(aws)) == ("made", "made")
    assert (make_bucket(aws), make_role(aws)) == ("there", "there")
    check(aws)


def test_sagemaker_can_assume_the_role_which_may_use_the_bucket_and_the_key(aws):
    make_role(aws)
    role = aws.iam.get_role(RoleName="pipelines")["Role"]
    assert role["Arn"] == aws.environment.role
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "sagemaker.amazonaws.com"
    }
    attached = aws.iam.list_attached_role_policies(RoleName="pipelines")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonSageMakerFullAccess"]
    policy = aws.iam.get_role_policy(RoleName="pipelines", PolicyName="penstock-bucket")["PolicyDocument"]
    assert [statement["Resource"] for statement in policy["Statement"]] == [
        "arn:aws:s3:::things",
        "arn:aws:s3:::things/*",
        "arn:aws:kms:us-east-1:123456789012:key/k",
    ]


def test_a_role_that_was_left_half_made_is_completed(aws):
    aws.iam.create_role(
        RoleName="pipelines",
        AssumeRolePolicyDocument=json.dumps({}),
        Tags=[{"Key": "penstock:bootstrap", "Value": "role"}],
    )
    assert make_role(aws) == "there"
    assert aws.iam.list_role_policies(RoleName="pipelines")["PolicyNames"] == ["penstock-bucket"]


def test_a_role_that_others_made_is_left_as_it_is(aws):
    aws.iam.create_role(RoleName="pipelines", AssumeRolePolicyDocument=json.dumps({}))
    assert make_role(aws) == "there"
    assert aws.iam.list_role_policies(RoleName="pipelines")["PolicyNames"] == []


def test_a_bucket_is_made_in_the_region_of_the_environment(project, moto):
    project.edit_environment('region = "us-east-1"', 'region = "eu-central-1"')
    aws = Aws(environments.load(project, "local"))
    make_bucket(aws)
    assert aws.s3.head_bucket(Bucket="things")["BucketRegion"] == "eu-central-1"


def test_nothing_is_made_in_another_account(project, moto):
    project.edit_environment("123456789012", "111122223333")
    aws = Aws(environments.load(project, "local"))
    with pytest.raises(PenstockError, match="the credentials are of account 123456789012"):
        make_bucket(aws)
    with pytest.raises(PenstockError, match="the credentials are of account 123456789012"):
        make_role(aws)
