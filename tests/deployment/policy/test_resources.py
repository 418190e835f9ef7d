"""Each action stands beside resources that it knows: what is compared with a role is compared by pairs."""

import json
import re
from pathlib import Path

import pytest

from penstock.definition.compiled import load
from penstock.deployment import environments
from penstock.deployment.environments import Environment
from penstock.deployment.policy import documents, execution, instances
from penstock.deployment.policy.roles import Role
from penstock.project import Project

ROOT = Path(__file__).parent.parent.parent.parent
DEFINITIONS = sorted((ROOT / "tests/definition/check/definitions").glob("*.json"))
ACCOUNT = "123456789012"

# What follows the account in the ARNs of an action's resources; an empty text is no resource, which a policy
# has to name `*`. Source: the Service Authorization Reference.
RESOURCES = {
    "": "cloudwatch:PutMetricData ecr:GetAuthorizationToken elasticmapreduce:RunJobFlow"
    " emr-serverless:CreateApplication lambda:CreateEventSourceMapping lambda:ListEventSourceMappings"
    " lambda:ListFunctions ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups"
    " ec2:DescribeSubnets ec2:DescribeVpcs",
    "repository/.+": "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
    "cluster/.+": "elasticmapreduce:AddJobFlowSteps elasticmapreduce:AddTags elasticmapreduce:CancelSteps"
    " elasticmapreduce:DescribeCluster elasticmapreduce:DescribeStep elasticmapreduce:ListSteps"
    " elasticmapreduce:TerminateJobFlows",
    "/applications/[^/]+": "emr-serverless:DeleteApplication emr-serverless:GetApplication"
    " emr-serverless:StartApplication emr-serverless:StartJobRun emr-serverless:StopApplication"
    " emr-serverless:TagResource",
    "/applications/.+/jobruns/.+": "emr-serverless:CancelJobRun emr-serverless:GetJobRun"
    " emr-serverless:TagResource",
    "rule/.+": "events:DescribeRule events:PutRule events:PutTargets",
    "instance-profile/.+": "iam:GetInstanceProfile",
    "role/.+": "iam:GetRole iam:PassRole",
    "role/aws-service-role/.+": "iam:CreateServiceLinkedRole",
    "key/.+": "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey",
    "function:.+": "lambda:CreateFunction lambda:DeleteFunction lambda:GetFunction"
    " lambda:GetFunctionConfiguration lambda:InvokeFunction lambda:ListTags lambda:TagResource"
    " lambda:UntagResource lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration",
    "log-group:.+": "logs:CreateLogGroup logs:DescribeLogStreams",
    r"log-group:.+\*": "logs:CreateLogStream logs:GetLogEvents logs:PutLogEvents",
    "[^/]+": "s3:GetBucketLocation s3:ListBucket sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl"
    " sqs:ReceiveMessage sqs:SendMessage",
    "[^/]+/.+": "s3:AbortMultipartUpload s3:DeleteObject s3:GetObject s3:PutObject sagemaker:AddTags",
    "action/.+": "sagemaker:CreateAction sagemaker:AddAssociation",
    "artifact/.+": "sagemaker:CreateArtifact sagemaker:AddAssociation",
    "context/.+": "sagemaker:CreateContext sagemaker:AddAssociation",
    "experiment-trial-component/.+": "sagemaker:AddAssociation",
    "automl-job/.+": "sagemaker:CreateAutoMLJob sagemaker:DescribeAutoMLJob sagemaker:StopAutoMLJob",
    "endpoint-config/.+": "sagemaker:CreateEndpoint sagemaker:CreateEndpointConfig"
    " sagemaker:DeleteEndpointConfig sagemaker:DescribeEndpointConfig sagemaker:ListTags"
    " sagemaker:UpdateEndpoint",
    "endpoint/.+": "sagemaker:CreateEndpoint sagemaker:CreateInferenceComponent sagemaker:DeleteEndpoint"
    " sagemaker:DescribeEndpoint sagemaker:InvokeEndpoint sagemaker:ListTags sagemaker:UpdateEndpoint",
    "hyper-parameter-tuning-job/.+": "sagemaker:CreateHyperParameterTuningJob"
    " sagemaker:DescribeHyperParameterTuningJob sagemaker:ListTrainingJobsForHyperParameterTuningJob"
    " sagemaker:StopHyperParameterTuningJob",
    "inference-component/.+": "sagemaker:CreateInferenceComponent sagemaker:DescribeInferenceComponent"
    " sagemaker:UpdateInferenceComponent",
    "model-package-group/.+": "sagemaker:CreateModelPackage sagemaker:CreateModelPackageGroup"
    " sagemaker:DescribeModelPackageGroup",
    "model-package/.+": "sagemaker:CreateModelPackage sagemaker:DescribeModelPackage",
    "model/.+": "sagemaker:CreateModel sagemaker:DeleteModel sagemaker:DescribeModel sagemaker:ListTags",
    "pipeline/[^/]+": "sagemaker:CreatePipeline sagemaker:DescribePipeline sagemaker:ListPipelineExecutions"
    " sagemaker:StartPipelineExecution sagemaker:UpdatePipeline sagemaker:DeleteTags sagemaker:ListTags",
    "pipeline/.+/execution/.+": "sagemaker:DescribePipelineDefinitionForExecution"
    " sagemaker:DescribePipelineExecution sagemaker:ListPipelineExecutionSteps"
    " sagemaker:ListPipelineParametersForExecution sagemaker:RetryPipelineExecution"
    " sagemaker:SendPipelineExecutionStepFailure sagemaker:SendPipelineExecutionStepSuccess"
    " sagemaker:StopPipelineExecution",
    "processing-job/.+": "sagemaker:CreateProcessingJob sagemaker:DescribeProcessingJob"
    " sagemaker:StopProcessingJob",
    "training-job/.+": "sagemaker:CreateTrainingJob sagemaker:DescribeTrainingJob sagemaker:StopTrainingJob",
    "transform-job/.+": "sagemaker:CreateTransformJob sagemaker:DescribeTransformJob"
    " sagemaker:StopTransformJob",
    # What a report describes is of any kind.
    r"\*": "sagemaker:DescribeAutoMLJob sagemaker:DescribeModelPackage sagemaker:DescribeProcessingJob"
    " sagemaker:DescribeTrainingJob sagemaker:DescribeTransformJob sagemaker:ListTags",
}
# They know resources, and are allowed on all: lists as the developer guide has them; network interfaces as
# its execution roles have them; mappings of queues, of which a condition names the function.
ON_ALL = {
    *("sagemaker:ListModelPackages", "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission"),
    *("ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"),
    *("lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"),
}


