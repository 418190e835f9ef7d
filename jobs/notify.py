"""Tell what an execution has delivered: a record in S3, for whoever listens to the bucket.

An AWS Lambda function. The event: notification_uri, the S3 URI of the record, and any other members, which
are the record's content. The answer: notification_uri and message, the record in one sentence.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    facts = {name: value for name, value in event.items() if name != "notification_uri"}
    message = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()) + "."
    record = {"time": datetime.now(timezone.utc).isoformat(timespec="seconds"), "message": message, **facts}
    bucket, _, key = event["notification_uri"].removeprefix("s3://").partition("/")
    body = json.dumps(record, indent=2, ensure_ascii=False).encode("utf-8")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    print(message)
    return {"notification_uri": event["notification_uri"], "message": message}
