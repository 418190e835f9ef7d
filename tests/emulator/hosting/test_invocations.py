"""InvokeEndpoint: what reaches the container, what comes back, and every way to go wrong."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

pytestmark = pytest.mark.xdist_group("hosting")

ACCOUNT = "000000000000"
LIMIT = 6_291_456


@pytest.fixture(scope="module")
def parrot(bench):
    return bench.endpoint()


@pytest.fixture(scope="module")
def direct(bench):
    """An endpoint whose two containers are asked by name."""
    model = bench.model(
        {"hostname": "left"},
        {"hostname": "right", "MARKS": "[]"},
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    return bench.endpoint(bench.config(model))


def refusal(bench, endpoint, body=b"1", **members):
    """The message of a ValidationError."""
    error = bench.refused(bench.runtime.invoke_endpoint, EndpointName=endpoint, Body=body, **members)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Code"] == "ValidationError"
    return error["Error"]["Message"]


def test_what_a_caller_says_reaches_the_container_and_its_words_come_back(bench, parrot):
    answer = bench.invoke(
        parrot,
        "headers",
        ContentType="text/csv; header=absent",
        Accept="application/json",
        CustomAttributes="trace=1",
        InferenceId="42",
    )
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "trace=1!"
    heard = json.loads(answer["Body"])
    assert heard["Content-Type"] == "text/csv; header=absent"
    assert heard["Accept"] == "application/json"
    assert heard["X-Amzn-SageMaker-Custom-Attributes"] == "trace=1"
    assert not {"Authorization", "X-Amz-Date"} & heard.keys()


def test_containers_in_series_pass_the_data_on(bench):
    name = bench.endpoint(bench.config(bench.model({}, {"MARKS": "[]"})))
    assert bench.said(name, "1") == "[<1>]"


def test_a_variant_can_be_asked_by_name(bench):
    name = bench.endpoint(bench.config(bench.model(), bench.model({"MARKS": "[]"}), weights=(1, 0)))
    assert bench.said(name, "1") == "<1>"
    assert bench.said(name, "1", TargetVariant="v2") == "[1]"
    assert refusal(bench, name, TargetVariant="v3") == "Variant v3 not found for Request"


def test_without_any_weight_a_variant_must_be_named(bench):
    name = bench.endpoint(bench.config(bench.model(), weights=(0,)))
    assert refusal(bench, name) == (
        f"No variant of endpoint {name} has a weight above 0. Give one a weight, or give a TargetVariant: v1."
    )
    assert bench.said(name, "1", TargetVariant="v1") == "<1>"


def test_a_direct_container_is_asked_by_its_host_name(bench, direct, parrot):
    assert bench.said(direct, "1", TargetContainerHostname="right") == "[1]"
    assert refusal(bench, direct) == (
        "Variant v1 runs its containers in Direct mode: give a TargetContainerHostname, one of left, right."
    )
    assert refusal(bench, direct, TargetContainerHostname="up") == (
        "Variant v1 has no container up; it has left, right."
    )
    assert refusal(bench, parrot, TargetContainerHostname="left") == (
        "Variant v1 runs its containers in series; TargetContainerHostname needs Direct."
    )


@pytest.mark.parametrize(
    ("status", "whose", "code"), [(400, "client", "CLIENT_ERROR"), (503, "server", "INTERNAL_FAILURE")]
)
def test_an_error_of_the_model_is_told_with_its_words(bench, parrot, status, whose, code):
    error = bench.refused(bench.runtime.invoke_endpoint, EndpointName=parrot, Body=f"status {status} bad row")
    group = f"/aws/sagemaker/Endpoints/{parrot}"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["Error"] == {
        "Code": "ModelError",
        "Message": f'Received {whose} error ({status}) from primary with message "bad row". See'
        " https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group="
        f"{group} in account {ACCOUNT} for more information.",
    }
    assert error["OriginalStatusCode"] == status
    assert error["OriginalMessage"] == "bad row"
    assert error["LogStreamArn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}"


def test_a_container_that_dies_is_started_again(bench, direct):
    error = bench.refused(
        bench.runtime.invoke_endpoint, EndpointName=direct, Body=b"die", TargetContainerHostname="left"
    )
    assert error["Error"]["Code"] == "ModelError"
    assert error["OriginalStatusCode"] == 0
    assert error["Error"]["Message"].startswith(
        "Received server error (0) from left with message \"the model's container broke the connection: "
    )
    bench.eventually(lambda: still_answers(bench, direct), patience=20)


def still_answers(bench, endpoint):
    """Between its death and its start a container cannot be asked."""
    try:
        return bench.said(endpoint, "1", TargetContainerHostname="left") == "<1>"
    except bench.runtime.exceptions.ModelError:
        return False


def test_bodies_have_a_limit_both_ways(bench, parrot):
    assert len(bench.invoke(parrot, b"x" * (LIMIT - 2))["Body"]) == LIMIT
    error = bench.refused(bench.runtime.invoke_endpoint, EndpointName=parrot, Body=b"x" * (LIMIT + 1))
    assert error["Error"] == {"Code": "413", "Message": "HTTP content length exceeded 6291456 bytes."}
    error = bench.refused(bench.runtime.invoke_endpoint, EndpointName=parrot, Body=b"long")
    assert error["Error"]["Message"].startswith(
        "Received server error (500) from primary and could not load the entire response body. See https://"
    )


def test_what_no_endpoint_has_here_is_refused(bench, parrot):
    assert refusal(bench, parrot, TargetModel="a.tar.gz") == "TargetModel is not served here; leave it out."
    long = "1" * 65
    assert refusal(bench, parrot, InferenceId=long) == (
        f"1 validation error detected: Value '{long}' at 'inferenceId' failed to satisfy constraint: Member"
        " must have length less than or equal to 64"
    )
    error = bench.refused(
        bench.runtime.invoke_endpoint_async, EndpointName=parrot, InputLocation="s3://bucket/in"
    )
    assert error["Error"] == {
        "Code": "NotImplementedException",
        "Message": "Penstock's emulator does not serve async-invocations; use invocations.",
    }


def test_nobody_invokes_without_a_signature(bench, parrot):
    address = urlsplit(bench.emulator.endpoint_url)
    path = f"/endpoints/{parrot}/invocations"

    def status(headers):
        connection = http.client.HTTPConnection(address.hostname, address.port)
        connection.request("POST", path, b"1", headers)
        return connection.getresponse().status

    signed = AWSRequest("POST", bench.emulator.endpoint_url + path, data=b"1", headers={})
    credentials = bench.emulator.state.credentials
    SigV4Auth(
        Credentials(credentials.access_key_id, credentials.secret_access_key), "sagemaker", "us-east-1"
    ).add_auth(signed)
    assert status(dict(signed.headers)) == 200
    assert status({}) == 403
    assert status({**signed.headers, "Origin": "https://example.com"}) == 403
