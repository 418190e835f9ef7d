"""Batch transform jobs."""

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families.models import need_model
from penstock.emulator.sagemaker.job_kinds import JobKind
from penstock.emulator.sagemaker.listing import Listing

TRANSFORM_JOB = JobKind(
    kind="TransformJob",
    resource="transform-job",
    noun="transform job",
    end_time="TransformEndTime",
    listing=Listing(
        items="TransformJobSummaries", name="TransformJobName", status="TransformJobStatus", size=10
    ),
)
# facts/jobs-and-hosting.md, section 4: MaxPayloadInMB times MaxConcurrentTransforms
_MOST_PAYLOAD_AT_ONCE = 100


def create_transform_job(context: Context, request: Document) -> Document:
    need_model(context, request["ModelName"])
    payload, concurrent = request.get("MaxPayloadInMB", 6), request.get("MaxConcurrentTransforms", 1)
    if payload * concurrent > _MOST_PAYLOAD_AT_ONCE:
        raise ServiceError(
            "ValidationException",
            f"MaxPayloadInMB times MaxConcurrentTransforms must not exceed {_MOST_PAYLOAD_AT_ONCE} MB:"
            f" {payload} x {concurrent} is {payload * concurrent} MB.",
        )
    _check_join(request)
    return TRANSFORM_JOB.create(context, request)


def describe_transform_job(context: Context, request: Document) -> Document:
    return TRANSFORM_JOB.get(context, request["TransformJobName"])


def stop_transform_job(context: Context, request: Document) -> None:
    TRANSFORM_JOB.stop(context, request["TransformJobName"])


def list_transform_jobs(context: Context, request: Document) -> Document:
    return TRANSFORM_JOB.list(context, request)


def _check_join(request: Document) -> None:
    """Joining pairs each input record with its result: both sides must be cut and typed alike
    (facts/jobs-and-hosting.md, section 4)."""
    if request.get("DataProcessing", {}).get("JoinSource", "None") != "Input":
        return
    source, target = request["TransformInput"], request["TransformOutput"]
    for of_source, of_target in (("SplitType", "AssembleWith"), ("ContentType", "Accept")):
        left, right = source.get(of_source, "not given"), target.get(of_target, "not given")
        if left != right:
            raise ServiceError(
                "ValidationException",
                f"TransformInput.{of_source} and TransformOutput.{of_target} must be the same when"
                f" DataProcessing.JoinSource is Input: they are {left} and {right}.",
            )
