"""Answering a Callback step that waits: a person's yes or no (facts/pipeline-execution.md, section 6).

Which step waits, and with which token, stands in the step's metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_conflict, is_missing, message
from penstock.deployment.executions import Snapshot, snapshot
from penstock.errors import PenstockError, UsageError

# sagemaker SendPipelineExecutionStepFailure FailureReason, service-2.json
_LONGEST_REASON = 256


@dataclass(frozen=True)
class Waiting:
    """A Callback step that nobody has answered."""

    step: str
    token: str


def approve(aws: Aws, arn: str, step: str | None, outputs: Mapping[str, str]) -> str:
    """Answer the waiting step (the only one, or `step`) with a yes and its outputs; the step's name.

    Raises PenstockError where nothing waits, or where AWS takes no such answer.
    """
    found = choose(snapshot(aws, arn), step)
    parameters = [{"Name": name, "Value": value} for name, value in outputs.items()]
    try:
        aws.sagemaker.send_pipeline_execution_step_success(
            CallbackToken=found.token, OutputParameters=parameters
        )
    except ClientError as error:
        raise _explained(error, arn, found) from error
    return found.step


def reject(aws: Aws, arn: str, step: str | None, reason: str) -> str:
    """Answer the waiting step with a no, which fails it; the step's name. Raises as `approve`."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise UsageError(
            f"a reason has 1 to {_LONGEST_REASON} characters, and this one {len(reason.strip())}",
            where="--reject",
            remedy="Say in a sentence why.",
        )
    found = choose(snapshot(aws, arn), step)
    try:
        aws.sagemaker.send_pipeline_execution_step_failure(CallbackToken=found.token, FailureReason=reason)
    except ClientError as error:
        raise _explained(error, arn, found) from error
    return found.step


def choose(execution: Snapshot, step: str | None) -> Waiting:
    """The waiting step that is meant. Raises PenstockError, UsageError for a `step` that does not wait."""
    where = f"execution {execution.arn.rpartition('/')[2]}"
    waiting = [
        Waiting(entry["StepName"], entry["Metadata"]["Callback"]["CallbackToken"])
        for entry in execution.steps
        if entry["StepStatus"] in ("Starting", "Executing", "Stopping") and "Callback" in entry["Metadata"]
    ]
    names = ", ".join(each.step for each in waiting)
    if execution.ended:
        raise PenstockError(
            f"nothing waits for an answer: it is {execution.status}",
            where=where,
            remedy="Start a new one with `penstock start`.",
        )
    if not waiting:
        raise PenstockError(
            "no step waits for an answer",
            where=where,
            remedy=f"See how far it is with `penstock watch {execution.arn}`.",
        )
    if step is None and len(waiting) > 1:
        raise UsageError(f"several steps wait: {names}", where=where, remedy="Choose one with --step.")
    chosen = [each for each in waiting if step in (None, each.step)]
    if not chosen:
        raise UsageError(f"step {step} does not wait for an answer", where=where, remedy=f"Waiting: {names}.")
    return chosen[0]


def _explained(error: ClientError, arn: str, waiting: Waiting) -> Exception:
    where = f"execution {arn.rpartition('/')[2]}, step {waiting.step}"
    if is_conflict(error) or is_missing(error):
        return PenstockError(
            "the step was answered in the meantime",
            where=where,
            remedy=f"See what came of it with `penstock watch {arn}`.",
        )
    if code(error) == "ValidationException":
        return PenstockError(
            f"AWS does not take this answer: {message(error)}",
            where=where,
            remedy="Give each output of the step with --output NAME=VALUE.",
        )
    return error
