"""No member is lost between a Create request, the document, and what boto3 makes of the answer.

Requests and documents are made from botocore's model with every member that it has, so a member that a newer
botocore adds is tested as well.
"""

import datetime

import pytest
from botocore import xform_name
from botocore.model import ListShape, MapShape, StructureShape

from penstock.emulator.sagemaker.families import operations
from penstock.service_model import input_shape, output_shape, validate

# Tried in turn for a string; the first that the model accepts is taken.
STRINGS = (
    "a",
    "1",
    "$",
    "s3://bucket/key",
    "/opt/ml/processing/data",
    "arn:aws:iam::000000000000:role/penstock-execution",
    "arn:aws:sagemaker:us-east-1:000000000000:pipeline/a",
    "arn:aws:sagemaker:us-east-1:000000000000:pipeline/a/execution/b",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package/group/1",
    "arn:aws:sagemaker:us-east-1:000000000000:processing-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:training-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:automl-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/group",
    "arn:aws:sagemaker:us-east-1:000000000000:inference-recommendations-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:labeling-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:transform-job/a",
    "arn:aws:sagemaker:us-east-1:000000000000:model/a",
    "arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/a",
    "arn:aws:sagemaker:us-east-1:000000000000:endpoint/a",
    "arn:aws:sns:us-east-1:000000000000:a",
    "arn:aws:sagemaker:us-east-1:000000000000:mlflow-tracking-server/a",
    "arn:aws:sagemaker:us-east-1:000000000000:hub-content/hub/Model/a/1.0",
    "arn:aws:s3:us-east-1:000000000000:accesspoint/a",
    "1.0",
    "1.0.0",
    "sha256:" + "0" * 64,
    "00000000-0000-0000-0000-000000000000",
    "a" * 32,
    "2023-11-14",
    "text/csv",
    "application/json",
    "image:tag",
    "subnet-1",
    "sg-1",
    "2023-11-14T22:13:20Z",
    "a/b",
    "PT1H",
    "mig-1g.5gb",
)
MOMENT = 1_700_000_000.25


def full(shape):
    """A value for a shape with every member that the model has for it."""
    if isinstance(shape, StructureShape):
        members = list(shape.members.items())
        return {name: full(member) for name, member in (members[:1] if shape.is_tagged_union else members)}
    if isinstance(shape, ListShape):
        return [full(shape.member)] * max(1, shape.metadata.get("min", 1))
    if isinstance(shape, MapShape):
        return {full(shape.key): full(shape.value)}
    match shape.type_name:
        case "boolean":
            return True
        case "timestamp":
            return MOMENT
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "float" | "double":
            return 0.5
    candidates = (*getattr(shape, "enum", ())[:1], *STRINGS)
    found = next((text for text in candidates if not validate(shape, text)), None)
    assert found is not None, f"STRINGS has nothing that fits {shape.name} {shape.metadata}"
    return found


