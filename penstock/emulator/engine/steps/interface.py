"""What a step type is to the engine: begin, observe, stop, properties.

A step type turns a step's arguments into work and tells how the work stands. It decides neither when a
step runs, nor whether it is tried again, nor what follows from its end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ParamValidationError

from penstock.emulator.access.needs.call import Need
from penstock.emulator.engine.model import Step
from penstock.emulator.engine.policy import RESOURCE_LIMIT, SERVICE_FAULT, THROTTLING, Failure
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import Store

Handle = dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """How a step's work stands: `status` is Executing, Succeeded, Failed or Stopped.

    `handle` is JSON that finds the work again, also in a later retry of the execution; `metadata` is the
    step's in the listing (facts/pipeline-execution.md, section 4.1); both are empty where nothing is new.
    `changes` are further members of the step's event. `failure` comes with Failed.
    """

    status: str
    metadata: dict[str, Any] = field(default_factory=dict)
    handle: Handle = field(default_factory=dict)
    failure: Failure | None = None
    changes: dict[str, Any] = field(default_factory=dict)


class WorkFailed(Exception):
    """A call that a step's work rests on was refused; `code` is AWS's for it, where it has one."""

    def __init__(self, failure: Failure, code: str = "") -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.code = code

    @property
    def is_denial(self) -> bool:
        """Whether the role may not make the call, which says nothing of what it was about."""
        return self.code == "AccessDeniedException"


@dataclass(frozen=True)
class Context:
    """What a step may use: SageMaker's operations, the other AWS services, the store that wakes the engine,
    and the evaluator for what it resolves itself.

    `client("sqs")` is a boto3 client. `job_name` is a new name for what this attempt creates.
    `evaluate(value, where)` raises EvaluationError.
    """

    call: Callable[[str, dict[str, Any]], dict[str, Any]]
    client: Callable[[str], Any]
    store: Store
    evaluate: Callable[[Any, str], Any]
    execution_arn: str
    step_name: str
    job_name: str = ""
    # Raises PermissionError for what the pipeline's role may not do.
    allow: Callable[..., None] = lambda *_: None

    def require(self, action: str, resource: str) -> None:
        """What Pipelines does as the role, and the emulator has no call for. Raises WorkFailed."""
        try:
            self.allow(Need(action, resource))
        except PermissionError as error:
            reason = f"ClientError: Failed to invoke {action}. Error Details: {error}"
            raise WorkFailed(Failure(reason)) from None

    def invoke(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an operation of SageMaker. Raises WorkFailed, worded as the service words it."""
        try:
            return self.call(operation, request)
        except ServiceError as error:
            raise WorkFailed(self._failure(operation, error), error.code) from None

    def _failure(self, operation: str, error: ServiceError) -> Failure:
        # Both sentences are the service's (facts/pipeline-execution.md, section 4, "Step failure text").
        # The second one is known for resource limits only.
        fault = "ClientError" if error.status < 500 or error.status == 501 else "InternalServerError"
        reason = f"{fault}: Failed to invoke sagemaker:{operation}. Error Details: {error.message}"
        if "Throttl" in error.code:
            return Failure(reason, THROTTLING)
        # 501 is an operation that the emulator does not serve; trying again would not help.
        if error.status >= 500 and error.status != 501:
            return Failure(reason, SERVICE_FAULT)
        if error.code == "ResourceLimitExceeded":
            reason += (
                "\nRetry not appropriate on execution of step with PipelineExecutionArn "
                f"{self.execution_arn} and StepId {self.step_name}. "
                "No retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT."
            )
            return Failure(reason, RESOURCE_LIMIT)
        return Failure(reason)


def refused(operation: str, error: Exception) -> Failure:
    """Why a call of another AWS service (`sqs:SendMessage`) failed, worded as a refusal of SageMaker's is."""
    said = getattr(error, "response", None)  # botocore's ClientError has one, a broken connection has not
    if said is None:
        what = "ClientError" if isinstance(error, ParamValidationError) else "InternalServerError"
        return Failure(f"{what}: Failed to invoke {operation}. Error Details: {error}")
    code, text = said["Error"].get("Code", ""), said["Error"].get("Message", str(error))
    status = said["ResponseMetadata"]["HTTPStatusCode"]
    fault = status >= 500 and status != 501
    kind = THROTTLING if "Throttl" in code or status == 429 else SERVICE_FAULT if fault else ""
    what = "InternalServerError" if fault else "ClientError"
    return Failure(f"{what}: Failed to invoke {operation}. Error Details: {text}", kind)


def without_outputs(step_name: str) -> WorkFailed:
    """What a reference comes to that a step has which waits for the failure of the one with the outputs."""
    return WorkFailed(Failure(f"step {step_name} did not succeed, so it has no outputs"))


class StepType(Protocol):
    """`name_member` is the member that names what the step creates, "" where it creates nothing with a
    name."""

    @property
    def name_member(self) -> str: ...

    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        """The step's arguments with their expressions resolved; where its other keys matter too, these, with
        `Arguments` among them. Raises EvaluationError."""

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        """Start the work. Raises WorkFailed."""

    def observe(self, handle: Handle, context: Context) -> Progress:
        """How the work stands now; never waits. Raises WorkFailed."""

    def stop(self, handle: Handle, context: Context) -> None:
        """Ask the work to stop; never waits. Raises WorkFailed."""

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        """What `Steps.<name>.` refers to (section 3). Raises WorkFailed."""


class Evaluated:
    """A step type all of whose arguments are resolved before it begins."""

    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        arguments: dict[str, Any] = context.evaluate(step.arguments, f"{step.where}.Arguments")
        return arguments


class Instant(Evaluated):
    """A step type whose work is over when it has begun: nothing to observe or stop."""

    name_member = ""

    def observe(self, handle: Handle, context: Context) -> Progress:
        return Progress("Succeeded")

    def stop(self, handle: Handle, context: Context) -> None:
        """There is nothing to stop."""

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return {}
