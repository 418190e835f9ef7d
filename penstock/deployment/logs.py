"""The last lines that a step's job, function or cluster step wrote, from CloudWatch Logs or from S3."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
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
    """The newest lines, oldest first; empty if nothing was written or it may not be read.

    `metadata` is the member `kind` of a step's Metadata.
    """
    try:
        if kind == "EMR":
            return _of_cluster_step(aws, str(metadata.get("LogFilePath") or ""), count)
        group, streams = _streams(aws, kind, metadata)
        events = [
            event
            for stream in streams
            for event in aws.logs.get_log_events(
                logGroupName=group, logStreamName=stream, limit=count, startFromHead=False
            )["events"]
        ]
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return []
        raise
    events.sort(key=lambda event: event["timestamp"])
    return [event["message"].rstrip() for event in events[-count:]]


def _streams(aws: Aws, kind: str, metadata: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The log group, and the streams in it that are the step's."""
    arn = str(metadata.get("Arn") or metadata.get("CheckJobArn") or "")
    if not arn:
        return "", []
    if kind == "Lambda":
        # Nothing tells which of a function's streams an invocation wrote to: the newest is the likeliest.
        group = f"/aws/lambda/{arn.split(':')[6]}"
        asked: dict[str, Any] = {"orderBy": "LastEventTime", "descending": True, "limit": 1}
    elif kind in _GROUPS:
        group = _GROUPS[kind]
        asked = {"logStreamNamePrefix": f"{arn.rpartition('/')[2]}/"}
    else:
        return "", []
    found = aws.logs.describe_log_streams(logGroupName=group, **asked)["logStreams"]
    return group, [stream["logStreamName"] for stream in found]


def _of_cluster_step(aws: Aws, folder: str, count: int) -> list[str]:
    """EMR keeps a step's logs as gzipped files below the cluster's LogUri; the first of them that says
    anything is what the step's program wrote."""
    for lines in _cluster_step_logs(aws, folder):
        if lines:
            return lines[-count:]
    return []


def _cluster_step_logs(aws: Aws, folder: str) -> Iterator[list[str]]:
    bucket, _, prefix = folder.partition("://")[2].partition("/")
    for name in ("stderr.gz", "stdout.gz", "controller.gz") if bucket else ():
        try:
            packed = aws.s3.get_object(Bucket=bucket, Key=f"{prefix.rstrip('/')}/{name}")["Body"].read()
            yield gzip.decompress(packed).decode(errors="replace").splitlines()
        except ClientError as error:
            if not is_missing(error):  # a log may come some minutes after the step's end, or never
                raise
        except (EOFError, gzip.BadGzipFile, zlib.error):
            pass
