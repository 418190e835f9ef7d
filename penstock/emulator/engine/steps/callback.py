"""The Callback step: tells a queue what is wanted, and waits until somebody answers.

The message's body is {token, pipelineExecutionArn, arguments, status}; the answer comes through
SendPipelineExecutionStepSuccess or -Failure with that token. What is asked and answered is a document of the
store, kind "Callback", by its token.
"""

import json
import secrets
import string
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.engine.model import Step
from penstock.emulator.engine.outputs import typed
from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.steps.interface import (
    Context,
    Handle,
    Progress,
    WorkFailed,
    refused,
    without_outputs,
)

KIND = "Callback"

# 10 letters and digits (facts/pipeline-execution.md, section 6).
_TOKEN_LENGTH = 10
_ALPHABET = string.ascii_letters + string.digits


class Callback:
    name_member = ""

    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        return {
            "SqsQueueUrl": context.evaluate(step.settings["SqsQueueUrl"], f"{step.where}.SqsQueueUrl"),
            "Arguments": context.evaluate(step.arguments, f"{step.where}.Arguments"),
            "Outputs": step.outputs,
        }

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        _supersede(context)
        token = "".join(secrets.choice(_ALPHABET) for _ in range(_TOKEN_LENGTH))
        callback = {
            "CallbackToken": token,
            "PipelineExecutionArn": context.execution_arn,
            "StepName": context.step_name,
            **arguments,
            "Status": "Executing",
        }
        # Stored first: the answer may come before this returns.
        context.store.create(KIND, token, callback)
        try:
            _send(callback, "Executing", context)
        except WorkFailed:
            context.store.delete(KIND, token)
            raise
        return Progress("Executing", _metadata(callback), {"CallbackToken": token})

    def observe(self, handle: Handle, context: Context) -> Progress:
        callback = _document(handle, context)
        match callback["Status"]:
            case "Succeeded":
                return Progress("Succeeded", _metadata(callback))
            case "Failed":
                text = callback["FailureReason"] or f"The callback of step {context.step_name} failed."
                return Progress("Failed", failure=Failure(text))
            case _:
                return Progress("Executing")

    def stop(self, handle: Handle, context: Context) -> None:
        """Say that the execution is to stop; the step goes on until it is answered (section 4.2)."""
        _send(_document(handle, context), "Stopping", context)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        callback = _document(handle, context)
        if "OutputParameters" not in callback:
            raise without_outputs(context.step_name)
        given = {item["Name"]: item["Value"] for item in callback["OutputParameters"]}
        return {"OutputParameters": typed(callback["Outputs"], given)}


def _supersede(context: Context) -> None:
    """An earlier attempt's message may still be answered; nobody waits for that any more."""
    for callback in context.store.all(KIND):
        mine = (callback["PipelineExecutionArn"], callback["StepName"])
        if mine == (context.execution_arn, context.step_name) and callback["Status"] == "Executing":
            context.store.update(KIND, callback["CallbackToken"], lambda it: it.update(Status="Superseded"))


def _document(handle: Handle, context: Context) -> dict[str, Any]:
    document = context.store.get(KIND, handle["CallbackToken"])
    assert document is not None, "it was stored when the step began"
    return document


def _metadata(callback: dict[str, Any]) -> dict[str, Any]:
    members = ("CallbackToken", "SqsQueueUrl", "OutputParameters")
    return {"Callback": {name: callback[name] for name in members if name in callback}}


def _send(callback: dict[str, Any], status: str, context: Context) -> None:
    """Raises WorkFailed. "Executing" in the first message is presumed (facts, section 7)."""
    body = {
        "token": callback["CallbackToken"],
        "pipelineExecutionArn": callback["PipelineExecutionArn"],
        "arguments": callback["Arguments"],
        "status": status,
    }
    try:
        context.client("sqs").send_message(QueueUrl=callback["SqsQueueUrl"], MessageBody=json.dumps(body))
    except (ClientError, BotoCoreError) as error:
        raise WorkFailed(refused("sqs:SendMessage", error)) from None
