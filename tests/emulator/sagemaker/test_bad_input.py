"""One bad request for each operation, and the whole message that answers it."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families import operations

ROLE = "arn:aws:iam::000000000000:role/penstock-execution"
PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"
EXECUTION = f"{PREFIX}pipeline/pipeline/execution/none"
NO_JOB = ("ResourceNotFound", "Could not find requested job with name: none")
NO_PIPELINE = ("ResourceNotFound", f"Pipeline '{PREFIX}pipeline/none' does not exist.")
NO_EXECUTION = ("ResourceNotFound", f"Pipeline execution '{EXECUTION}' does not exist.")
NO_CALLBACK = ("ResourceNotFound", "Callback token 'aaaaaaaaaa' does not exist.")
NO_MODEL = ("ValidationException", f'Could not find model "{PREFIX}model/none".')
NO_CONFIG = ("ValidationException", f'Could not find endpoint configuration "{PREFIX}endpoint-config/none".')
NO_ENDPOINT = ("ValidationException", f'Could not find endpoint "{PREFIX}endpoint/none".')
NO_GROUP = ("ValidationException", f"ModelPackageGroup {PREFIX}model-package-group/none does not exist.")
NO_PACKAGE = ("ValidationException", f"ModelPackage {PREFIX}model-package/none/1 does not exist.")
NO_RESOURCE = ("ValidationException", f"Could not find the resource {PREFIX}model/none.")
BAD_TOKEN = (
    "ValidationException",
    "Invalid NextToken: it was not returned by this operation for the same filters and order.",
)
TOKEN = "t" * 32
RESOURCES = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}}
SOURCE = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}}


def null(member):
    return (
        "ValidationException",
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint:"
        " Member must not be null",
    )


BAD = {
    "CreatePipeline": (
        {"PipelineName": "p", "PipelineDefinition": "{", "RoleArn": ROLE, "ClientRequestToken": TOKEN},
        (
            "ValidationException",
            "Unable to parse pipeline definition. Invalid JSON at line 1, column 2: Expecting property name"
            " enclosed in double quotes.",
        ),
    ),
    "UpdatePipeline": ({"PipelineName": "none"}, NO_PIPELINE),
    "DescribePipeline": ({"PipelineName": "none"}, NO_PIPELINE),
    "DeletePipeline": ({"PipelineName": "none", "ClientRequestToken": TOKEN}, NO_PIPELINE),
    "ListPipelines": (
        {"PipelineNamePrefix": "a b"},
        (
            "ValidationException",
            "1 validation error detected: Value 'a b' at 'pipelineNamePrefix' failed to satisfy constraint:"
            " Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}",
        ),
    ),
    "ListPipelineVersions": ({"PipelineName": "none"}, NO_PIPELINE),
    "UpdatePipelineVersion": (
        {"PipelineArn": f"{PREFIX}pipeline/none", "PipelineVersionId": 1},
        NO_PIPELINE,
    ),
    "StartPipelineExecution": ({"PipelineName": "none", "ClientRequestToken": TOKEN}, NO_PIPELINE),
    "StopPipelineExecution": (
        {"PipelineExecutionArn": EXECUTION, "ClientRequestToken": TOKEN},
        NO_EXECUTION,
    ),
    "RetryPipelineExecution": (
        {"PipelineExecutionArn": EXECUTION, "ClientRequestToken": TOKEN},
        NO_EXECUTION,
    ),
    "UpdatePipelineExecution": ({"PipelineExecutionArn": EXECUTION}, NO_EXECUTION),
    "DescribePipelineExecution": ({"PipelineExecutionArn": EXECUTION}, NO_EXECUTION),
    "DescribePipelineDefinitionForExecution": ({"PipelineExecutionArn": EXECUTION}, NO_EXECUTION),
    "ListPipelineExecutions": ({"PipelineName": "none"}, NO_PIPELINE),
    "ListPipelineExecutionSteps": ({}, ("ValidationException", "PipelineExecutionArn must be provided.")),
    "ListPipelineParametersForExecution": ({"PipelineExecutionArn": EXECUTION}, NO_EXECUTION),
    "SendPipelineExecutionStepSuccess": ({"CallbackToken": "a" * 10}, NO_CALLBACK),
    "SendPipelineExecutionStepFailure": ({"CallbackToken": "a" * 10}, NO_CALLBACK),
    "CreateProcessingJob": (
        {
            "ProcessingJobName": "job",
            "ProcessingResources": RESOURCES,
            "AppSpecification": {"ImageUri": "image"},
            "RoleArn": ROLE,
            "ProcessingInputs": [{"InputName": "in"}],
        },
        (
            "ValidationException",
            "Processing input 'in' must have exactly one of S3Input and DatasetDefinition.",
        ),
    ),
    "DescribeProcessingJob": ({"ProcessingJobName": "none"}, NO_JOB),
    "StopProcessingJob": ({"ProcessingJobName": "none"}, NO_JOB),
    "DeleteProcessingJob": ({"ProcessingJobName": "none"}, NO_JOB),
    "ListProcessingJobs": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateAutoMLJob": (
        {
            "AutoMLJobName": "job",
            "InputDataConfig": [{**SOURCE, "TargetAttributeName": "y"}],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "RoleArn": ROLE,
            "ProblemType": "Regression",
        },
        (
            "ValidationException",
            "ProblemType and AutoMLJobObjective must be provided together, or neither of them.",
        ),
    ),
    "DescribeAutoMLJob": ({"AutoMLJobName": "none"}, NO_JOB),
    "DescribeAutoMLJobV2": ({"AutoMLJobName": "none"}, NO_JOB),
    "StopAutoMLJob": ({"AutoMLJobName": "none"}, NO_JOB),
    "ListAutoMLJobs": ({"NextToken": "none"}, BAD_TOKEN),
    "ListCandidatesForAutoMLJob": ({"AutoMLJobName": "none"}, NO_JOB),
    "CreateTransformJob": (
        {
            "TransformJobName": "job",
            "ModelName": "none",
            "TransformInput": SOURCE,
            "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        NO_MODEL,
    ),
    "DescribeTransformJob": ({"TransformJobName": "none"}, NO_JOB),
    "StopTransformJob": ({"TransformJobName": "none"}, NO_JOB),
    "ListTransformJobs": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateModel": (
        {"ModelName": "m"},
        ("ValidationException", "Exactly one of PrimaryContainer and Containers must be provided."),
    ),
    "DescribeModel": ({"ModelName": "none"}, NO_MODEL),
    "DeleteModel": ({"ModelName": "none"}, NO_MODEL),
    "ListModels": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateEndpointConfig": (
        {"EndpointConfigName": "c", "ProductionVariants": [{"VariantName": "v", "ModelName": "none"}]},
        NO_MODEL,
    ),
    "DescribeEndpointConfig": ({"EndpointConfigName": "none"}, NO_CONFIG),
    "DeleteEndpointConfig": ({"EndpointConfigName": "none"}, NO_CONFIG),
    "ListEndpointConfigs": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateEndpoint": ({"EndpointName": "e", "EndpointConfigName": "none"}, NO_CONFIG),
    "DescribeEndpoint": ({"EndpointName": "none"}, NO_ENDPOINT),
    "UpdateEndpoint": ({"EndpointName": "e", "EndpointConfigName": "none"}, NO_CONFIG),
    "UpdateEndpointWeightsAndCapacities": (
        {"EndpointName": "none", "DesiredWeightsAndCapacities": [{"VariantName": "v", "DesiredWeight": 1}]},
        NO_ENDPOINT,
    ),
    "DeleteEndpoint": ({"EndpointName": "none"}, NO_ENDPOINT),
    "ListEndpoints": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateModelPackageGroup": ({}, null("modelPackageGroupName")),
    "DescribeModelPackageGroup": ({"ModelPackageGroupName": "none"}, NO_GROUP),
    "DeleteModelPackageGroup": ({"ModelPackageGroupName": "none"}, NO_GROUP),
    "ListModelPackageGroups": ({"NextToken": "none"}, BAD_TOKEN),
    "CreateModelPackage": (
        {"ModelPackageGroupName": "none", "InferenceSpecification": {"Containers": [{"Image": "image"}]}},
        NO_GROUP,
    ),
    "DescribeModelPackage": ({"ModelPackageName": f"{PREFIX}model-package/none/1"}, NO_PACKAGE),
    "BatchDescribeModelPackage": ({}, null("modelPackageArnList")),
    "UpdateModelPackage": ({"ModelPackageArn": f"{PREFIX}model-package/none/1"}, NO_PACKAGE),
    "DeleteModelPackage": ({"ModelPackageName": "none/1"}, NO_PACKAGE),
    "ListModelPackages": ({"ModelPackageGroupName": "none"}, NO_GROUP),
    "AddTags": ({"ResourceArn": f"{PREFIX}model/none", "Tags": []}, NO_RESOURCE),
    "DeleteTags": ({"ResourceArn": f"{PREFIX}model/none", "TagKeys": ["k"]}, NO_RESOURCE),
    "ListTags": ({"ResourceArn": f"{PREFIX}model/none"}, NO_RESOURCE),
}


def test_every_operation_has_its_bad_input():
    assert set(BAD) == set(operations())


@pytest.mark.parametrize("operation", BAD)
def test_bad_input_is_answered_with_what_is_wrong(bench, operation):
    request, answer = BAD[operation]
    with pytest.raises(ServiceError) as caught:
        bench.service.call(operation, request)
    assert (caught.value.code, caught.value.message) == answer
    assert bench.jobs.asked == bench.executions.asked == bench.endpoints.asked == []
