from uuid import uuid4

import boto3
from botocore.config import Config

from penstock.emulator.jobs.logs import LogStream


def read(logs, stream: LogStream) -> list[str]:
    found, token = [], {}
    while True:
        page = logs.get_log_events(
            logGroupName=stream.group, logStreamName=stream.stream, startFromHead=True, **token
        )
        if not page["events"]:
            return found
        found += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"]}


def test_lines_arrive_in_order_in_several_batches(aws):
    with LogStream(aws("logs"), f"/test/{uuid4()}", "a/b-1") as stream:
        for number in range(12_000):
            stream.write(f"line {number}")
    assert read(aws("logs"), stream) == [f"line {number}" for number in range(12_000)]


def test_long_and_empty_lines_arrive(aws):
    lines = ["x" * 250_000, "", "é" * 100_000, *["y" * 200_000] * 6]
    with LogStream(aws("logs"), f"/test/{uuid4()}", "a/b-1") as stream:
        for line in lines:
            stream.write(line)
    assert read(aws("logs"), stream) == [line or " " for line in lines]


def test_the_last_lines_are_kept(aws):
    with LogStream(aws("logs"), f"/test/{uuid4()}", "a/b-1") as stream:
        for number in range(100):
            stream.write(str(number))
    assert stream.tail.splitlines() == [str(number) for number in range(80, 100)]


def test_lines_that_are_lost_are_told_once_and_a_job_without_any_loses_none(caplog):
    # Nothing listens there.
    client = boto3.client(
        "logs",
        "us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with LogStream(client, "/test", "silent"):
        pass
    assert caplog.messages == []
    with LogStream(client, "/test", "loud") as stream:
        for _ in range(20_000):  # more than one batch
            stream.write("x")
    (message,) = caplog.messages
    assert message.startswith("/test, loud: lines are lost: Could not connect to the endpoint URL")
