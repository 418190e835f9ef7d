"""The execution role's policy, for definitions of one step each."""

import pytest
from one_step import ACCOUNT, HERE, PROCESSING, ROLE, resources, statements, step

from penstock.deployment.policy import actions
from penstock.deployment.policy.execution import needs
from penstock.service_model import service_model

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
        "ReadAndWriteObjects": allow
        | {
            "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::things/penstock/*/A*"],
        },
        "ReadObjects": allow
        | {
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::elsewhere/data.csv*"],
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
    }


def test_what_is_written_is_not_told_again_as_read(environment):
    reads = {"ProcessingInputs": [{"S3Input": {"S3Uri": "s3://things/out/part"}}]}
    writes = {"ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://things/out"}}]}}
    found = statements(environment, step("Processing", reads), step("Processing", writes, name="B"))
    assert found["ReadAndWriteObjects"]["Resource"] == ["arn:aws:s3:::things/out*"]
    assert "ReadObjects" not in found


def test_keys_and_networks_are_used_where_a_step_names_them(environment):
    arguments = {
        "NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-1"]}},
        "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": "1234"}},
        "ProcessingOutputConfig": {"KmsKeyId": f"arn:aws:kms:{HERE}:key/5678"},
    }
    found = statements(environment, step("Processing", arguments))
    # A grant is for volumes alone.
    assert found["GrantVolumeKeys"]["Action"] == ["kms:CreateGrant", "kms:DescribeKey"]
    assert found["GrantVolumeKeys"]["Resource"] == [f"arn:aws:kms:{HERE}:key/1234"]
    assert found["UseKeys"]["Action"] == [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
    ]
    assert found["UseKeys"]["Resource"] == [f"arn:aws:kms:{HERE}:key/5678"]
    assert "ec2:CreateNetworkInterface" in found["UseNetwork"]["Action"]


def test_a_container_decrypts_what_a_deploy_published(environment):
    encrypted = environment.model_copy(update={"kms_key": "1234"})
    assert resources(encrypted, "UseKeys", step("Processing")) == [f"arn:aws:kms:{HERE}:key/1234"]
    assert "UseKeys" not in statements(encrypted, step("Lambda"))


def test_the_key_of_an_endpoint_configuration_is_of_volumes(environment):
    arguments = {
        "KmsKeyId": "1234",
        "ExecutionRoleArn": ROLE,
        "VpcConfig": {"Subnets": ["subnet-1"]},
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/o", "KmsKeyId": "5678"}},
    }
    found = statements(environment, step("EndpointConfig", arguments))
    assert found["GrantVolumeKeys"]["Resource"] == [f"arn:aws:kms:{HERE}:key/1234"]
    assert found["UseKeys"]["Resource"] == [f"arn:aws:kms:{HERE}:key/5678"]
    assert found["PassRolesToSagemaker"]["Resource"] == [ROLE]
    # The model's role writes there; the network is checked when the configuration is made.
    assert {"UseNetwork", "EndpointConfigs"} <= found.keys()
    assert "ReadAndWriteObjects" not in found


def test_the_image_of_a_debugger_rule_is_pulled(environment):
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/rules:1"
    arguments = {"DebugRuleConfigurations": [{"RuleEvaluatorImage": image}]}
    found = resources(environment, "PullImages", step("Training", arguments))
    assert found == [f"arn:aws:ecr:{HERE}:repository/rules"]


def test_supplied_baselines_are_read(environment):
    check = step("QualityCheck", SuppliedBaselineStatistics="s3://b/s.json", SuppliedBaselineConstraints=None)
    assert resources(environment, "ReadObjects", check) == ["arn:aws:s3:::b/s.json*"]


def test_what_a_condition_reads_by_its_uri_is_read(environment):
    left = {"Std:JsonGet": {"S3Uri": {"Get": "Parameters.DataUri"}, "Path": "auc"}}
    gate = step("Condition", {"Conditions": [{"LeftValue": left}], "IfSteps": [], "ElseSteps": []})
    found = resources(environment, "ReadObjects", gate, parameters=[DATA])
    assert found == ["arn:aws:s3:::elsewhere/data.csv*"]


