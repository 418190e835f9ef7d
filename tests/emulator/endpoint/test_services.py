"""moto's services over the wire, and what is left of them after a restart or a kill."""

import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[3]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def zip_of(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def make_some_of_everything(client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="survivor")
    s3.put_bucket_versioning(Bucket="survivor", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="survivor", Key="code.zip", Body=zip_of("handler = len"))
    s3.put_object(Bucket="survivor", Key="k/ü", Body=b"1", Metadata={"a_b": "c"})
    s3.put_object(Bucket="survivor", Key="k/ü", Body=b"2", Tagging="t=1")
    s3.put_object(Bucket="survivor", Key="deleted", Body=b"2")
    s3.delete_object(Bucket="survivor", Key="deleted")
    upload = s3.create_multipart_upload(Bucket="survivor", Key="parts")["UploadId"]
    s3.upload_part(Bucket="survivor", Key="parts", UploadId=upload, PartNumber=1, Body=b"part")
    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client("iam").attach_role_policy(
        RoleName="role", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    queue = client("sqs").create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="first")
    client("sqs").send_message(QueueUrl=queue, MessageBody="second")
    first = client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/sagemaker/ProcessingJobs")
    logs.create_log_stream(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName="job/algo-1-1")
    logs.put_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs",
        logStreamName="job/algo-1-1",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": "hello"}],
    )
    client("kms").create_key(Description="key")
    client("ecr").create_repository(repositoryName="repository")
    client("events").put_rule(Name="rule", ScheduleExpression="rate(1 day)")
    for name, code in (
        ("inline", {"ZipFile": zip_of("x = 1")}),
        ("from-s3", {"S3Bucket": "survivor", "S3Key": "code.zip"}),
    ):
        client("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="index.handler", Code=code
        )


def all_there_is(client) -> list:
    """What the services say of all that was made, less what holds the port."""
    s3, logs, lambda_ = client("s3"), client("logs"), client("lambda")
    return [
        s3.list_buckets()["Buckets"],
        s3.get_bucket_versioning(Bucket="survivor")["Status"],
        s3.list_object_versions(Bucket="survivor")["Versions"],
        s3.list_object_versions(Bucket="survivor")["DeleteMarkers"],
        s3.get_object(Bucket="survivor", Key="k/ü")["Body"].read(),
        s3.get_object_tagging(Bucket="survivor", Key="k/ü")["TagSet"],
        s3.list_multipart_uploads(Bucket="survivor")["Uploads"],
        client("iam").list_roles()["Roles"],
        client("iam").list_attached_role_policies(RoleName="role")["AttachedPolicies"],
        [url.rpartition("/")[2] for url in client("sqs").list_queues()["QueueUrls"]],
        logs.describe_log_groups()["logGroups"],
        logs.describe_log_streams(logGroupName="/aws/sagemaker/ProcessingJobs")["logStreams"],
        logs.get_log_events(
            logGroupName="/aws/sagemaker/ProcessingJobs", logStreamName="job/algo-1-1"
        )["events"],
        client("kms").list_keys()["Keys"],
        client("ecr").describe_repositories()["repositories"],
        client("events").list_rules()["Rules"],
        sorted(lambda_.list_functions()["Functions"], key=lambda function: function["FunctionName"]),
    ]  # fmt: skip


def assert_same(one, other, where="") -> None:
    """Equal, but for the milliseconds that a request takes to be carried out."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for name in one:
            assert_same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{where}[{index}]")
    elif isinstance(one, datetime):
        assert abs(one - other).total_seconds() <= 1, where
    elif isinstance(one, int) and one > 1_000_000_000_000:
        assert abs(one - other) <= 1000, where
    elif isinstance(one, str) and re.match(r"\d{4}-\d\d-\d\dT", one):
        assert abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds() <= 1, where
    else:
        assert one == other, where


@pytest.mark.long
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_everything_is_there_again_after_the_end_of_the_process(start_emulator, tmp_path, end):
    before = start_emulator(tmp_path)
    make_some_of_everything(before.client)
    there = all_there_is(before.client)
    getattr(before, end)()
    after = start_emulator(tmp_path)
    assert_same(all_there_is(after.client), there)
    queue = after.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    messages = after.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["second"]
    # What is made after the restart is new, not a repetition.
    key = after.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert key not in str(there)
    after.stop()


def test_a_queue_can_be_waited_at_while_others_send(client):
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="waited-at")["QueueUrl"]
    timer = threading.Timer(0.3, lambda: sqs.send_message(QueueUrl=queue, MessageBody="late"))
    timer.start()
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=15)["Messages"]
    assert [message["Body"] for message in messages] == ["late"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)


# A process that goes on after its emulator, as those who were answered while it ended would tell.
WAITS = """
import sys, threading
from pathlib import Path
from botocore.exceptions import BotoCoreError, ClientError
from penstock.emulator.app import Emulator
from penstock.emulator.endpoint.environment import client
from penstock.emulator.state import StateDirectory

state, sent = StateDirectory(Path(sys.argv[1])), threading.Event()
with Emulator(state) as emulator:
    sqs = client(state, emulator.endpoint_url, "sqs")
    queue = sqs.create_queue(QueueName="waited-at")["QueueUrl"]
    sqs.meta.events.register("before-send.sqs.ReceiveMessage", lambda **_: sent.set())
    answers = []

    def wait():
        try:
            answers.append(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20))
        except (ClientError, BotoCoreError):
            answers.append({})  # it came too late to wait

    waiting = threading.Thread(target=wait)
    waiting.start()
    sent.wait()
    sqs.list_queues()
waiting.join()
print(["Messages" in answer for answer in answers])
"""


@pytest.mark.long
def test_who_waits_at_a_queue_has_an_answer_when_the_emulator_ends(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WAITS, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", "[False]\n")


def test_accounts_and_regions_are_the_state_directorys(client, emulator):
    assert client("sts").get_caller_identity()["Account"] == "000000000000"
    queue = client("sqs").create_queue(QueueName="where")["QueueUrl"]
    assert queue == f"{emulator.endpoint_url}/000000000000/where"


def test_a_service_that_is_not_served_says_so(client):
    with pytest.raises(ClientError) as caught:
        client("dynamodb").list_tables()
    assert caught.value.response["Error"]["Message"] == (
        "The emulator does not serve dynamodb; it serves SageMaker, s3, sqs, iam, sts, logs, kms, ecr, "
        "events, lambda, elasticmapreduce, emr-serverless."
    )


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "name"),
    [
        ("lambda", "invoke_async", {"FunctionName": "f", "InvokeArgs": b"{}"}, "lambda:InvokeAsync"),
        ("events", "create_api_destination",
         {"Name": "n", "ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1",
          "InvocationEndpoint": "https://example.com", "HttpMethod": "GET"}, "events:CreateApiDestination"),
        ("s3", "put_bucket_notification_configuration",
         {"Bucket": "any-bucket", "NotificationConfiguration": {}}, "s3:PutBucketNotificationConfiguration"),
    ],
)  # fmt: skip
def test_what_would_leave_the_machine_or_never_happen_is_refused(client, service, operation, arguments, name):
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**arguments)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert response["Error"]["Message"] == f"The emulator does not do {name}."


def test_a_request_that_failed_is_not_repeated_at_the_next_start(start_emulator, tmp_path):
    first = start_emulator(tmp_path)
    first.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(ClientError):
        first.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
    first.kill()
    second = start_emulator(tmp_path)
    assert [role["RoleName"] for role in second.client("iam").list_roles()["Roles"]] == ["role"]
    assert "replay" not in second.stop()
