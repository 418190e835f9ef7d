"""Endpoint configurations and endpoints, as documents: what is refused, and what those who host are asked."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"


def variant(name="all", **more):
    return {"VariantName": name, "ModelName": "model", **more}


def refusal(bench, operation, **request):
    with pytest.raises(ServiceError) as caught:
        bench(operation, **request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


@pytest.fixture
def config(bench):
    bench.model("model")
    bench.endpoint_config("config")
    return "config"


def endpoint(bench, name="name", status="InService", **more):
    """An endpoint as it is after it was hosted."""
    bench("CreateEndpoint", EndpointName=name, EndpointConfigName="config")
    bench.store.update("Endpoint", name, lambda it: it.update(EndpointStatus=status, **more))


def test_a_weight_is_1_when_none_is_given(bench, config):
    bench.endpoint_config("other", variant("a", InitialVariantWeight=0), variant("b"))
    shown = bench("DescribeEndpointConfig", EndpointConfigName="other")
    assert [each["InitialVariantWeight"] for each in shown["ProductionVariants"]] == [0, 1.0]
    assert shown["EndpointConfigArn"] == f"{PREFIX}endpoint-config/other"


@pytest.mark.parametrize(
    ("variants", "shadows", "message"),
    [
        (
            [variant("a"), variant("a")],
            [],
            "Variant names must be unique within an endpoint configuration: a is not.",
        ),
        (
            [variant("a")],
            [variant("a")],
            "Variant names must be unique within an endpoint configuration: a is not.",
        ),
        (
            [variant("a"), variant("b")],
            [variant("c")],
            "With ShadowProductionVariants there can be one production variant and one shadow variant; there"
            " are 2 and 1.",
        ),
        (
            [{"VariantName": "a"}],
            [],
            "Variant a has no ModelName. Inference components, which can do without, are not served here.",
        ),
        ([variant("a", ModelName="none")], [], f'Could not find model "{PREFIX}model/none".'),
        ([variant("a")], [variant("b", ModelName="none")], f'Could not find model "{PREFIX}model/none".'),
    ],
)
def test_variants_that_cannot_be_are_refused(bench, config, variants, shadows, message):
    more = {"ShadowProductionVariants": shadows} if shadows else {}
    assert (
        refusal(bench, "CreateEndpointConfig", EndpointConfigName="bad", ProductionVariants=variants, **more)
        == message
    )
    assert bench.store.get("EndpointConfig", "bad") is None


def test_a_configuration_is_made_once(bench, config):
    assert (
        refusal(bench, "CreateEndpointConfig", EndpointConfigName=config, ProductionVariants=[variant()])
        == f'Cannot create already existing endpoint configuration "{PREFIX}endpoint-config/config".'
    )


def test_a_configurations_role_must_exist(bench, config, make):
    bench.missing_roles.add(make.role)
    message = refusal(
        bench,
        "CreateEndpointConfig",
        EndpointConfigName="other",
        ProductionVariants=[variant()],
        ExecutionRoleArn=make.role,
    )
    assert message.startswith(f"Could not assume role {make.role}.")


def test_a_new_endpoint_is_creating_and_shows_what_is_pending(bench, config):
    bench("CreateEndpoint", EndpointName="Name", EndpointConfigName=config, Tags=[{"Key": "a", "Value": "b"}])
    shown = bench("DescribeEndpoint", EndpointName="Name")
    assert shown["EndpointArn"] == f"{PREFIX}endpoint/name"
    assert shown["EndpointStatus"] == "Creating"
    pending = shown["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == config
    assert [each["DesiredWeight"] for each in pending["ProductionVariants"]] == [1.0]
    assert bench("ListTags", ResourceArn=shown["EndpointArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    assert bench.endpoints.asked == [("deploy", "Name")]


def test_an_endpoint_is_made_once(bench, config):
    endpoint(bench)
    assert refusal(bench, "CreateEndpoint", EndpointName="name", EndpointConfigName=config) == (
        f'Cannot create already existing endpoint "{PREFIX}endpoint/name".'
    )
    assert bench.endpoints.asked == [("deploy", "name")]


@pytest.mark.parametrize("status", ["Creating", "Updating", "RollingBack", "Deleting"])
def test_nothing_can_be_done_to_an_endpoint_in_progress(bench, config, status):
    endpoint(bench, status=status)
    message = f'Cannot update in-progress endpoint "{PREFIX}endpoint/name".'
    assert refusal(bench, "UpdateEndpoint", EndpointName="name", EndpointConfigName=config) == message
    assert refusal(bench, "DeleteEndpoint", EndpointName="name") == message
    assert (
        refusal(
            bench,
            "UpdateEndpointWeightsAndCapacities",
            EndpointName="name",
            DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredWeight": 1}],
        )
        == message
    )
    assert bench.endpoints.asked == [("deploy", "name")]


def test_weights_are_of_variants_that_there_are(bench, config):
    variants = [{"VariantName": "all", "CurrentWeight": 1.0, "DesiredWeight": 1.0}]
    endpoint(bench, ProductionVariants=variants)
    assert (
        refusal(
            bench,
            "UpdateEndpointWeightsAndCapacities",
            EndpointName="name",
            DesiredWeightsAndCapacities=[
                {"VariantName": "all", "DesiredWeight": 2},
                {"VariantName": "none", "DesiredWeight": 1},
            ],
        )
        == f"Endpoint {PREFIX}endpoint/name has no variant none; it has all."
    )
    assert bench("DescribeEndpoint", EndpointName="name")["ProductionVariants"] == variants


def test_a_deletion_is_left_to_those_who_host(bench, config):
    endpoint(bench, status="Failed")
    bench("DeleteEndpoint", EndpointName="name")
    assert bench("DescribeEndpoint", EndpointName="name")["EndpointStatus"] == "Deleting"
    assert bench.endpoints.asked == [("deploy", "name"), ("remove", "name")]


def test_endpoints_are_listed_by_status(bench, config):
    endpoint(bench, "a")
    endpoint(bench, "b", "Failed")
    endpoint(bench, "c")
    shown = bench("ListEndpoints", StatusEquals="InService")["Endpoints"]
    assert [each["EndpointName"] for each in shown] == ["c", "a"]
    assert shown[0].keys() == {
        "EndpointName", "EndpointArn", "EndpointStatus", "CreationTime", "LastModifiedTime",
    }  # fmt: skip
