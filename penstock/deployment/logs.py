"""The last lines that a step's job wrote to CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, is_denied, is_missing

# Where each kind of job logs; a stream's name begins with the job's. Keys are those of a step's Metadata.
_GROUPS = {
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
    "AutoMLJob": "/aws/sagemaker/AutoMLJobs",
    "QualityCheck": "/aws/sagemaker/ProcessingJobs",
    "ClarifyCheck": "/aws/sagemaker/ProcessingJobs",
}


def last_lines(aws: Aws, kind: str, metadata: Mapping[str, Any], count: int = 10) -> list[str]:
    """The newest lines, oldest first; empty if the job wrote none or they may not be read.

    `metadata` is the member `kind` of a step's Metadata.
    """
    arn = metadata.get("Arn") or metadata.get("CheckJobArn")
    if kind not in _GROUPS or not arn:
        return []
    job = str(arn).rpartition("/")[2]
    try:
        streams = aws.logs.describe_log_streams(logGroupName=_GROUPS[kind], logStreamNamePrefix=f"{job}/")[
            "logStreams"
        ]
        events = [
            event
            for stream in streams
            for event in aws.logs.get_log_events(
                logGroupName=_GROUPS[kind],
                logStreamName=stream["logStreamName"],
                limit=count,
                startFromHead=False,
            )["events"]
        ]
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return []
        raise
    events.sort(key=lambda event: event["timestamp"])
    return [event["message"].rstrip() for event in events[-count:]]
