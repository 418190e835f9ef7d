"""Tags of resources, by ARN."""

from collections.abc import Callable

from penstock.emulator.sagemaker import ran_by, resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.store import NotThere

KIND = "Tags"
# The Store's kinds of jobs, by what their ARNs call them.
_JOBS = {"processing-job": "ProcessingJob", "automl-job": "AutoMLJob", "transform-job": "TransformJob"}
_LISTING = Listing(items="Tags", name="Key", sort_by="Name", descending=False, size=50)


def add_tags(context: Context, request: Document) -> Document:
    def add(document: Document) -> None:
        document["Tags"] = resources.merged(document["Tags"], request["Tags"])

    return _change(context, request["ResourceArn"], add)


def delete_tags(context: Context, request: Document) -> None:
    def delete(document: Document) -> None:
        document["Tags"] = [tag for tag in document["Tags"] if tag["Key"] not in request["TagKeys"]]

    _change(context, request["ResourceArn"], delete)


def list_tags(context: Context, request: Document) -> Document:
    """Jobs and executions have the tags of ran_by.py, too. (AWS has none of an execution.)"""
    arn = request["ResourceArn"]
    resource, _, name = arn.partition(":sagemaker:")[2].partition(":")[2].partition(":")[2].partition("/")
    pipeline, _, execution = name.partition("/execution/")
    if execution and context.store.get("PipelineExecution", f"{pipeline}/{execution}"):
        return _LISTING.answer(request, ran_by.of_execution())
    document = context.store.get(KIND, arn)
    if document is None:
        raise _not_found(arn)
    job = context.store.get(_JOBS[resource], name) if resource in _JOBS else None
    return _LISTING.answer(request, document["Tags"] + ran_by.of_job(job or {}))


def _change(context: Context, arn: str, change: Callable[[Document], None]) -> Document:
    try:
        return context.store.update(KIND, arn, change)
    except NotThere:
        raise _not_found(arn) from None


def _not_found(arn: str) -> ServiceError:
    return ServiceError("ValidationException", f"Could not find the resource {arn}.")