def as_boto3_has_it(value, shape):
    if isinstance(shape, StructureShape):
        return {name: as_boto3_has_it(item, shape.members[name]) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [as_boto3_has_it(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: as_boto3_has_it(item, shape.value) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    return value


# The kind of document that each Describe shows, the name it is stored under, and how it is asked for.
DESCRIBED = {
    "DescribePipelineExecution": (
        "PipelineExecution",
        "pipeline/abc",
        {"PipelineExecutionArn": "arn:aws:sagemaker:us-east-1:000000000000:pipeline/pipeline/execution/abc"},
    ),
    "DescribeProcessingJob": ("ProcessingJob", "x", {"ProcessingJobName": "x"}),
    "DescribeAutoMLJob": ("AutoMLJob", "x", {"AutoMLJobName": "x"}),
    "DescribeTransformJob": ("TransformJob", "x", {"TransformJobName": "x"}),
    "DescribeModel": ("Model", "x", {"ModelName": "x"}),
    "DescribeEndpointConfig": ("EndpointConfig", "x", {"EndpointConfigName": "x"}),
    "DescribeEndpoint": ("Endpoint", "x", {"EndpointName": "x"}),
    "DescribeModelPackage": ("ModelPackage", "x", {"ModelPackageName": "x"}),
    "DescribeModelPackageGroup": ("ModelPackageGroup", "x", {"ModelPackageGroupName": "x"}),
}
# These answer from more than one document: tested with their families.
COMPOSED = {"DescribePipeline", "DescribePipelineDefinitionForExecution", "DescribeAutoMLJobV2"}


def test_every_describe_operation_is_tested():
    assert {name for name in operations() if name.startswith("Describe")} == set(DESCRIBED) | COMPOSED


@pytest.mark.parametrize("operation", DESCRIBED)
def test_boto3_sees_every_member_of_a_document_and_no_private_one(bench, client, operation):
    kind, name, request = DESCRIBED[operation]
    shape = output_shape("sagemaker", operation)
    document = full(shape)
    if kind == "PipelineExecution":
        bench.pipeline(PipelineVersionAliases=["live"])
        document |= {
            **request,
            "PipelineArn": "arn:aws:sagemaker:us-east-1:000000000000:pipeline/pipeline",
            "PipelineVersionAliases": ["live"],
        }
    bench.store.create(kind, name, {**document, "_Private": 1})

    shown = getattr(client, xform_name(operation))(**request)
    del shown["ResponseMetadata"]
    assert shown == as_boto3_has_it(document, shape)


def create_processing_job(request):
    request["ProcessingInputs"][0].pop("DatasetDefinition")
    request["ProcessingInputs"][0]["S3Input"].pop("S3CompressionType")
    request["ProcessingOutputConfig"]["Outputs"][0].pop("FeatureStoreOutput")


def create_auto_ml_job(request):
    request["ProblemType"], request["AutoMLJobObjective"] = "BinaryClassification", {"MetricName": "F1"}
    request["AutoMLJobConfig"]["Mode"] = "HYPERPARAMETER_TUNING"
    algorithms = request["AutoMLJobConfig"]["CandidateGenerationConfig"]["AlgorithmsConfig"][0]
    algorithms["AutoMLAlgorithms"] = ["xgboost"]


def create_transform_job(request):
    request["ModelName"] = "model"
    request["DataProcessing"]["JoinSource"] = "None"


def create_model(request):
    for container in (request["PrimaryContainer"], *request["Containers"]):
        container.pop("ModelPackageName")
    request.pop("Containers")


def create_endpoint_config(request):
    for variants, name in (("ProductionVariants", "a"), ("ShadowProductionVariants", "b")):
        request[variants][0].update(VariantName=name, ModelName="model")


def create_endpoint(request):
    request["EndpointConfigName"] = "config"


def create_model_package(request):
    request.pop("ModelPackageName")
    request.pop("Tags")
    request["ModelPackageGroupName"] = "group"


# Each Create, what its request cannot have all at once, the Describe, and how the latter asks for it.
CREATED = {
    "CreateProcessingJob": (create_processing_job, "DescribeProcessingJob", "ProcessingJobName"),
    "CreateAutoMLJob": (create_auto_ml_job, "DescribeAutoMLJob", "AutoMLJobName"),
    "CreateTransformJob": (create_transform_job, "DescribeTransformJob", "TransformJobName"),
    "CreateModel": (create_model, "DescribeModel", "ModelName"),
    "CreateEndpointConfig": (create_endpoint_config, "DescribeEndpointConfig", "EndpointConfigName"),
    "CreateEndpoint": (create_endpoint, "DescribeEndpoint", "EndpointName"),
    "CreateModelPackageGroup": (None, "DescribeModelPackageGroup", "ModelPackageGroupName"),
    "CreateModelPackage": (create_model_package, "DescribeModelPackage", None),
}


@pytest.mark.parametrize("operation", CREATED)
def test_boto3_gets_back_every_member_that_it_created_with(bench, client, operation):
    tweak, describe, name_member = CREATED[operation]
    bench.model("model")
    bench.endpoint_config("config")
    bench("CreateModelPackageGroup", ModelPackageGroupName="group")
    request = full(input_shape("sagemaker", operation))
    if tweak:
        tweak(request)
    sent = as_boto3_has_it(request, input_shape("sagemaker", operation))

    created = getattr(client, xform_name(operation))(**sent)
    if name_member:
        asked = {name_member: request[name_member]}
    else:
        asked = {"ModelPackageName": created["ModelPackageArn"]}
    shown = getattr(client, xform_name(describe))(**asked)

    kept = set(output_shape("sagemaker", describe).members)
    assert {name: shown.get(name) for name in sent if name in kept} == {
        name: value for name, value in sent.items() if name in kept
    }


@pytest.mark.parametrize(
    "operation",
    [name for name in operations() if name.startswith("List")],
)
def test_every_filter_of_a_list_is_understood(bench, client, operation):
    """A request with every member of the model, for a list with nothing in it."""
    request = full(input_shape("sagemaker", operation)) | {"MaxResults": 50}
    del request["NextToken"]
    bench.pipeline("pipeline", PipelineVersionAliases=["live"])
    bench("CreateModelPackageGroup", ModelPackageGroupName="group")
    bench.auto_ml_job("job")
    present = {
        "PipelineName": "pipeline",
        "PipelineVersionAlias": "live",
        "ModelPackageGroupName": "group",
        "AutoMLJobName": "job",
        "ResourceArn": "arn:aws:sagemaker:us-east-1:000000000000:pipeline/pipeline",
        "PipelineExecutionArn": bench.execution(),
    }
    request |= {name: value for name, value in present.items() if name in request}
    sent = as_boto3_has_it(request, input_shape("sagemaker", operation))
    assert getattr(client, xform_name(operation))(**sent)["ResponseMetadata"]["HTTPStatusCode"] == 200
