"""The Lambda step: invokes a function with its Arguments as the event, and has its answer as outputs.

What the function came to is a document of the store, kind "FunctionInvocation", written by the thread that
waits for it; that wakes the engine.
"""

import json
import logging
import threading
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.engine.model import Step
from penstock.emulator.engine.outputs import OutputError, listed, typed
from penstock.emulator.engine.policy import TIMED_OUT, Failure
from penstock.emulator.engine.steps.interface import Context, Handle, Progress, refused, without_outputs

KIND = "FunctionInvocation"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lambda:
    """`patience` is how long (s) a pipeline waits for a function (facts/pipeline-execution.md, section 6). It
    cannot be told to stop; the function's own time-out, 120 s unless its author says otherwise, ends it."""

    patience: float = 600.0
    name_member: str = ""

    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        return {
            "FunctionArn": context.evaluate(step.settings["FunctionArn"], f"{step.where}.FunctionArn"),
            "Event": context.evaluate(step.arguments, f"{step.where}.Arguments"),
            "Outputs": step.outputs,
        }

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        for name, value in arguments["Event"].items():
            if isinstance(value, dict | list):
                reason = (
                    f"ClientError: Argument '{name}' is {json.dumps(value)[:200]}; a function's arguments are"
                    " strings, numbers and Booleans."
                )
                return Progress("Failed", failure=Failure(reason))
        context.store.create(KIND, context.job_name, {**arguments, "Status": "InProgress"})
        _Invocation(context, arguments, self.patience).start()
        metadata = {"Lambda": {"Arn": arguments["FunctionArn"]}}
        return Progress("Executing", metadata, {"Invocation": context.job_name})

    def observe(self, handle: Handle, context: Context) -> Progress:
        invocation = _document(handle, context)
        match invocation["Status"]:
            case "Succeeded":
                outputs = listed(invocation["OutputParameters"])
                metadata = {"Arn": invocation["FunctionArn"], "OutputParameters": outputs}
                return Progress("Succeeded", {"Lambda": metadata})
            case "Failed":
                return Progress("Failed", failure=Failure(*invocation["Failure"]))
            case _:
                return Progress("Executing")

    def stop(self, handle: Handle, context: Context) -> None:
        """A function cannot be interrupted (section 4.2); the step ends when it does."""

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        invocation = _document(handle, context)
        if "OutputParameters" not in invocation:
            raise without_outputs(context.step_name)
        return {"OutputParameters": invocation["OutputParameters"]}


def _document(handle: Handle, context: Context) -> dict[str, Any]:
    document = context.store.get(KIND, handle["Invocation"])
    assert document is not None, "it was stored when the step began"
    return document


class _Invocation:
    """One call of a function, in a thread of its own, and the wait for it in a timer's: the first to come to
    an end writes it down."""

    def __init__(self, context: Context, arguments: dict[str, Any], patience: float) -> None:
        self._context = context
        self._arguments = arguments
        self._caller = threading.Thread(target=self._call, name=f"function {context.job_name}", daemon=True)
        text = (
            f"ClientError: The function {arguments['FunctionArn']} did not end within {patience:g} seconds."
        )
        self._timer = threading.Timer(patience, self._end, [Failure(text, TIMED_OUT)])
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()
        self._caller.start()

    def _call(self) -> None:
        arn = self._arguments["FunctionArn"]
        try:
            answer = self._context.client("lambda").invoke(
                FunctionName=arn, Payload=json.dumps(self._arguments["Event"]).encode()
            )
            outcome = _outcome(arn, answer, self._arguments["Outputs"])
        except (ClientError, BotoCoreError) as error:
            outcome = refused("lambda:Invoke", error)
        except Exception as error:
            _log.exception("The invocation of %s failed", arn)
            outcome = Failure(f"InternalServerError: {type(error).__name__}: {error}")
        self._timer.cancel()
        self._end(outcome)

    def _end(self, outcome: dict[str, Any] | Failure) -> None:
        def change(document: dict[str, Any]) -> None:
            if document["Status"] != "InProgress":
                return
            if isinstance(outcome, Failure):
                document.update(Status="Failed", Failure=[outcome.reason, outcome.kind])
            else:
                document.update(Status="Succeeded", OutputParameters=outcome)

        try:
            self._context.store.update(KIND, self._context.job_name, change)
        except Exception as error:  # the emulator has stopped, and the execution is Failed
            _log.info("What %s came to cannot be written: %s", self._context.job_name, error)


def _outcome(arn: str, answer: dict[str, Any], outputs: dict[str, str]) -> dict[str, Any] | Failure:
    """The outputs of a function that was invoked, or why the step fails."""
    text = answer["Payload"].read().decode("utf-8", "replace")
    if "FunctionError" in answer:
        return Failure(f"ClientError: The function {arn} failed. {_error_text(text)}")
    result = json.loads(text or "null")
    try:
        return typed(outputs, result if isinstance(result, dict) else {})
    except OutputError as error:
        return Failure(f"ClientError: The function {arn} did not return its outputs. {error}")


def _error_text(payload: str) -> str:
    try:
        error = json.loads(payload)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return payload