ITEM = {"Get": "ForEach.CurrentItem"}
PART = {"Get": "ForEach.CurrentItem.data"}


@pytest.mark.parametrize(
    ("items", "uri", "objects"),
    [
        (["s3://a/1", {"Get": "Parameters.DataUri"}], ITEM, ["a/1*", "elsewhere/data.csv*"]),
        (['{"data": "s3://a/1"}', "{}"], PART, ["a/1*"]),
        ({"Get": "Parameters.Items"}, ITEM, ["a/1*", "a/2*"]),
        ({"Get": "Parameters.Objects"}, PART, ["a/1*"]),
    ],
)
def test_what_a_loop_goes_over_is_read(environment, items, uri, objects):
    body = [step("Processing", {"ProcessingInputs": [{"S3Input": {"S3Uri": uri}}]})]
    loop = step("ForEach", {"IterableItems": items, "ForEachBody": body}, name="Loop")
    lists = [
        {"Name": "Items", "Type": "String", "DefaultValue": '["s3://a/1", "s3://a/2"]'},
        {"Name": "Objects", "Type": "String", "DefaultValue": '[{"data": "s3://a/1"}]'},
    ]
    found = resources(environment, "ReadObjects", loop, parameters=[DATA, *lists])
    assert found == [f"arn:aws:s3:::{one}" for one in objects]


def test_a_model_of_a_package_has_what_was_registered(environment):
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/serving:1"
    held = {"InferenceSpecification": {"Containers": [{"Image": image, "ModelDataUrl": "s3://b/m.tar.gz"}]}}
    package = {"ModelPackageName": {"Get": "Steps.R.ModelPackageArn"}}
    steps = [step("RegisterModel", held, name="R"), step("Model", {"Containers": [package]})]
    found = statements(environment, *steps)
    assert found["PullImages"]["Resource"] == [f"arn:aws:ecr:{HERE}:repository/serving"]
    assert found["ReadObjects"]["Resource"] == ["arn:aws:s3:::b/m.tar.gz*"]
    other = step("Model", {"Containers": [{"ModelPackageName": "g/1"}]})
    assert needs({"Steps": [other]}, environment, "scoring").notes == [
        "step A: the images and the data of its model package are not known, and not allowed"
    ]


def test_the_job_of_a_serverless_application_has_a_role_of_its_own(environment):
    arguments = {"ApplicationId": "a", "JobConfig": {"executionRoleArn": ROLE}}
    assert needs({"Steps": [step("EMRServerless", arguments)]}, environment, "scoring").notes == [
        "step A: what its job reads and writes is for the job's own role, and not allowed here"
    ]


def test_an_application_of_the_steps_own_makes_a_role_and_interfaces(environment):
    service = "ops.emr-serverless.amazonaws.com"
    found = statements(
        environment, step("EMRServerless", {"ApplicationConfig": {"networkConfiguration": {}}})
    )
    assert found["MakeServiceRole"]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/AWSServiceRoleForAmazonEMRServerless"
    ]
    assert found["MakeInterfaces"]["Condition"] == {"StringEquals": {"aws:CalledViaLast": service}}
    found = statements(environment, step("EMRServerless", {"ApplicationConfig": {}}))
    assert {"MakeServiceRole", "EndApplications"} <= found.keys()
    assert "MakeInterfaces" not in found
    assert "MakeServiceRole" not in statements(environment, step("EMRServerless", {"ApplicationId": "a"}))


def test_names_that_arns_have_in_lower_case_are_both(environment):
    found = resources(environment, "Endpoints", step("Endpoint", {"EndpointName": "Live"}))
    assert found == [f"arn:aws:sagemaker:{HERE}:endpoint/{name}" for name in ("Live", "live")]


def test_a_group_of_another_account_is_there(environment):
    group = "arn:aws:sagemaker:eu-west-1:999988887777:model-package-group/g"
    found = statements(environment, step("RegisterModel", {"ModelPackageGroupName": group}))
    assert found["ModelPackageGroups"]["Resource"] == [group]
    assert found["RegisterModels"]["Resource"] == [
        "arn:aws:sagemaker:eu-west-1:999988887777:model-package/g/*"
    ]


