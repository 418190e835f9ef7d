import socket
import threading

import pytest

from penstock.deployment import environments
from penstock.deployment.aws import connect, persistently
from penstock.errors import PenstockError


@pytest.fixture
def environment(project):
    return environments.load(project, "local")


def failing(environment, call):
    with pytest.raises(PenstockError) as caught, connect(environment) as aws:
        call(aws)
    return str(caught.value)


def describe(aws):
    return aws.sagemaker.describe_pipeline(PipelineName="scoring")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "ExpiredTokenException",
            "DescribePipeline (environment local): AWS refuses the credentials: no\n"
            "Log in again, and check AWS_PROFILE and the AWS_* variables.",
        ),
        (
            "AccessDeniedException",
            "DescribePipeline (environment local): access denied: no\n"
            "Ask whoever looks after account 123456789012 for the permission.",
        ),
        (
            "ResourceLimitExceeded",
            "DescribePipeline (environment local): AWS refuses the request: ResourceLimitExceeded: no\n"
            "Correct what it names and run the command again.",
        ),
    ],
)
def test_what_aws_refuses_is_explained(scripted_aws, environment, code, message):
    scripted_aws.answers["DescribePipeline"] = [scripted_aws.refusal(code)]
    assert failing(environment, describe) == message


def test_an_endpoint_that_is_down_is_named(environment, credentials, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert failing(environment, lambda aws: aws.sts.get_caller_identity()) == (
        "http://127.0.0.1:9/: cannot be reached\n"
        "Check the network, and AWS_ENDPOINT_URL if it is set: does what it names run (`penstock emulate`)?"
    )


def test_a_connection_that_breaks_in_the_middle_of_an_answer_is_told(credentials, environment, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")

        def read(aws):
            answer = threading.Thread(target=half_an_answer, args=(server,))
            answer.start()
            found = aws.s3.get_object(Bucket="things", Key="k")
            answer.join()
            return found["Body"].read()

        assert failing(environment, read).startswith(
            "environment local: cannot be reached\nCheck the network"
        )


def half_an_answer(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def test_an_endpoint_that_is_no_url_is_named(environment, credentials, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:5000")
    assert failing(environment, lambda aws: aws.sts.get_caller_identity()) == (
        "AWS_ENDPOINT_URL: localhost:5000: is not a URL\nSet it to one, or unset it."
    )


def test_an_endpoint_that_is_not_aws_is_told(scripted_aws, environment):
    scripted_aws.answers["GetCallerIdentity"] = [b"Welcome"]
    assert failing(environment, lambda aws: aws.sts.get_caller_identity()) == (
        "environment local: what answers there is not AWS\nCheck AWS_ENDPOINT_URL and the proxy settings."
    )


def test_missing_credentials_are_explained(environment, credentials, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert failing(environment, lambda aws: aws.sts.get_caller_identity()) == (
        "environment local: there are no usable AWS credentials: Unable to locate credentials\n"
        "Log in (`aws sso login`, AWS_PROFILE), or run it under `penstock emulate -- ...`."
    )


def test_throttling_is_retried_until_it_passes(scripted_aws, environment):
    throttled = scripted_aws.refusal("ThrottlingException", "Rate exceeded")
    scripted_aws.answers["DescribePipeline"] = [throttled, throttled, {"PipelineName": "scoring"}]
    with connect(environment) as aws:
        assert describe(aws)["PipelineName"] == "scoring"
    assert len(scripted_aws.calls) == 3


def test_a_full_disk_is_told_and_not_waited_out(scripted_aws, environment):
    full = scripted_aws.refusal("InsufficientStorage", "The disk is full.", status=507)
    scripted_aws.answers["DescribePipeline"] = [full]
    assert failing(environment, lambda aws: aws.sagemaker.describe_pipeline(PipelineName="x")) == (
        "DescribePipeline (environment local): AWS refuses the request: InsufficientStorage:"
        " The disk is full.\n"
        "Correct what it names and run the command again."
    )
    assert len(scripted_aws.calls) == 1


def test_waiting_out_an_outage_ends_when_patience_does(scripted_aws, environment):
    scripted_aws.answers["DescribePipeline"] = [scripted_aws.refusal("InternalFailure", status=500)]
    heard = []

    def describe_for_a_while(aws):
        impatient = aws.client("sagemaker", attempts=1)
        persistently(
            lambda: impatient.describe_pipeline(PipelineName="x"),
            patience=0.05,
            pause=0.01,
            on_trouble=heard.append,
        )

    assert failing(environment, describe_for_a_while) == (
        "DescribePipeline (environment local): AWS is still too busy after several attempts:"
        " InternalFailure: no\n"
        "Run the command again in some minutes; what it has done so far it will not do twice."
    )
    assert len(heard) == 1
