"""Executions of pipelines: they are started, stopped, retried and read here; the engine runs them."""

import secrets
import string
from typing import Any, NoReturn

from penstock.emulator.engine.definition import Definition, DefinitionError, resolve_parameters
from penstock.emulator.engine.events import steps_of
from penstock.emulator.engine.expressions import EvaluationError, Scope, evaluate, stringify
from penstock.emulator.engine.record import Record
from penstock.emulator.sagemaker import tokens
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families import pipelines
from penstock.emulator.sagemaker.families.pipelines import EXECUTION
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.resources import need_role

# facts/pipeline-execution.md, section 4: defaults on start
_ID_LENGTH = 12
_ID_ALPHABET = string.ascii_lowercase + string.digits

_NOT_AT_START = {
    "SelectiveExecutionConfig": (
        "The emulator does not run selected steps only. Leave SelectiveExecutionConfig out."
    ),
    # The model's text of StartPipelineExecution.RoleArn.
    "RoleArn": "RoleArn can be given only for a pipeline that AWS manages. Leave it out.",
}

_LISTING = Listing(
    items="PipelineExecutionSummaries",
    name="PipelineExecutionArn",
    summary=lambda execution: {
        **execution,
        "StartTime": execution["CreationTime"],
        "PipelineExecutionFailureReason": execution.get("FailureReason"),
    },
)
_STEPS = Listing(items="PipelineExecutionSteps", name="_Number", sort_by="_Number")
_PARAMETERS = Listing(items="PipelineParameters", name="_Number", sort_by="_Number", descending=False)


def start_pipeline_execution(context: Context, request: Document) -> Document:
    for member in ("SelectiveExecutionConfig", "RoleArn"):
        if member in request:
            raise _invalid(_NOT_AT_START[member])

    def start() -> Document:
        pipeline, version = pipelines.chosen_version(context, request)
        return _store_execution(context, pipeline, version, request)

    pipeline = pipelines.need_pipeline(context, request["PipelineName"])
    need_role(context, pipeline["RoleArn"])
    answer, is_new = tokens.once(context, "StartPipelineExecution", pipeline["PipelineName"], request, start)
    if is_new:
        context.executions.start(answer["PipelineExecutionArn"])
    return answer


def stop_pipeline_execution(context: Context, request: Document) -> Document:
    def stop(execution: Document) -> None:
        _need_status(execution, ("Executing",), "stopped")
        execution.update(PipelineExecutionStatus="Stopping", LastModifiedTime=context.now())

    answer, is_new = _change(context, "StopPipelineExecution", request, stop)
    if is_new:
        context.executions.stop(request["PipelineExecutionArn"])
    return answer


def retry_pipeline_execution(context: Context, request: Document) -> Document:
    arn = request["PipelineExecutionArn"]

    def retry(execution: Document) -> None:
        _need_status(execution, ("Failed", "Stopped"), "retried")
        failed = [step for step in steps_of(context.store.events(arn)) if "Fail" in step["Metadata"]]
        if failed:
            raise _invalid(
                f"Pipeline execution {arn} was ended by its Fail step {failed[0]['StepName']} and cannot be"
                " retried. Start a new one."
            )
        _set_parallelism(execution, request)
        execution.pop("FailureReason", None)
        execution.update(PipelineExecutionStatus="Executing", LastModifiedTime=context.now())

    answer, is_new = _change(context, "RetryPipelineExecution", request, retry)
    if is_new:
        context.executions.retry(arn)
    return answer


def update_pipeline_execution(context: Context, request: Document) -> Document:
    def update(execution: Document) -> None:
        for member in ("PipelineExecutionDescription", "PipelineExecutionDisplayName"):
            if member in request:
                execution[member] = request[member]
        _set_parallelism(execution, request)
        execution["LastModifiedTime"] = context.now()

    if "ParallelismConfiguration" in request:
        most = request["ParallelismConfiguration"]["MaxParallelExecutionSteps"]
        context.executions.limit(request["PipelineExecutionArn"], most)
    return _change(context, "UpdatePipelineExecution", request, update)[0]


def describe_pipeline_execution(context: Context, request: Document) -> Document:
    execution = _need_execution(context, request["PipelineExecutionArn"])
    pipeline = pipelines.need_pipeline(context, execution["PipelineArn"])
    return {**execution, **pipelines.aliases_of(pipeline, execution["PipelineVersionId"])}


def describe_pipeline_definition_for_execution(context: Context, request: Document) -> Document:
    execution = _need_execution(context, request["PipelineExecutionArn"])
    pipeline = pipelines.need_pipeline(context, execution["PipelineArn"])
    version = pipelines.need_version(context, pipeline, execution["PipelineVersionId"])
    return {
        "PipelineDefinition": version["PipelineDefinition"],
        "CreationTime": execution["CreationTime"],
    }


def list_pipeline_executions(context: Context, request: Document) -> Document:
    pipeline = pipelines.need_pipeline(context, request["PipelineName"])
    executions = context.store.all(EXECUTION, f"{pipeline['PipelineName']}/")
    if "PipelineVersionAlias" in request:
        number = pipelines.version_with_alias(pipeline, request["PipelineVersionAlias"])
        executions = [each for each in executions if each["PipelineVersionId"] == number]
    return _LISTING.answer(
        request,
        [{**each, **pipelines.aliases_of(pipeline, each["PipelineVersionId"])} for each in executions],
    )