def test_actions_are_no_patterns():
    """IAM's simulation takes none (API Reference, SimulatePrincipalPolicy)."""
    assert not [actions for actions in RESOURCES.values() if "*" in actions]


def strays(policy):
    """The pairs of an action and a resource that the action does not know."""
    return [
        (action, resource)
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not is_known(action, resource)
    ]


def is_known(action, resource):
    if resource == "*":
        return action in (*RESOURCES[""].split(), *ON_ALL)
    named = resource.split(":", 5)[5]
    return any(re.fullmatch(kind, named) and action in actions.split() for kind, actions in RESOURCES.items())


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
def test_policies_of_published_definitions(file):
    role = f"arn:aws:iam::{ACCOUNT}:role/pipelines"
    environment = Environment(name="x", account=ACCOUNT, region="us-east-1", role=role, bucket="things")
    definition = json.loads(file.read_text())["definition"]
    assert strays(execution.needs(definition, environment, "scoring").policy) == []
    assert strays(instances.needs(definition, environment, "scoring") or {"Statement": []}) == []


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_policies_of_the_flagship(environment):
    project = Project(ROOT)
    made = documents.make(
        project, load(project, "automl_scoring"), environments.load(project, environment, {}), list(Role)
    )
    assert {one.name: strays(one.policy) for one in made} == {one.name: [] for one in made}