@pytest.mark.parametrize(
    ("config", "tagged"), [({"Tags": [{"Key": "team", "Value": "red"}]}, True), ({}, False)]
)
def test_a_cluster_is_tagged_if_it_has_tags(environment, config, tagged):
    found = statements(environment, step("EMR", {"ClusterConfig": config}))
    assert ("TagClusters" in found) is tagged


def test_the_role_of_a_step_on_a_running_cluster_is_not_passed(environment):
    """[AUTH]: AddJobFlowSteps needs itself alone."""
    found = statements(environment, step("EMR", {"ClusterId": "j-1", "ExecutionRoleArn": ROLE}))
    assert list(found) == ["EmrClusters", "EmrRules"]


def test_only_the_environments_own_queue_has_its_key(environment):
    encrypted = environment.model_copy(update={"kms_key": "1234"})
    own = step("Callback", SqsQueueUrl=encrypted.approval_queue_url)
    assert statements(encrypted, own)["UseMessageKeys"] == {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [f"arn:aws:kms:{HERE}:key/1234"],
    }
    other = step("Callback", SqsQueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q")
    assert list(statements(encrypted, other)) == ["SendMessages"]


def test_a_cleanup_of_a_whole_step_deletes_what_that_step_writes(environment):
    arguments = {
        "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
        "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://b/train"}}}],
    }
    cleanup = step("Cleanup", {"Resources": {"S3": [{"StepName": "Train"}]}})
    found = resources(environment, "DeleteObjects", cleanup, step("Training", arguments, name="Train"))
    assert found == ["arn:aws:s3:::b/models*"]


def test_in_china_services_have_longer_names_and_aws_another(environment):
    china = environment.model_copy(
        update={"role": f"arn:aws-cn:iam::{ACCOUNT}:role/pipelines", "region": "cn-north-1"}
    )
    found = statements(china, step("EMR", {"ClusterConfig": {"JobFlowRole": "instances"}}))
    assert found["PassRolesToEc2"] == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [f"arn:aws-cn:iam::{ACCOUNT}:role/instances"],
        "Condition": {"StringLike": {"iam:PassedToService": "ec2.amazonaws.com*"}},
    }
    image = f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/own/image:1"
    found = statements(china, step("Processing", {"AppSpecification": {"ImageUri": image}}))
    assert found["PullImages"]["Resource"] == [f"arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/own/image"]


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
            "Lambda",
            {},
            {"FunctionArn": {"Get": "Parameters.Q"}},
            "InvokeFunctions",
            f"arn:aws:lambda:{HERE}:function:*",
        ),
        (
            "Tuning",
            {},
            {},
            "ListTrainingJobs",
            f"arn:aws:sagemaker:{HERE}:hyper-parameter-tuning-job/pipelines-*",
        ),
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
            "UseEndpointConfigs",
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
    *("sagemaker:InvokeEndpoint", "elasticmapreduce:TerminateJobFlows"),
    *("ec2:DeleteNetworkInterfacePermission",),
}


def test_every_action_of_the_table_is_an_operation_of_its_service():
    calls = [call for calls in actions.STEPS.values() for call in calls]
    calls += [*actions.OWN_CLUSTER, *actions.TAGGED_CLUSTER, *actions.OWN_APPLICATION]
    calls += actions.SHADOW_ENDPOINTS
    named = {action for call in calls for action in call.actions}
    named |= {*actions.LOGS, *actions.IMAGES, *actions.REGISTRY, *actions.KEYS, *actions.SEND_MESSAGES}
    named |= {*actions.VOLUME_KEYS, *actions.MESSAGE_KEYS, *actions.NETWORK}
    unknown = [
        action
        for action in named - NO_OPERATIONS
        if action.partition(":")[2] not in service_model(SERVICES[action.partition(":")[0]]).operation_names
    ]
    assert unknown == []


def test_a_sid_has_the_same_actions_wherever_it_is_used():
    calls = [call for calls in actions.STEPS.values() for call in calls]
    assert len({call.sid for call in calls}) == len({(call.sid, call.operations) for call in calls})
