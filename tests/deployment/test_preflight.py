"""What credentials may not see, as a scripted endpoint refuses it; what is missing is in test_deploy.py."""

import pytest

from penstock.deployment import environments
from penstock.deployment.aws import connect
from penstock.deployment.preflight import bucket_exists, check, queue_attributes, require_role
from penstock.errors import PenstockError

WHERE = "environments/local.toml: bucket:"


@pytest.fixture
def aws(project, scripted_aws):
    with connect(environments.load(project, "local")) as aws:
        yield aws


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            403,
            f"{WHERE} bucket things is of another account, or these credentials may not use it\n"
            "Name a bucket of the account, or ask for s3:ListBucket on this one.",
        ),
        (
            400,
            f"{WHERE} bucket things is in another region, and the environment in us-east-1\n"
            "SageMaker needs both in one region: name another bucket, or another region.",
        ),
    ],
)
def test_a_bucket_that_cannot_be_used_says_why(scripted_aws, aws, status, message):
    scripted_aws.answers["HEAD /things"] = [scripted_aws.refusal("", status=status)]
    with pytest.raises(PenstockError) as caught:
        bucket_exists(aws)
    assert str(caught.value) == message


def test_a_role_that_may_not_be_looked_at_is_taken_to_be_there(scripted_aws, aws):
    scripted_aws.answers["GetRole"] = [scripted_aws.refusal("AccessDenied", "not allowed", 403)]
    require_role(aws, "role", aws.environment.role)


def test_a_queue_that_may_not_be_looked_at_is_taken_to_be_there(scripted_aws, aws):
    scripted_aws.answers["GetQueueUrl"] = [scripted_aws.refusal("AccessDenied", "not allowed", 403)]
    assert queue_attributes(aws) == {}


def test_a_role_with_another_path_is_told(project, account):
    account("iam").create_role(RoleName="deep", Path="/a/b/", AssumeRolePolicyDocument="{}")
    project.edit_environment("role/pipelines", "role/deep")
    with connect(environments.load(project, "local")) as aws, pytest.raises(PenstockError) as caught:
        require_role(aws, "role", aws.environment.role)
    assert str(caught.value) == (
        "environments/local.toml: role: the role deep is arn:aws:iam::123456789012:role/a/b/deep,"
        " and not arn:aws:iam::123456789012:role/deep\n"
        "Name it by its own ARN."
    )


def test_the_roles_of_clusters_must_be_there_where_a_step_makes_one(project, account):
    definition = {"Steps": [{"Name": "Prepare", "Type": "EMR", "Arguments": {"ClusterConfig": {}}}]}

    def message():
        with connect(environments.load(project, "local")) as aws, pytest.raises(PenstockError) as caught:
            check(aws, definition)
        return str(caught.value)

    remedy = "Run `penstock bootstrap --env local` to make it, or name another."
    assert message() == (
        "environments/local.toml: emr_service_role: there is no role penstock-emr-service\n" + remedy
    )
    account("iam").create_role(RoleName="penstock-emr-service", AssumeRolePolicyDocument="{}")
    assert message() == (
        "environments/local.toml: emr_instance_profile: there is no instance profile penstock-emr-instances\n"
        + remedy
    )
    account("iam").create_instance_profile(InstanceProfileName="penstock-emr-instances")
    with connect(environments.load(project, "local")) as aws:
        check(aws, definition)
