"""Endpoints from their creation to their end, with boto3 as it is."""

import pytest

pytestmark = pytest.mark.xdist_group("hosting")

PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"


def test_an_endpoint_in_service_describes_what_it_serves(bench):
    config = bench.config(bench.model(), bench.model(), weights=(3, 1))
    name = bench.endpoint(config)
    bench.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)
    found = bench.sagemaker.describe_endpoint(EndpointName=name)
    assert found["EndpointArn"] == f"{PREFIX}endpoint/{name}"
    assert found["EndpointConfigName"] == config
    assert found["CreationTime"] < found["LastModifiedTime"]
    assert "PendingDeploymentSummary" not in found
    first, second = found["ProductionVariants"]
    (image,) = first.pop("DeployedImages")
    assert image["SpecifiedImage"] == "000000000000.dkr.ecr.us-east-1.amazonaws.com/parrot:1"
    assert first == {
        "VariantName": "v1",
        "CurrentWeight": 3.0,
        "DesiredWeight": 3.0,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }
    assert (second["VariantName"], second["CurrentWeight"]) == ("v2", 1.0)


def test_the_containers_output_is_in_the_endpoints_log(bench):
    name = bench.endpoint(bench.config(bench.model(), bench.model({}, {"hostname": "after"})))
    logs = bench.emulator.client("logs")
    group = f"/aws/sagemaker/Endpoints/{name}"
    bench.eventually(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])

    def streams():
        return logs.describe_log_streams(logGroupName=group)["logStreams"]

    bench.eventually(lambda: len(streams()) == 3)
    names = sorted(stream["logStreamName"] for stream in streams())
    assert [each.split("/i-")[0] for each in names] == ["v1", "v2", "v2"]
    assert [each.split("/")[2:] for each in names] == [[], ["after"], ["container-1"]]
    events = bench.eventually(
        lambda: logs.get_log_events(logGroupName=group, logStreamName=names[0])["events"]
    )
    assert events[0]["message"] == "the parrot listens"


def test_an_endpoint_whose_model_does_not_start_fails_with_its_last_words(bench):
    config = bench.config(bench.model({"MUTE": "no seeds left"}))
    bench.sagemaker.create_endpoint(EndpointName="mute", EndpointConfigName=config)
    found = bench.settled("mute")
    assert found["EndpointStatus"] == "Failed"
    assert found["FailureReason"] == (
        "The primary container for production variant v1 did not pass the ping health check. Please check"
        " CloudWatch logs for this endpoint. AlgorithmError: no seeds left, exit code: 1"
    )
    assert bench.refused(bench.runtime.invoke_endpoint, EndpointName="mute", Body=b"1")["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint mute of account 000000000000 not found.",
    }
    arn = f"{PREFIX}endpoint/mute"
    assert bench.refused(bench.sagemaker.update_endpoint, EndpointName="mute", EndpointConfigName=config)[
        "Error"
    ] == {
        "Code": "ValidationException",
        "Message": f'Cannot update endpoint "{arn}" because its status is Failed. Delete it and create it'
        " again.",
    }
    bench.sagemaker.delete_endpoint(EndpointName="mute")
    bench.gone("mute")


def test_an_endpoint_without_its_models_data_fails(bench):
    model = bench.model()
    config = bench.config(model)
    bench.sagemaker.delete_model(ModelName=model)
    bench.sagemaker.create_model(
        ModelName=model,
        PrimaryContainer={"Image": "parrot", "ModelDataUrl": f"s3://{bench.bucket}/none.tar.gz"},
        ExecutionRoleArn="arn:aws:iam::000000000000:role/models",
    )
    bench.sagemaker.create_endpoint(EndpointName="no-data", EndpointConfigName=config)
    found = bench.settled("no-data")
    assert (found["EndpointStatus"], found["FailureReason"]) == (
        "Failed",
        f"could not find model data at s3://{bench.bucket}/none.tar.gz",
    )


def test_an_endpoint_of_an_image_whose_stand_in_only_runs_jobs_fails(bench):
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    bench.sagemaker.create_model(
        ModelName="jobs-only",
        PrimaryContainer={"Image": image},
        ExecutionRoleArn="arn:aws:iam::000000000000:role/models",
    )
    bench.sagemaker.create_endpoint(EndpointName="jobs-only", EndpointConfigName=bench.config("jobs-only"))
    assert bench.settled("jobs-only")["FailureReason"] == (
        f"the stand-in for the image {image} runs jobs and serves no model. Give the StandIn of its "
        "repository a `serve` program (penstock/emulator/standins/registry.py)."
    )


