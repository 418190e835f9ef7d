import pytest

from penstock.errors import PenstockError
from steps import MetricsSource, ModelMetrics, ModelStep

CONTAINER = {
    "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1",
    "ModelDataUrl": "s3://b/model.tar.gz",
}
NAMES = {"display_name": "Model", "description": "Makes a model."}


def refusal(call):
    with pytest.raises(PenstockError) as error:
        call()
    return str(error.value)


def test_one_container_is_the_primary_one():
    request = ModelStep.create("Create", containers=[CONTAINER], **NAMES).to_request()
    assert request["Type"] == "Model"
    assert request["Arguments"] == {
        "PrimaryContainer": CONTAINER,
        "ExecutionRoleArn": "{{ env.role }}",
        "EnableNetworkIsolation": "{{ env.network_isolation }}",
        "VpcConfig": "{{ env.vpc }}",
        "Tags": "{{ env.tags }}",
    }


def test_several_containers_are_a_chain():
    arguments = ModelStep.create("Create", containers=[CONTAINER, CONTAINER], **NAMES).arguments
    assert arguments["Containers"] == [CONTAINER, CONTAINER]
    assert "PrimaryContainer" not in arguments


def test_a_model_is_retried_and_never_cached():
    request = ModelStep.create("Create", containers=[CONTAINER], **NAMES).to_request()
    assert [policy["ExceptionType"] for policy in request["RetryPolicies"]] == [
        ["Step.SERVICE_FAULT", "Step.THROTTLING"]
    ]
    assert "CacheConfig" not in request


def test_a_model_is_referred_to_by_its_name():
    step = ModelStep.create("Create", containers=[CONTAINER], **NAMES)
    assert step.properties.ModelName.expr == {"Get": "Steps.Create.ModelName"}


def test_registering_makes_a_version_of_a_group():
    step = ModelStep.register(
        "Register",
        containers=[CONTAINER],
        model_package_group_name="group",
        approval_status="Approved",
        model_package_description="A model.",
        model_metrics=ModelMetrics(
            model_statistics=MetricsSource("application/json", "s3://b/statistics.json")
        ),
        transform_instances=["ml.m5.large"],
        inference_instances=["ml.m5.large"],
        customer_metadata_properties={"owner": "us"},
        **NAMES,
    )
    assert step.to_request()["Type"] == "RegisterModel"
    assert step.arguments == {
        "ModelPackageGroupName": "group",
        "ModelPackageDescription": "A model.",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {
            "Containers": [CONTAINER],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
            "SupportedTransformInstanceTypes": ["ml.m5.large"],
            "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
        },
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/statistics.json"}
            }
        },
        "CustomerMetadataProperties": {"owner": "us"},
    }
    assert step.properties.ModelPackageArn.expr == {"Get": "Steps.Register.ModelPackageArn"}


def test_a_model_without_containers_is_refused():
    assert refusal(lambda: ModelStep.create("Create", containers=[], **NAMES)) == (
        "step Create: containers is empty: a model needs at least one"
    )


def test_an_unknown_approval_status_is_refused():
    assert refusal(
        lambda: ModelStep.register(
            "Register",
            containers=[CONTAINER],
            model_package_group_name="group",
            approval_status="Perhaps",
            **NAMES,
        )
    ) == (
        "step Register: ModelApprovalStatus: 'Perhaps' is not one of Approved, Rejected,"
        " PendingManualApproval\nCreateModelPackage would refuse that."
    )


def test_a_member_that_create_model_does_not_have_is_refused():
    container = {**CONTAINER, "Memory": 1}
    assert refusal(lambda: ModelStep.create("Create", containers=[container], **NAMES)) == (
        "step Create: PrimaryContainer: Memory is not a member here\nCreateModel would refuse that."
    )
