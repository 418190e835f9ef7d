import json

import boto3
import pytest
from moto import mock_aws

from jobs.notify import handler


@pytest.fixture
def s3(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="things")
        yield client


def test_a_record_of_what_was_delivered_is_in_s3(s3):
    uri = "s3://things/run/Notify/notification.json"
    answer = handler({"notification_uri": uri, "model_package": "arn:x/1", "auc": 0.93}, None)
    assert answer == {"notification_uri": uri, "message": "model package: arn:x/1; auc: 0.93."}
    record = json.loads(s3.get_object(Bucket="things", Key="run/Notify/notification.json")["Body"].read())
    assert record.pop("time").endswith("+00:00")
    assert record == {"message": answer["message"], "model_package": "arn:x/1", "auc": 0.93}
