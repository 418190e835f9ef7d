"""The execution role's policy, for definitions of one step each."""

import pytest

from penstock.deployment.environments import Environment
from penstock.deployment.policy import actions
from penstock.deployment.policy.execution import needs
from penstock.service_model import service_model

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipelines"
HERE = f"us-east-1:{ACCOUNT}"


@pytest.fixture
def environment():
    return Environment(name="local", account=ACCOUNT, region="us-east-1", role=ROLE, bucket="things")


def step(kind, arguments=None, name="A", **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def statements(environment, *steps, parameters=()):
    definition = {"Steps": list(steps), "Parameters": list(parameters)}
    return {one.pop("Sid"): one for one in needs(definition, environment, "scoring").policy["Statement"]}


def resources(environment, sid, *steps, **kwargs):
    return statements(environment, *steps, **kwargs)[sid]["Resource"]


PROCESSING = {
    "AppSpecification": {"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own/image:1"},
    "ProcessingInputs": [{"InputName": "data", "S3Input": {"S3Uri": {"Get": "Parameters.DataUri"}}}],
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "train",
                "S3Output": {
                    "S3Uri": {
                        "Std:Join": {
                            "On": "/",
                            "Values": ["s3://things/penstock", {"Get": "Execution.PipelineExecutionId"}, "A"],
                        }
                    }
                },
            }
        ]
    },
    "RoleArn": ROLE,
}
DATA = {"Name": "DataUri", "Type": "String", "DefaultValue": "s3://elsewhere/data.csv"}


def test_a_processing_step_needs_its_job_its_container_and_what_they_name(environment):
    allow = {"Effect": "Allow"}
    assert statements(environment, step("Processing", PROCESSING), parameters=[DATA]) == {
        "ListBuckets": allow
        | {
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::elsewhere", "arn:aws:s3:::things"],
        },
        "PassRolesToSagemaker": allow
        | {
            "Action": ["iam:PassRole"],
            "Resource": [ROLE],
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
        "ProcessingJobs": allow
        | {
            "Action": [
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:StopProcessingJob",
            ],
            "Resource": [f"arn:aws:sagemaker:{HERE}:processing-job/pipelines-*"],
        },
        "PullImages": allow
        | {
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            "Resource": [f"arn:aws:ecr:{HERE}:repository/own/image"],
        },
        "ReadObjects": allow
        | {
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::elsewhere/data.csv*", "arn:aws:s3:::things/penstock/*/A*"],
        },
        "RegistryLogin": allow | {"Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]},
        "WriteLogs": allow
        | {
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": [f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/*"],
        },
        "WriteMetrics": allow | {"Action": ["cloudwatch:PutMetricData"], "Resource": ["*"]},
        "WriteObjects": allow
        | {
            "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::things/penstock/*/A*"],
        },
    }


def test_keys_and_networks_are_used_where_a_step_names_them(environment):
    arguments = {
        "NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-1"]}},
        "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": "1234"}},
        "ProcessingOutputConfig": {"KmsKeyId": "alias/data"},
    }
    found = statements(environment, step("Processing", arguments))
    assert found["UseKeys"]["Resource"] == [f"arn:aws:kms:{HERE}:key/*"]
    assert "ec2:CreateNetworkInterface" in found["UseNetwork"]["Action"]


def test_assets_are_allowed_whatever_their_content(environment):
    uri = f"s3://things/penstock/assets/{'0' * 64}/job.py"
    arguments = {"ProcessingInputs": [{"S3Input": {"S3Uri": uri}}]}
    found = resources(environment, "ReadObjects", step("Processing", arguments))
    assert found == ["arn:aws:s3:::things/penstock/assets/*"]


def test_a_job_that_is_named_has_that_name_at_its_start(environment):
    found = resources(environment, "ProcessingJobs", step("Processing", {"ProcessingJobName": "mine"}))
    assert found == [f"arn:aws:sagemaker:{HERE}:processing-job/mine*"]


def test_an_image_that_only_the_execution_knows_is_any(environment):
    image = {"PrimaryContainer": {"Image": {"Get": "Steps.T.BestCandidate.InferenceContainers[0].Image"}}}
    found = resources(environment, "PullImages", step("Model", image), step("AutoML", name="T"))
    assert found == ["arn:aws:ecr:us-east-1:*:repository/*"]


