"""Deploy a model on a real-time endpoint that captures what it is asked and what it answers.

An AWS Lambda function. The event: model_name, endpoint_name, instance_type, capture_uri (S3 prefix), and
optionally instance_count (1), sampling_percentage (100) and kms_key. The answer: endpoint_name,
endpoint_arn, endpoint_config_name, and action, which is created, updated or unchanged.

The endpoint's configuration is named after its content, so the same event twice changes nothing. The function
waits until the endpoint is in service, and gives up shortly before its own time-out.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError

# Kept of the function's time to say what happened.
RESERVE_SECONDS = 5.0
POLL_SECONDS = 10.0
CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    return deploy(boto3.client("sagemaker"), event, seconds)


def deploy(sagemaker: Any, event: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Raises RuntimeError if the endpoint does not come into service within `seconds`."""
    name = event["endpoint_name"]
    config = configuration(event)
    deadline = time.monotonic() + seconds
    before = describe(sagemaker, name)
    if before and before["EndpointStatus"] in CHANGING:
        before = wait(sagemaker, name, deadline)
    make_config(sagemaker, config)
    config_name = config["EndpointConfigName"]
    if before is None:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config_name)
        action = "created"
    elif before["EndpointStatus"] == "InService" and before["EndpointConfigName"] == config_name:
        action = "unchanged"
    else:
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config_name)
        action = "updated"
    endpoint = wait(sagemaker, name, deadline)
    if endpoint["EndpointStatus"] != "InService" or endpoint["EndpointConfigName"] != config_name:
        why = endpoint.get("FailureReason", "no reason is given")
        raise RuntimeError(f"Endpoint {name} is {endpoint['EndpointStatus']}: {why}")
    print(f"Endpoint {name}: {action}, in service with {config_name}.")
    return {
        "endpoint_name": name,
        "endpoint_arn": endpoint["EndpointArn"],
        "endpoint_config_name": config_name,
        "action": action,
    }


def configuration(event: dict[str, Any]) -> dict[str, Any]:
    """The request of CreateEndpointConfig; its name ends with the digest of the rest."""
    request: dict[str, Any] = {
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "ModelName": event["model_name"],
                "InstanceType": event["instance_type"],
                "InitialInstanceCount": int(event.get("instance_count", 1)),
            }
        ],
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": int(event.get("sampling_percentage", 100)),
            "DestinationS3Uri": event["capture_uri"],
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    }
    if event.get("kms_key"):
        request["KmsKeyId"] = request["DataCaptureConfig"]["KmsKeyId"] = event["kms_key"]
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    return {"EndpointConfigName": f"{event['endpoint_name'][:54]}-{digest[:8]}", **request}


def make_config(sagemaker: Any, config: dict[str, Any]) -> None:
    """Creates the configuration, unless it is there: its name says its content."""
    try:
        sagemaker.describe_endpoint_config(EndpointConfigName=config["EndpointConfigName"])
    except ClientError as error:
        if not is_missing(error):
            raise
        sagemaker.create_endpoint_config(**config)


def describe(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """The endpoint, None if there is none."""
    try:
        return sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if not is_missing(error):
            raise
        return None


def is_missing(error: ClientError) -> bool:
    return "Could not find" in error.response["Error"]["Message"]


def wait(sagemaker: Any, name: str, deadline: float) -> dict[str, Any]:
    """The endpoint once it no longer changes. Raises RuntimeError at the deadline."""
    pause = 0.2
    while True:
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        status = endpoint["EndpointStatus"]
        if status not in CHANGING:
            return endpoint
        if time.monotonic() + pause > deadline:
            raise RuntimeError(
                f"Endpoint {name} is still {status} and goes on without this function, whose time is over."
                " Retry the execution once it is in service."
            )
        time.sleep(pause)
        pause = min(pause * 2, POLL_SECONDS)
