"""What a call must be allowed: actions, resources, and condition keys."""

import pytest

from penstock.emulator.access.needs import needs_of
from penstock.emulator.access.needs.call import Call, Lookup
from penstock.emulator.access.needs.jobs import job_needs

REGION, ACCOUNT = "us-east-1", "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
LOOKUP = Lookup(
    role=lambda name: name if name.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/path/{name}",
    profile_role=lambda name: f"arn:aws:iam::{ACCOUNT}:role/of-{name}",
    execution=lambda token: sagemaker("pipeline/p/execution/e") if token == "t" else None,
    mapped=lambda uuid: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:of-{uuid}" if uuid == "u" else None,
    key=lambda name: f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k" if name in ("k", "alias/a") else None,
)


def sagemaker(resource):
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{resource}"


def needs(service, operation, by_pipeline=False, **members):
    return needs_of(Call(service, operation, members, REGION, ACCOUNT, by_pipeline), LOOKUP)


def pairs(service, operation, **members):
    return [(need.action, need.resource) for need in needs(service, operation, **members)]


@pytest.mark.parametrize(
    ("operation", "members", "resource"),
    [
        ("DescribeProcessingJob", {"ProcessingJobName": "j"}, "processing-job/j"),
        ("StopAutoMLJob", {"AutoMLJobName": "j"}, "automl-job/j"),
        ("DescribeAutoMLJobV2", {"AutoMLJobName": "j"}, "automl-job/j"),
        ("DescribeModel", {"ModelName": "Mixed"}, "model/mixed"),
        ("DeleteEndpoint", {"EndpointName": "e"}, "endpoint/e"),
        ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "e"}, "endpoint/e"),
        ("InvokeEndpoint", {"EndpointName": "e"}, "endpoint/e"),
        ("DescribePipeline", {"PipelineName": "p"}, "pipeline/p"),
        ("DescribePipeline", {"PipelineName": sagemaker("pipeline/q")}, "pipeline/q"),
        ("StartPipelineExecution", {"PipelineName": "p"}, "pipeline/p"),
        ("StopPipelineExecution", {"PipelineExecutionArn": sagemaker("pipeline/p/execution/e")},
         "pipeline/p/execution/e"),
        ("ListPipelineExecutions", {"PipelineName": "p"}, "pipeline/p"),
        ("SendPipelineExecutionStepSuccess", {"CallbackToken": "t"}, "pipeline/p/execution/e"),
        ("SendPipelineExecutionStepFailure", {"CallbackToken": "unknown"}, "pipeline/*"),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, "model-package/g/*"),
        ("DescribeModelPackage", {"ModelPackageName": sagemaker("model-package/g/1")}, "model-package/g/1"),
        ("ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": "j"},
         "hyper-parameter-tuning-job/j"),
        ("AddTags", {"ResourceArn": sagemaker("model/m"), "Tags": []}, "model/m"),
    ],
)  # fmt: skip
def test_a_call_of_sagemaker_is_on_what_it_names(operation, members, resource):
    assert pairs("sagemaker", operation, **members) == [(f"sagemaker:{operation}", sagemaker(resource))]


def test_lists_know_no_resources():
    assert pairs("sagemaker", "ListModelPackages", ModelPackageGroupName="g") == [
        ("sagemaker:ListModelPackages", "*")
    ]


def test_a_job_is_created_tagged_and_given_a_role():
    request = {"ProcessingJobName": "j", "RoleArn": ROLE}
    job = sagemaker("processing-job/j")
    plain = [("sagemaker:CreateProcessingJob", job), ("iam:PassRole", ROLE)]
    assert pairs("sagemaker", "CreateProcessingJob", **request) == plain
    tagged = [plain[0], ("sagemaker:AddTags", job), plain[1]]
    assert pairs("sagemaker", "CreateProcessingJob", by_pipeline=True, **request) == tagged
    tags = [{"Key": "team", "Value": "red"}]
    create, add, passing = needs("sagemaker", "CreateProcessingJob", Tags=tags, **request)
    assert create.context == add.context == {"aws:TagKeys": ["team"], "aws:RequestTag/team": ["red"]}
    assert passing.context == {"iam:PassedToService": ["sagemaker.amazonaws.com"]}