def list_pipeline_execution_steps(context: Context, request: Document) -> Document:
    """Newest first, unless asked otherwise (facts/pipeline-execution.md, section 4: listing order)."""
    arn = request.get("PipelineExecutionArn")
    if arn is None:
        raise _invalid("PipelineExecutionArn must be provided.")
    _need_execution(context, arn)
    return _STEPS.answer(request, _numbered(steps_of(context.store.events(arn))))


def list_pipeline_parameters_for_execution(context: Context, request: Document) -> Document:
    """All parameters with the values that the execution runs with, defaults included, as strings; that AWS
    lists the defaults too is inferred."""
    execution = _need_execution(context, request["PipelineExecutionArn"])
    return _PARAMETERS.answer(
        request,
        _numbered(
            [{"Name": name, "Value": stringify(value)} for name, value in execution["_Parameters"].items()]
        ),
    )


def _store_execution(context: Context, pipeline: Document, version: Document, request: Document) -> Document:
    name, number = pipeline["PipelineName"], version["PipelineVersionId"]
    identifier = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
    arn, now = f"{pipeline['PipelineArn']}/execution/{identifier}", context.now()
    definition = pipelines.read_definition(version["PipelineDefinition"])
    try:
        parameters = resolve_parameters(definition, request.get("PipelineParameters", []))
    except DefinitionError as error:
        raise _invalid(error.message) from None
    execution = {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": arn,
        "PipelineExecutionDisplayName": request.get(
            "PipelineExecutionDisplayName", f"execution-{round(now * 1000)}"
        ),
        "PipelineExecutionStatus": "Executing",
        "CreationTime": now,
        "LastModifiedTime": now,
        "CreatedBy": {},
        "LastModifiedBy": {},
        "PipelineVersionId": number,
        **_settings(definition, parameters, name, identifier, request),
        "_Definition": definition.document,
        "_Parameters": parameters,
        "_RoleArn": pipeline["RoleArn"],
        "_MaxParallelSteps": None,
    }
    if "PipelineExecutionDescription" in request:
        execution["PipelineExecutionDescription"] = request["PipelineExecutionDescription"]
    _set_parallelism(execution, pipeline)
    _set_parallelism(execution, request)
    context.store.create(EXECUTION, f"{name}/{identifier}", execution)
    context.store.update(pipelines.KIND, name, lambda it: it.update(LastRunTime=now))
    context.store.update(
        pipelines.VERSION, f"{name}/{number}", lambda it: it.update(LastExecutionPipelineExecutionArn=arn)
    )
    return {"PipelineExecutionArn": arn}


def _settings(
    definition: Definition, parameters: dict[str, Any], pipeline: str, identifier: str, request: Document
) -> Document:
    """The members that stand in the definition: experiment and MLflow. An experiment is named after the
    pipeline in lower case (facts/pipeline-execution.md, section 4: defaults on start)."""
    scope = Scope(
        parameters=parameters,
        properties=_no_steps,
        property_file=_no_steps,
        read_object=_no_steps,
        variables={"PipelineName": pipeline.lower(), "PipelineExecutionId": identifier},
    )
    members: Document = {}
    for key, member in (
        ("PipelineExperimentConfig", "PipelineExperimentConfig"),
        ("MlflowConfig", "MLflowConfig"),
    ):
        if definition.document.get(key):
            try:
                members[member] = evaluate(definition.document[key], scope, key)
            except EvaluationError as error:
                raise _invalid(str(error)) from None
    if "MlflowExperimentName" in request and "MLflowConfig" in members:
        members["MLflowConfig"]["MlflowExperimentName"] = request["MlflowExperimentName"]
    return members


def _no_steps(*_: str) -> NoReturn:
    raise EvaluationError("no step has run when an execution starts")


def _set_parallelism(execution: Document, source: Document) -> None:
    if "ParallelismConfiguration" in source:
        execution["ParallelismConfiguration"] = source["ParallelismConfiguration"]
        execution["_MaxParallelSteps"] = source["ParallelismConfiguration"]["MaxParallelExecutionSteps"]


def _change(context: Context, operation: str, request: Document, change: Any) -> tuple[Document, bool]:
    """Change an execution once for each token."""
    arn = request["PipelineExecutionArn"]
    _need_execution(context, arn)
    record = Record(context.store, arn)

    def act() -> Document:
        context.store.update(EXECUTION, record.name, change)
        return {"PipelineExecutionArn": arn}

    return tokens.once(context, operation, record.pipeline, request, act)


def _need_status(execution: Document, needed: tuple[str, ...], action: str) -> None:
    status = execution["PipelineExecutionStatus"]
    if status not in needed:
        raise ServiceError(
            "ConflictException",
            f"Pipeline execution {execution['PipelineExecutionArn']} is {status}. Only an execution that is"
            f" {' or '.join(needed)} can be {action}.",
        )


def _need_execution(context: Context, arn: str) -> Document:
    """Raises ServiceError: ResourceNotFound."""
    execution = context.store.get(EXECUTION, Record(context.store, arn).name)
    if execution is None or execution["PipelineExecutionArn"] != arn:
        raise ServiceError("ResourceNotFound", f"Pipeline execution '{arn}' does not exist.")
    return execution


def _numbered(entries: list[Document]) -> list[Document]:
    return [{**entry, "_Number": number} for number, entry in enumerate(entries)]


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
