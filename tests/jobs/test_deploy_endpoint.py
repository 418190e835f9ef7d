import pytest
from botocore.exceptions import ClientError

from jobs.deploy_endpoint import configuration, deploy

EVENT = {
    "endpoint_name": "scoring",
    "model_name": "model-1",
    "instance_type": "ml.m5.large",
    "capture_uri": "s3://bucket/capture",
}


def missing(operation):
    error = {"Error": {"Code": "ValidationException", "Message": f'Could not find {operation} "x".'}}
    return ClientError(error, operation)


class Endpoints:
    """SageMaker's endpoints: a change takes one look to come into service, or ends as `outcome`."""

    def __init__(self, outcome="InService"):
        self.outcome = outcome
        self.configs = {}
        self.endpoint = None
        self.calls = []

    def describe_endpoint_config(self, EndpointConfigName):
        if EndpointConfigName not in self.configs:
            raise missing("DescribeEndpointConfig")
        return self.configs[EndpointConfigName]

    def create_endpoint_config(self, **request):
        self.configs[request["EndpointConfigName"]] = request

    def describe_endpoint(self, EndpointName):
        if self.endpoint is None:
            raise missing("DescribeEndpoint")
        before = dict(self.endpoint)
        if before["EndpointStatus"] in ("Creating", "Updating"):
            self.endpoint["EndpointStatus"] = self.outcome
        return before

    def create_endpoint(self, EndpointName, EndpointConfigName):
        self.calls.append("create")
        self._become("Creating", EndpointConfigName)

    def update_endpoint(self, EndpointName, EndpointConfigName):
        self.calls.append("update")
        self._become("Updating", EndpointConfigName)

    def _become(self, status, config):
        self.endpoint = {
            "EndpointStatus": status,
            "EndpointConfigName": config,
            "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/scoring",
            "FailureReason": "The container stopped.",
        }


def test_an_endpoint_is_created_updated_and_left_alone():
    endpoints = Endpoints()
    first = deploy(endpoints, EVENT, 60)
    again = deploy(endpoints, EVENT, 60)
    second = deploy(endpoints, {**EVENT, "model_name": "model-2"}, 60)
    assert [answer["action"] for answer in (first, again, second)] == ["created", "unchanged", "updated"]
    assert endpoints.calls == ["create", "update"]
    assert first["endpoint_config_name"] == again["endpoint_config_name"] != second["endpoint_config_name"]
    assert endpoints.endpoint["EndpointConfigName"] == second["endpoint_config_name"]


def test_a_change_that_is_under_way_is_waited_for():
    endpoints = Endpoints()
    endpoints.create_endpoint("scoring", "older")
    assert deploy(endpoints, EVENT, 60)["action"] == "updated"


def test_all_data_is_captured_with_the_environments_key():
    config = configuration({**EVENT, "kms_key": "key", "sampling_percentage": "20"})
    capture = config["DataCaptureConfig"]
    assert (config["KmsKeyId"], capture["KmsKeyId"]) == ("key", "key")
    assert capture["EnableCapture"] is True
    assert capture["InitialSamplingPercentage"] == 20
    assert capture["DestinationS3Uri"] == "s3://bucket/capture"
    assert [option["CaptureMode"] for option in capture["CaptureOptions"]] == ["Input", "Output"]


def test_an_endpoint_that_fails_is_told_with_its_reason():
    with pytest.raises(RuntimeError) as error:
        deploy(Endpoints(outcome="Failed"), EVENT, 60)
    assert str(error.value) == "Endpoint scoring is Failed: The container stopped."


def test_time_that_runs_out_is_told():
    with pytest.raises(RuntimeError) as error:
        deploy(Endpoints(outcome="Creating"), EVENT, 0.1)
    assert str(error.value) == (
        "Endpoint scoring is still Creating and goes on without this function, whose time is over."
        " Retry the execution once it is in service."
    )


def test_another_error_is_not_hidden():
    class Refusing(Endpoints):
        def describe_endpoint(self, EndpointName):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "DescribeEndpoint")

    with pytest.raises(ClientError, match="AccessDenied"):
        deploy(Refusing(), EVENT, 60)