def test_an_endpoint_is_on_its_configuration_too():
    assert pairs("sagemaker", "UpdateEndpoint", EndpointName="e", EndpointConfigName="c") == [
        ("sagemaker:UpdateEndpoint", sagemaker("endpoint/e")),
        ("sagemaker:UpdateEndpoint", sagemaker("endpoint-config/c")),
    ]


def test_conditions_see_what_a_request_asks_for():
    [need] = needs(
        "sagemaker",
        "CreateTrainingJob",
        TrainingJobName="j",
        EnableNetworkIsolation=True,
        ResourceConfig={"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "k"},
        VpcConfig={"Subnets": ["a", "b"], "SecurityGroupIds": ["c"]},
        OutputDataConfig={"KmsKeyId": "o"},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert need.context == {
        "sagemaker:NetworkIsolation": ["true"],
        "sagemaker:InstanceTypes": ["ml.m5.large"],
        "sagemaker:VolumeKmsKey": ["k"],
        "sagemaker:VpcSubnets": ["a", "b"],
        "sagemaker:VpcSecurityGroupIds": ["c"],
        "sagemaker:OutputKmsKey": ["o"],
        "sagemaker:MaxRuntimeInSeconds": ["60"],
    }


def test_the_key_of_a_configuration_is_of_volumes():
    [need] = needs("sagemaker", "CreateEndpointConfig", EndpointConfigName="c", KmsKeyId="k")
    assert need.context == {"sagemaker:VolumeKmsKey": ["k"]}


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        ("HeadObject", {"Key": "k"}, [("GetObject", "b/k")]),
        ("GetObject", {"Key": "k", "VersionId": "1"}, [("GetObjectVersion", "b/k")]),
        ("ListObjectsV2", {"Prefix": "p/"}, [("ListBucket", "b")]),
        ("HeadBucket", {}, [("ListBucket", "b")]),
        ("UploadPart", {"Key": "k", "UploadId": "u"}, [("PutObject", "b/k")]),
        ("PutObject", {"Key": "k", "Tagging": "a=b"}, [("PutObject", "b/k"), ("PutObjectTagging", "b/k")]),
        (
            "CopyObject",
            {"Key": "k", "CopySource": "/c/a%20b"},
            [("PutObject", "b/k"), ("GetObject", "c/a b")],
        ),
        ("PutBucketEncryption", {}, [("PutEncryptionConfiguration", "b")]),
        ("DeleteObjects", {}, []),
    ],
)
def test_actions_of_s3_have_names_of_their_own(operation, members, expected):
    found = pairs("s3", operation, Bucket="b", **members)
    assert found == [(f"s3:{action}", f"arn:aws:s3:::{place}") for action, place in expected]


def test_a_list_is_by_its_prefix_also_by_none():
    [need] = needs("s3", "ListObjectsV2", Bucket="b")
    assert need.context["s3:prefix"] == [""]


