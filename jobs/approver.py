"""Answer requests for approval by a policy: the callbacks of pipelines, as messages of an SQS queue.

An AWS Lambda function, invoked by the queue. The policy stands in its environment:
    MINIMUM_<METRIC>, MAXIMUM_<METRIC>    bounds of a metric among the request's arguments: MINIMUM_AUC=0.85

If all bounds hold, the step succeeds with the output approval_status, Approved; if not, it fails with what
did not hold. A request without one of the metrics is not approved. The step of an execution that is being
stopped is ended. A message that is no request for approval is left to the queue's redrive policy.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

LONGEST_REASON = 256  # of SendPipelineExecutionStepFailure


def handler(event: dict[str, Any], context: Any) -> None:
    sagemaker = boto3.client("sagemaker")
    policy = bounds(dict(os.environ))
    for record in event["Records"]:
        answer(sagemaker, json.loads(record["body"]), policy)


def bounds(environment: dict[str, str]) -> dict[str, tuple[str, float]]:
    """{variable: (metric, bound)} of all bounds in the environment."""
    return {
        name: (name.split("_", 1)[1].lower(), float(value))
        for name, value in sorted(environment.items())
        if name.startswith(("MINIMUM_", "MAXIMUM_"))
    }


def answer(sagemaker: Any, request: dict[str, Any], policy: dict[str, tuple[str, float]]) -> None:
    """Ends the step that the request is from."""
    token = request["token"]
    try:
        if request.get("status") == "Stopping":
            refuse(sagemaker, token, "The execution is being stopped.")
            return
        objections = review(request.get("arguments", {}), policy)
        if objections:
            refuse(sagemaker, token, "Not approved: " + "; ".join(objections) + ".")
            return
        sagemaker.send_pipeline_execution_step_success(
            CallbackToken=token,
            OutputParameters=[{"Name": "approval_status", "Value": "Approved"}],
        )
        print(
            f"{token}: Approved, as {', '.join(f'{name}={bound:g}' for name, (_, bound) in policy.items())}."
        )
    except ClientError as error:
        # Somebody else has answered, or the execution is gone: asking again would change nothing.
        if error.response["Error"]["Code"] not in ("ConflictException", "ResourceNotFound"):
            raise
        print(f"{token}: {error.response['Error']['Message']}")


def review(arguments: dict[str, Any], policy: dict[str, tuple[str, float]]) -> list[str]:
    """What speaks against an approval; nothing if all bounds hold."""
    objections = []
    for name, (metric, bound) in policy.items():
        try:
            value = float(arguments[metric])
        except (KeyError, TypeError, ValueError):
            objections.append(f"the request has no {metric}")
            continue
        if name.startswith("MINIMUM_") and not value >= bound:
            objections.append(f"{metric} {value:g} is below the minimum of {bound:g}")
        if name.startswith("MAXIMUM_") and not value <= bound:
            objections.append(f"{metric} {value:g} is above the maximum of {bound:g}")
    return objections if policy else ["the policy is empty"]


def refuse(sagemaker: Any, token: str, reason: str) -> None:
    sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason=reason[:LONGEST_REASON])
    print(f"{token}: {reason}")
