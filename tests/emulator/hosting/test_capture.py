"""Data capture: what a line says, when and where it is written."""

import base64
import json
import re
import threading
import uuid

import pytest

from penstock.emulator.hosting.capture import Capture, Exchange, Format
from penstock.emulator.hosting.invocation import Invocation
from penstock.emulator.jobs.failures import JobFailed
from penstock.emulator.jobs.serving import Answer

pytestmark = pytest.mark.xdist_group("hosting")

NOON = 1_645_632_000.25  # 2022-02-23T16:00:00.250Z
CONFIG = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/some/prefix",
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    "CaptureContentTypeHeader": {
        "CsvContentTypes": ["text/csv"],
        "JsonContentTypes": ["application/json"],
    },
}


class FakeS3:
    """Keeps what is put, in order."""

    def __init__(self):
        self.put = []

    def put_object(self, **members):
        self.put.append(members)


class Disk:
    def __init__(self):
        self.usage = 0.5

    def __call__(self):
        return self.usage


class Watched:
    """A capture with a fake S3, a disk to fill and the changes that it told of."""

    def __init__(self, patience=0.01, **config):
        self.s3, self.disk, self.changes = FakeS3(), Disk(), []
        self.told = threading.Event()
        self.capture = Capture("name", {**CONFIG, **config}, self.s3, self.disk, self.change, patience)

    def change(self, started):
        self.changes.append(started)
        self.told.set()

    def take(self, body, variant="all", arrived=NOON):
        self.capture.take(exchange(body, variant=variant, arrived=arrived))

    def bodies(self):
        """The inputs that were written, when everything is."""
        self.capture.close()
        lines = [json.loads(line) for put in self.s3.put for line in put["Body"].splitlines()]
        return [line["captureData"]["endpointInput"]["data"] for line in lines]


def exchange(body=b"1", content_type="text/csv", *, variant="all", arrived=NOON, **members):
    answer = Answer(b'{"score":0.5}', "application/json; charset=utf-8")
    return Exchange(variant, Invocation(body, content_type, **members), answer, arrived)


def line(config, *arguments, **members):
    return json.loads(Format.of({**CONFIG, **config}).line(exchange(*arguments, **members)))


def test_a_line_is_as_documented():
    text = Format.of(CONFIG).line(exchange("a,é\n".encode(), custom_attributes="trace=1", inference_id="42"))
    found = json.loads(text)
    assert uuid.UUID(found["eventMetadata"].pop("eventId")).version == 4
    assert found == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "a,é\n",
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "application/json; charset=utf-8",
                "mode": "OUTPUT",
                "data": '{"score":0.5}',
                "encoding": "JSON",
            },
        },
        "eventMetadata": {
            "customAttributes": ["trace=1"],
            "inferenceId": "42",
            "inferenceTime": "2022-02-23T16:00:00Z",
        },
        "eventVersion": "0",
    }
    assert list(found) == ["captureData", "eventMetadata", "eventVersion"]


@pytest.mark.parametrize(
    ("modes", "sides"),
    [
        (["Input"], {"endpointInput"}),
        (["Output"], {"endpointOutput"}),
        (["Input", "Output"], {"endpointInput", "endpointOutput"}),
        (["InputAndOutput"], {"endpointInput", "endpointOutput"}),
    ],
)
def test_only_the_chosen_sides_are_captured(modes, sides):
    found = line({"CaptureOptions": [{"CaptureMode": mode} for mode in modes]})
    assert found["captureData"].keys() == sides
    assert found["eventMetadata"].keys() == {"eventId", "inferenceTime"}


@pytest.mark.parametrize(
    ("config", "body", "content_type", "encoding"),
    [
        ({}, b"1", "TEXT/CSV; header=absent", "CSV"),
        ({}, b"1", "application/x-parquet", "BASE64"),
        ({}, b"1", "", "BASE64"),
        ({}, b"\xff", "text/csv", "BASE64"),
        ({"CaptureContentTypeHeader": {}}, b"1", "text/csv", "BASE64"),
        ({"CaptureContentTypeHeader": {"JsonContentTypes": ["text/csv"]}}, b"1", "text/csv", "JSON"),
    ],
)
def test_what_is_not_listed_or_no_text_is_base64(config, body, content_type, encoding):
    found = line(config, body, content_type)["captureData"]["endpointInput"]
    assert (found["observedContentType"], found["encoding"]) == (content_type, encoding)
    data = base64.b64decode(found["data"]) if encoding == "BASE64" else found["data"].encode()
    assert data == body