@pytest.mark.parametrize(
    ("service", "operation", "members", "expected"),
    [
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://x/0/q"},
         [("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")]),
        ("sqs", "ListQueues", {}, [("sqs:ListQueues", "*")]),
        ("lambda", "Invoke", {"FunctionName": f"{ACCOUNT}:function:f", "Qualifier": "live"},
         [("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live")]),
        ("lambda", "CreateFunction",
         {"FunctionName": "f", "Role": ROLE, "Code": {"S3Bucket": "b", "S3Key": "k"}},
         [("lambda:CreateFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"), ("iam:PassRole", ROLE),
          ("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("lambda", "CreateEventSourceMapping", {"FunctionName": "f"},
         [("lambda:CreateEventSourceMapping", "*")]),
        ("lambda", "ListFunctions", {}, [("lambda:ListFunctions", "*")]),
        ("logs", "PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"},
         [("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g:log-stream:s")]),
        ("kms", "Encrypt", {"KeyId": "alias/a"}, [("kms:Encrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k")]),
        ("ecr", "BatchGetImage", {"repositoryName": "r", "registryId": "111122223333"},
         [("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:111122223333:repository/r")]),
        ("events", "PutTargets", {"Rule": "r"},
         [("events:PutTargets", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r")]),
        ("iam", "GetRole", {"RoleName": "n"}, [("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/path/n")]),
        ("iam", "GetInstanceProfile", {"InstanceProfileName": "n"},
         [("iam:GetInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/n")]),
        ("sts", "AssumeRole", {"RoleArn": ROLE}, [("sts:AssumeRole", ROLE)]),
        ("sts", "GetCallerIdentity", {}, []),
        ("elasticmapreduce", "RunJobFlow", {"ServiceRole": "s", "JobFlowRole": "i", "Tags": [{"Key": "a"}]},
         [("elasticmapreduce:RunJobFlow", f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/*"),
          ("elasticmapreduce:AddTags", f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/*"),
          ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/path/s"),
          ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/of-i")]),
        ("elasticmapreduce", "TerminateJobFlows", {"JobFlowIds": ["j-1", "j-2"]},
         [("elasticmapreduce:TerminateJobFlows", f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{one}")
          for one in ("j-1", "j-2")]),
        ("emr-serverless", "StartJobRun", {"applicationId": "a", "executionRoleArn": ROLE},
         [("emr-serverless:StartJobRun", f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/a"),
          ("iam:PassRole", ROLE)]),
        ("monitoring", "PutMetricData", {}, [("cloudwatch:PutMetricData", "*")]),
        ("athena", "GetQueryExecution", {}, [("athena:GetQueryExecution", "*")]),
    ],
)  # fmt: skip
def test_calls_of_other_services(service, operation, members, expected):
    assert pairs(service, operation, **members) == expected


@pytest.mark.parametrize(
    ("operation", "members", "function"),
    [
        ("CreateEventSourceMapping", {"FunctionName": "f"}, "f"),
        ("UpdateEventSourceMapping", {"FunctionName": "f", "UUID": "u"}, "f"),
        ("DeleteEventSourceMapping", {"UUID": "u"}, "of-u"),
        ("DeleteEventSourceMapping", {"UUID": "unknown"}, None),
        ("ListEventSourceMappings", {}, None),
    ],
)
def test_a_mapping_is_of_its_function_by_a_condition(operation, members, function):
    [need] = needs("lambda", operation, **members)
    named = [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"]
    assert (need.resource, need.context) == ("*", {"lambda:FunctionArn": named} if function else {})


def test_the_role_of_a_clusters_step_is_a_condition():
    [need] = needs("elasticmapreduce", "AddJobFlowSteps", JobFlowId="j-1", ExecutionRoleArn=ROLE)
    assert need.resource == f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/j-1"
    assert need.context == {"elasticmapreduce:ExecutionRoleArn": [ROLE]}


def test_what_members_of_a_wrong_type_name_is_nothing():
    for service in (
        "sagemaker",
        "s3",
        "sqs",
        "lambda",
        "logs",
        "kms",
        "ecr",
        "events",
        "iam",
        "elasticmapreduce",
    ):
        for value in (None, 3, [], {}, [None], {"Key": 3}):
            members = dict.fromkeys(
                ("Tags", "Code", "JobFlowIds", "RoleArn", "Bucket", "KeyId", "Name"), value
            )
            assert needs(service, "CreateThing", **members)


def test_a_job_needs_its_image_its_volumes_key_and_its_network():
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    document = {
        "AppSpecification": {"ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/a/b:1"},
        "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": key}},
        "NetworkConfig": {"VpcConfig": {"Subnets": ["s"], "SecurityGroupIds": ["g"]}},
        "_Private": {"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/c"},
    }
    found = [(need.action, need.resource) for need in job_needs(document, document)]
    assert found[:5] == [
        ("ecr:GetAuthorizationToken", "*"),
        *(
            (f"ecr:{action}", "arn:aws:ecr:us-east-1:683313688378:repository/a/b")
            for action in ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage")
        ),
        ("kms:CreateGrant", key),
    ]
    assert {action.partition(":")[0] for action, _ in found[5:]} == {"ec2"}
    assert len(found) == len(set(found))
    assert job_needs({"Image": "not-of-ecr:1"}) == []
