from pathlib import Path

import pytest

from penstock.deployment.environments import environment_names, load
from penstock.errors import PenstockError, UsageError
from penstock.project import Project

ROOT = Path(__file__).parent.parent.parent
SETTINGS = (
    "account, approval_queue, automatic_approval, bucket, display_name_suffix, emr_instance_profile,"
    " emr_release, emr_service_role, function_role, images, kms_key, max_parallel_steps, network_isolation,"
    " prefix, region, role, tags, vpc"
)


@pytest.mark.parametrize("name", environment_names(Project(ROOT)))
def test_the_environments_of_this_project_hold(name):
    assert load(Project(ROOT), name).name == name


def test_placeholders_have_the_shapes_of_the_api():
    values = load(Project(ROOT), "prod").placeholders()
    assert values["vpc"] == {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"],
    }
    assert values["parallelism"] == {"MaxParallelExecutionSteps": 10}
    assert values["tags"][0] == {"Key": "cost-centre", "Value": "machine-learning"}
    assert values["network_isolation"] is True
    assert values["subnet"] == "subnet-0123456789abcdef0"


def test_what_an_environment_does_not_set_is_null(project):
    values = load(project, "local").placeholders()
    unset = ("kms_key", "vpc", "parallelism", "subnet", "function_role")
    assert [values[name] for name in unset] == [None] * len(unset)


def test_what_an_environment_does_not_name_has_names_of_its_account_and_region(project):
    values = load(project, "local").placeholders()
    assert values["approval_queue_url"] == (
        "https://sqs.us-east-1.amazonaws.com/123456789012/penstock-approvals"
    )
    assert values["approval_queue_arn"] == "arn:aws:sqs:us-east-1:123456789012:penstock-approvals"
    assert values["emr_log_uri"] == "s3://things/penstock/emr-logs/"
    assert values["automatic_approval"] is False
    emr = [values[name] for name in ("emr_release", "emr_service_role", "emr_instance_profile")]
    assert emr == ["emr-7.5.0", "penstock-emr-service", "penstock-emr-instances"]


def test_names_in_another_partition_are_of_that_partition(project):
    project.edit_environment("us-east-1", "cn-north-1")
    project.edit_environment("arn:aws:", "arn:aws-cn:")
    values = load(project, "local").placeholders()
    assert values["approval_queue_url"] == (
        "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/penstock-approvals"
    )
    assert values["approval_queue_arn"] == "arn:aws-cn:sqs:cn-north-1:123456789012:penstock-approvals"


def test_an_unknown_environment_lists_those_there_are(project):
    (project.environments / "prod.toml").write_text("")
    with pytest.raises(UsageError) as caught:
        load(project, "staging")
    assert str(caught.value) == "there is no environment 'staging'\nenvironments/ has local, prod."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'account = "123456789012"',
            "account = 123456789012",
            "environments/local.toml: account: input should be a valid string, and not 123456789012\n"
            "Correct it in environments/local.toml.",
        ),
        (
            'account = "123456789012"',
            'account = "12"',
            "environments/local.toml: account: string should match pattern '^\\d{12}$', and not '12'\n"
            "Correct it in environments/local.toml.",
        ),
        (
            'bucket = "things"',
            'bukcet = "things"\nbucket = "things"',
            "environments/local.toml: bukcet: is not a setting; did you mean bucket?\n"
            f"The settings are {SETTINGS}.",
        ),
        (
            'bucket = "things"',
            "",
            "environments/local.toml: bucket: is missing\nAdd bucket to environments/local.toml.",
        ),
        (
            'region = "us-east-1"',
            "region = us-east-1",
            "environments/local.toml: is not TOML: Invalid value (at line 2, column 10)\nCorrect that line.",
        ),
        (
            "arn:aws:iam::123456789012:role/pipelines",
            "arn:aws:iam::111122223333:role/pipelines",
            "environments/local.toml: role arn:aws:iam::111122223333:role/pipelines is not of account"
            " 123456789012\nCorrect either of the two.",
        ),
        (
            "[tags]",
            'function_role = "arn:aws:iam::111122223333:role/functions"\n[tags]',
            "environments/local.toml: function_role arn:aws:iam::111122223333:role/functions is not of"
            " account 123456789012\nCorrect either of the two.",
        ),
        (
            "[tags]",
            'emr_release = "7.5"\n[tags]',
            "environments/local.toml: emr_release: string should match pattern '^emr-\\d+\\.\\d+\\.\\d+$',"
            " and not '7.5'\nCorrect it in environments/local.toml.",
        ),
        (
            "[tags]",
            "[vpc]\nsubnets = []\nsecurity_group_ids = ['sg-1']\n[tags]",
            "environments/local.toml: vpc.subnets: list should have at least 1 item after validation, not 0,"
            " and not []\nCorrect it in environments/local.toml.",
        ),
    ],
)
def test_a_file_that_does_not_hold_says_where_and_what(project, old, new, message):
    project.edit_environment(old, new)
    with pytest.raises(PenstockError) as caught:
        load(project, "local")
    assert str(caught.value) == message


PROJECT = {
    "SAGEMAKER_PROJECT_NAME": "churn",
    "SAGEMAKER_PROJECT_ID": "p-abcdefghijkl",
    "SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::123456789012:role/of-the-project",
    "ARTIFACT_BUCKET": "artifacts",
}


def test_the_variables_of_a_sagemaker_project_count_more_than_the_file(project):
    environment = load(project, "local", PROJECT)
    assert (environment.role, environment.bucket) == (PROJECT["SAGEMAKER_PIPELINE_ROLE_ARN"], "artifacts")
    assert environment.tags == {
        "team": "scoring",
        "sagemaker:project-name": "churn",
        "sagemaker:project-id": "p-abcdefghijkl",
    }


def test_variables_that_are_empty_count_for_nothing(project):
    assert load(project, "local", dict.fromkeys(PROJECT, "")) == load(project, "local", {})


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "ARTIFACT_BUCKET",
            "s3://artifacts",
            "ARTIFACT_BUCKET: string should match pattern '^[a-z0-9][a-z0-9.\\-]{1,61}[a-z0-9]$', and not"
            " 's3://artifacts'\nCorrect ARTIFACT_BUCKET, or unset it.",
        ),
        (
            "SAGEMAKER_PIPELINE_ROLE_ARN",
            "arn:aws:iam::999999999999:role/other",
            "environments/local.toml and SAGEMAKER_PIPELINE_ROLE_ARN: role"
            " arn:aws:iam::999999999999:role/other is not of account 123456789012\n"
            "Correct either of the two.",
        ),
    ],
)
def test_a_variable_that_does_not_fit_is_named(project, variable, value, said):
    with pytest.raises(PenstockError) as caught:
        load(project, "local", {variable: value})
    assert str(caught.value) == said