@pytest.mark.parametrize(
    ("kind", "arguments", "keys", "sid", "expected"),
    [
        ("Lambda", {}, {"FunctionArn": "arn:aws:lambda:x"}, "InvokeFunctions", "arn:aws:lambda:x"),
        (
            "Callback",
            {},
            {"SqsQueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q"},
            "SendMessages",
            f"arn:aws:sqs:{HERE}:q",
        ),
        ("Callback", {}, {"SqsQueueUrl": {"Get": "Parameters.Q"}}, "SendMessages", f"arn:aws:sqs:{HERE}:*"),
        (
            "EMR",
            {"ClusterId": "j-1"},
            {},
            "EmrClusters",
            f"arn:aws:elasticmapreduce:{HERE}:cluster/j-1",
        ),
        (
            "EMR",
            {"ClusterConfig": {"JobFlowRole": "instances"}},
            {},
            "PassRolesToEc2",
            f"arn:aws:iam::{ACCOUNT}:role/instances",
        ),
        (
            "EMRServerless",
            {"ApplicationConfig": {}},
            {},
            "EndApplications",
            f"arn:aws:emr-serverless:{HERE}:/applications/*",
        ),
        (
            "EMRServerless",
            {"JobConfig": {"executionRoleArn": ROLE}},
            {},
            "PassRolesToEmrServerless",
            ROLE,
        ),
        (
            "ClarifyCheck",
            {},
            {"ModelName": "m"},
            "ShadowModels",
            f"arn:aws:sagemaker:{HERE}:model/m",
        ),
        (
            "QualityCheck",
            {},
            {"ModelPackageGroupName": {"Get": "Parameters.Q"}},
            "ListModelPackages",
            "*",
        ),
        (
            "Cleanup",
            {"Resources": {"S3": [{"S3Uris": ["s3://b/k"]}]}},
            {},
            "DeleteObjects",
            "arn:aws:s3:::b/k",
        ),
        (
            "Endpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            {},
            "Endpoints",
            f"arn:aws:sagemaker:{HERE}:endpoint-config/c",
        ),
    ],
)
def test_each_type_of_step_needs_what_it_names(environment, kind, arguments, keys, sid, expected):
    assert expected in resources(environment, sid, step(kind, arguments, **keys))


@pytest.mark.parametrize("kind", ["Condition", "Fail", "ForEach"])
def test_what_the_pipeline_does_itself_needs_nothing(environment, kind):
    assert statements(environment, step(kind)) == {}


def test_steps_inside_others_count(environment):
    inner = step("Model", name="B")
    assert "Models" in statements(environment, step("Condition", {"IfSteps": [inner]}))


def test_a_step_that_nobody_documents_is_told(environment):
    found = needs({"Steps": [step("Athena")]}, environment, "scoring")
    assert found.policy["Statement"] == []
    assert found.notes == ["step A: what Athena steps call is not known, and nothing is allowed for it"]


SERVICES = {
    "elasticmapreduce": "emr",
    "events": "events",
    "emr-serverless": "emr-serverless",
    "sagemaker": "sagemaker",
    "ec2": "ec2",
    "ecr": "ecr",
    "kms": "kms",
    "logs": "logs",
    "sqs": "sqs",
}
# Permissions that are no operations of their own [AUTH].
NO_OPERATIONS = {
    *("sagemaker:InvokeEndpoint", "kms:GenerateDataKey*", "elasticmapreduce:TerminateJobFlows"),
    *("ec2:DeleteNetworkInterfacePermission",),
}


def test_every_action_of_the_table_is_an_operation_of_its_service():
    calls = [call for calls in actions.STEPS.values() for call in calls]
    calls += [*actions.OWN_CLUSTER, *actions.OWN_APPLICATION, *actions.SHADOW_ENDPOINTS]
    named = {action for call in calls for action in call.actions}
    named |= {*actions.LOGS, *actions.IMAGES, *actions.REGISTRY, *actions.KEYS, *actions.SEND_MESSAGES}
    unknown = [
        action
        for action in named - NO_OPERATIONS
        if action.partition(":")[2] not in service_model(SERVICES[action.partition(":")[0]]).operation_names
    ]
    assert unknown == []


def test_a_sid_has_the_same_actions_wherever_it_is_used():
    calls = [call for calls in actions.STEPS.values() for call in calls]
    assert len({call.sid for call in calls}) == len({(call.sid, call.operations) for call in calls})