def test_what_is_not_served_fails_the_endpoint(bench):
    model, config = bench.model(), "asynchronous"
    bench.sagemaker.create_endpoint_config(
        EndpointConfigName=config,
        ProductionVariants=[bench.variant(model, "v1")],
        AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}},
    )
    bench.sagemaker.create_endpoint(EndpointName=config, EndpointConfigName=config)
    assert bench.settled(config)["FailureReason"] == (
        "AsyncInferenceConfig is not served here; leave it out of the endpoint configuration"
    )


def test_an_update_replaces_the_model(bench):
    name = bench.endpoint()
    config = bench.config(bench.model({"MARKS": "[]"}))
    bench.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    updating = bench.sagemaker.describe_endpoint(EndpointName=name)
    assert updating["EndpointStatus"] == "Updating"
    assert updating["EndpointConfigName"] != config
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == config
    assert bench.refused(bench.sagemaker.delete_endpoint, EndpointName=name)["Error"] == {
        "Code": "ValidationException",
        "Message": f'Cannot update in-progress endpoint "{PREFIX}endpoint/{name}".',
    }
    # The old model answers until the new one can.
    assert bench.said(name, "1") == "<1>"
    found = bench.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert bench.said(name, "1") == "[1]"


def test_an_update_that_does_not_start_is_rolled_back(bench):
    config = bench.config(bench.model())
    name = bench.endpoint(config)
    bench.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=bench.config(bench.model({"MUTE": "no seeds left"}))
    )
    found = bench.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", config)
    assert "PendingDeploymentSummary" not in found
    assert found["FailureReason"] == (
        "The primary container for production variant v1 did not pass the ping health check. Please check"
        " CloudWatch logs for this endpoint. AlgorithmError: no seeds left, exit code: 1"
    )
    assert bench.said(name, "1") == "<1>"


def test_weights_share_requests_out_and_can_be_changed(bench):
    name = bench.endpoint(bench.config(bench.model(), bench.model(), weights=(3, 1)))

    def shares():
        asked = [bench.invoke(name, "1")["InvokedProductionVariant"] for _ in range(8)]
        return asked.count("v1"), asked.count("v2")

    assert shares() == (6, 2)
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "v1", "DesiredWeight": 0, "DesiredInstanceCount": 2},
            {"VariantName": "v2", "DesiredWeight": 1},
        ],
    )
    assert shares() == (0, 8)
    first = bench.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]
    assert (first["CurrentWeight"], first["CurrentInstanceCount"]) == (0.0, 2)

    # An update may keep them.
    config = bench.config(bench.model({"MARKS": "[]"}), bench.model())
    bench.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=config,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )
    first = bench.settled(name)["ProductionVariants"][0]
    assert (first["CurrentWeight"], first["CurrentInstanceCount"]) == (0.0, 1)
    assert shares() == (0, 8)


def test_a_deleted_endpoint_is_gone(bench):
    name = bench.endpoint()
    bench.sagemaker.delete_endpoint(EndpointName=name)
    bench.gone(name)
    assert bench.refused(bench.sagemaker.describe_endpoint, EndpointName=name)["Error"] == {
        "Code": "ValidationException",
        "Message": f'Could not find endpoint "{PREFIX}endpoint/{name}".',
    }
    bench.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)
    assert bench.refused(bench.runtime.invoke_endpoint, EndpointName=name, Body=b"1")["Error"]["Message"] == (
        f"Endpoint {name} of account 000000000000 not found."
    )
    assert not list((bench.emulator.state.endpoints).glob(f"{name}-*"))


def test_an_endpoint_needs_neither_its_configuration_nor_its_model_to_go_on(bench):
    model = bench.model()
    config = bench.config(model)
    name = bench.endpoint(config)
    bench.sagemaker.delete_endpoint_config(EndpointConfigName=config)
    bench.sagemaker.delete_model(ModelName=model)
    assert bench.said(name, "1") == "<1>"
