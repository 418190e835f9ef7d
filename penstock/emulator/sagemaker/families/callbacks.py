"""The answers to Callback steps: a step waits for one of these two calls with its token.

A token is good for one answer, while its execution runs. Values that a step's declared outputs cannot take
are refused here, so that whoever answers can answer again; how the service treats them is unknown.
"""

from collections.abc import Callable

from penstock.emulator.engine.outputs import OutputError, typed
from penstock.emulator.engine.record import Record
from penstock.emulator.engine.steps.callback import KIND
from penstock.emulator.sagemaker import tokens
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families.pipelines import EXECUTION, RUNNING


def send_pipeline_execution_step_success(context: Context, request: Document) -> Document:
    outputs = request.get("OutputParameters", [])

    def answer(callback: Document) -> None:
        names = [output["Name"] for output in outputs]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise _invalid(f"Output parameter '{repeated}' is given more than once.")
        try:
            typed(callback["Outputs"], {output["Name"]: output["Value"] for output in outputs})
        except OutputError as error:
            raise _invalid(f"Step {callback['StepName']} does not take these outputs. {error}") from None
        callback.update(Status="Succeeded", OutputParameters=outputs)

    return _answer(context, "SendPipelineExecutionStepSuccess", request, answer)


def send_pipeline_execution_step_failure(context: Context, request: Document) -> Document:
    def answer(callback: Document) -> None:
        callback.update(Status="Failed", FailureReason=request.get("FailureReason", ""))

    return _answer(context, "SendPipelineExecutionStepFailure", request, answer)


def _answer(
    context: Context, operation: str, request: Document, answer: Callable[[Document], None]
) -> Document:
    token = request["CallbackToken"]
    callback = context.store.get(KIND, token)
    if callback is None:
        raise ServiceError("ResourceNotFound", f"Callback token '{token}' does not exist.")
    arn = callback["PipelineExecutionArn"]
    record = Record(context.store, arn)

    def act() -> Document:
        def change(document: Document) -> None:
            _need_waiting(context, document)
            answer(document)

        context.store.update(KIND, token, change)
        return {"PipelineExecutionArn": arn}

    return tokens.once(context, operation, record.pipeline, request, act)[0]


def _need_waiting(context: Context, callback: Document) -> None:
    token, step, arn = callback["CallbackToken"], callback["StepName"], callback["PipelineExecutionArn"]
    if callback["Status"] == "Superseded":
        raise _conflict(f"Callback token '{token}' is not waited for: step {step} was started again.")
    if callback["Status"] != "Executing":
        raise _conflict(f"Callback token '{token}' was used already: step {step} has {callback['Status']}.")
    execution = context.store.get(EXECUTION, Record(context.store, arn).name)
    if execution is None or execution["PipelineExecutionStatus"] not in RUNNING:
        status = "gone" if execution is None else execution["PipelineExecutionStatus"]
        raise _conflict(f"Callback token '{token}' is not waited for: pipeline execution {arn} is {status}.")


def _conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
