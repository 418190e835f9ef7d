"""What the endpoint answers when a service fails, in each protocol."""

import errno
import json
import sqlite3

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.test import Client

from penstock.emulator.endpoint import sagemaker
from penstock.emulator.endpoint.pipeline import Pipeline
from penstock.emulator.endpoint.request import SENT_HEADERS
from penstock.emulator.endpoint.s3.objects import Objects


def fails_with(error):
    def service(_):
        raise error

    return service


def answer(root, service, kind):
    """The answer to a signed request of a protocol, through a pipeline with one service."""
    pipeline = Pipeline(root, {"KEY": "secret"}.get, [service])
    headers = {
        "s3": {},
        "sagemaker": {"X-Amz-Target": "SageMaker.ListPipelines"},
        "iam": {"Content-Type": "application/x-www-form-urlencoded"},
    }[kind]
    request = AWSRequest("POST", "http://localhost/", headers={"Host": "localhost", **headers}, data=b"")
    auth = S3SigV4Auth if kind == "s3" else SigV4Auth
    auth(Credentials("KEY", "secret"), kind, "us-east-1").add_auth(request)
    sent = list(request.headers.items())
    return Client(pipeline).open(
        "/", method="POST", headers=sent, environ_overrides={SENT_HEADERS: sent, "RAW_URI": "/"}
    )


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("kind", ["s3", "sagemaker", "iam"])
def test_a_full_disk_is_named_and_not_tried_again(tmp_path, error, kind):
    mount = tmp_path
    while not mount.is_mount():
        mount = mount.parent
    message = (
        f"The disk that holds {tmp_path} ({mount}) is full; nothing of this request was kept. "
        "Free some space and try again, or start the emulator with --state on another disk."
    )
    got = answer(tmp_path, fails_with(error), kind)
    assert got.status_code == 507
    if kind == "sagemaker":
        assert json.loads(got.data) == {"__type": "InsufficientStorage", "message": message}
    else:
        assert f"<Code>InsufficientStorage</Code><Message>{message}</Message>" in got.text


def test_a_full_disk_under_sagemakers_documents_is_named_too(tmp_path):
    service = sagemaker.handler(
        lambda *_: fails_with(sqlite3.OperationalError("database or disk is full"))(None), tmp_path
    )
    got = answer(tmp_path, service, "sagemaker")
    assert (got.status_code, json.loads(got.data)["__type"]) == (507, "InsufficientStorage")


def test_a_bug_is_an_internal_failure_without_its_traceback(tmp_path):
    got = answer(tmp_path, fails_with(KeyError("private detail")), "sagemaker")
    assert (got.status_code, json.loads(got.data)) == (
        500,
        {"__type": "InternalFailure", "message": "A bug in the emulator; its log has the cause."},
    )


def test_a_file_that_could_not_be_written_is_not_left_behind(tmp_path):
    objects = Objects(tmp_path)
    with pytest.raises(OSError, match="full"), objects.new_file() as path:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "full")
    assert list((tmp_path / "files").iterdir()) == []


def test_files_that_a_kill_left_behind_are_removed_at_the_next_start(tmp_path):
    objects = Objects(tmp_path)
    with objects.new_file() as path:
        path.write_bytes(b"kept")
        objects.put("bucket", "key", path, {}, None, lambda _: None)
    (tmp_path / "files" / "stray").write_bytes(b"stray")
    objects.close()
    assert Objects(tmp_path).read("s3://bucket/key") == b"kept"
    assert [file.read_bytes() for file in (tmp_path / "files").iterdir()] == [b"kept"]