def test_files_lie_by_variant_and_hour():
    watched = Watched(KmsKeyId="key")
    watched.take(b"1")
    watched.take(b"2")
    watched.take(b"3", variant="other")
    watched.take(b"4", arrived=NOON + 3600)
    assert sorted(watched.bodies()) == ["1", "2", "3", "4"]
    keys = [put["Key"] for put in watched.s3.put]
    ending = "[0-9a-f]{8}-[0-9a-f-]{27}.jsonl"
    folders = {re.sub(f"/00-00-250-{ending}$", "", key) for key in keys}
    assert folders == {
        "some/prefix/name/all/2022/02/23/16",
        "some/prefix/name/other/2022/02/23/16",
        "some/prefix/name/all/2022/02/23/17",
    }
    assert {put["Bucket"] for put in watched.s3.put} == {"bucket"}
    assert {(put["ServerSideEncryption"], put["SSEKMSKeyId"]) for put in watched.s3.put} == {
        ("aws:kms", "key")
    }


def test_so_many_of_a_hundred_are_captured():
    watched = Watched(InitialSamplingPercentage=20)
    for _ in range(50):
        watched.take(b"1")
    assert len(watched.bodies()) == 10


def test_capture_pauses_while_the_disk_is_full():
    watched = Watched()
    watched.take(b"1")
    watched.disk.usage = 0.76
    watched.take(b"2")
    assert watched.told.wait(10)
    watched.disk.usage = 0.75
    watched.take(b"3")
    assert sorted(watched.bodies()) == ["1", "3"]
    assert watched.changes == [False, True]


def test_nothing_is_written_twice_or_left_behind():
    watched = Watched(patience=60)
    for number in range(1000):
        watched.take(b"%d" % number)
    assert watched.bodies() == [str(number) for number in range(1000)]


def test_a_destination_must_be_in_s3():
    with pytest.raises(JobFailed) as caught:
        Watched(DestinationS3Uri="https://example.com/x")
    assert str(caught.value) == ("ClientError: 'https://example.com/x' is not an S3 URI: s3://bucket/key")


def test_an_endpoint_captures_what_goes_through_it(bench):
    name = bench.endpoint(capture={}, shadow=bench.model({"MARKS": "[]"}))
    summary = bench.sagemaker.describe_endpoint(EndpointName=name)["DataCaptureConfig"]
    assert summary == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{bench.bucket}/captured/",
        "KmsKeyId": "",
    }
    bench.said(name, "1,2", InferenceId="42")
    # Within seconds; and the shadow's answers apart from the others.
    (key,) = bench.eventually(lambda: bench.keys(f"captured/{name}/v1/"), patience=20)
    (other,) = bench.eventually(lambda: bench.keys(f"captured/{name}/shadow/"), patience=20)
    assert re.fullmatch(rf"captured/{name}/v1/\d{{4}}/\d\d/\d\d/\d\d/[0-9a-f-]+\.jsonl", key)
    found, shadow = (
        json.loads(bench.s3.get_object(Bucket=bench.bucket, Key=each)["Body"].read()) for each in (key, other)
    )
    assert found["captureData"]["endpointInput"]["data"] == "1,2"
    assert found["captureData"]["endpointOutput"] == {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "data": "<1,2>",
        "encoding": "CSV",
    }
    assert found["eventMetadata"]["inferenceId"] == "42"
    assert shadow["captureData"]["endpointOutput"]["data"] == "[1,2]"

    # What waits is written when the endpoint goes.
    bench.said(name, "3")
    bench.sagemaker.delete_endpoint(EndpointName=name)
    bench.gone(name)
    assert len(bench.keys(f"captured/{name}/v1/")) == 2


def test_capture_can_be_switched_off(bench):
    name = bench.endpoint(capture={"EnableCapture": False})
    bench.said(name, "1")
    summary = bench.sagemaker.describe_endpoint(EndpointName=name)["DataCaptureConfig"]
    assert (summary["EnableCapture"], summary["CaptureStatus"]) == (False, "Stopped")
    bench.sagemaker.delete_endpoint(EndpointName=name)
    bench.gone(name)
    assert bench.keys(f"captured/{name}/") == []
