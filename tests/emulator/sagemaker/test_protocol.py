"""JSON 1.1: bytes in, a response out."""

import datetime
import json

import pytest
from botocore.exceptions import ClientError

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.protocol import respond


def answered(call, target, body):
    response = respond(call, target, body)
    return response, json.loads(response.get_data())


def test_an_answer_is_json_with_a_request_id():
    response, data = answered(
        lambda operation, request: {"Asked": operation, **request}, "SageMaker.X", b'{"a":1}'
    )
    assert data == {"Asked": "X", "a": 1}
    assert response.status_code == 200
    assert response.content_type == "application/x-amz-json-1.1"
    assert len(response.headers["x-amzn-RequestId"]) == 36


def test_an_empty_body_is_an_empty_request():
    assert answered(lambda _, request: request, "SageMaker.X", b"")[1] == {}


def test_an_error_has_its_code_message_and_status():
    def call(operation, request):
        raise ServiceError("ResourceNotFound", "There is none.", 400)

    response, data = answered(call, "SageMaker.X", b"{}")
    assert response.status_code == 400
    assert response.headers["x-amzn-ErrorType"] == "ResourceNotFound"
    assert data == {"__type": "ResourceNotFound", "message": "There is none.", "Message": "There is none."}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{]", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."),
        (b"\xff", "is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte."),
        (b"[]", "is not a JSON object."),
        (b'{"a": NaN}', "is not JSON: NaN is no JSON number."),
        (b"[" * 100_000, "is not JSON: it is nested too deeply."),
    ],
)
def test_a_body_that_is_no_request_is_refused(body, message):
    response, data = answered(lambda _, request: request, "SageMaker.X", body)
    assert (response.status_code, data["__type"]) == (400, "SerializationException")
    assert data["message"] == f"The request body {message}"


def test_a_bug_is_an_internal_failure_without_its_traceback(caplog):
    def call(operation, request):
        raise KeyError("secret")

    response, data = answered(call, "SageMaker.DescribeModel", b"{}")
    assert response.status_code == 500
    assert data["__type"] == "InternalFailure"
    assert data["message"] == "DescribeModel failed in the emulator; its log has the cause."
    assert "secret" in caplog.text


def test_unknown_and_unserved_operations_are_told_apart(bench):
    response, data = answered(bench.service.call, "SageMaker.MakeCoffee", b"{}")
    assert (response.status_code, data["__type"]) == (400, "UnknownOperationException")
    assert data["message"] == "SageMaker has no operation 'MakeCoffee'."

    response, data = answered(bench.service.call, "SageMaker.CreateNotebookInstance", b"{}")
    assert (response.status_code, data["__type"]) == (501, "NotImplementedException")
    assert data["message"] == "Penstock's emulator does not serve CreateNotebookInstance."


def test_boto3_reads_times_and_raises_modelled_errors(bench, client):
    bench.processing_job("job")
    job = client.describe_processing_job(ProcessingJobName="job")
    assert job["CreationTime"] == datetime.datetime.fromtimestamp(1_700_000_001, datetime.UTC)

    with pytest.raises(client.exceptions.ResourceNotFound) as caught:
        client.describe_processing_job(ProcessingJobName="none")
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFound",
        "Message": "Could not find requested job with name: none",
    }
    with pytest.raises(ClientError, match="does not serve ListNotebookInstances"):
        client.list_notebook_instances()


def test_boto3_sends_times_that_filters_understand(bench, client):
    bench.processing_job("job")
    created = datetime.datetime.fromtimestamp(1_700_000_001, datetime.UTC)
    one_second = datetime.timedelta(seconds=1)
    assert client.list_processing_jobs(CreationTimeAfter=created)["ProcessingJobSummaries"]
    assert not client.list_processing_jobs(CreationTimeAfter=created + one_second)["ProcessingJobSummaries"]
