"""Processing jobs."""

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.job_kinds import JobKind
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.resources import need_role

PROCESSING_JOB = JobKind(
    kind="ProcessingJob",
    resource="processing-job",
    noun="processing job",
    end_time="ProcessingEndTime",
    listing=Listing(
        items="ProcessingJobSummaries",
        name="ProcessingJobName",
        status="ProcessingJobStatus",
        descending=False,
    ),
)
# facts/jobs-and-hosting.md, section 1
_LOCAL_ROOT = "/opt/ml/processing/"


def create_processing_job(context: Context, request: Document) -> Document:
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    _need_unique("InputName", inputs)
    _need_unique("OutputName", outputs)
    for each in inputs:
        _check_input(each)
    for each in outputs:
        _check_output(each)
    need_role(context, request["RoleArn"])
    return PROCESSING_JOB.create(context, request)


def describe_processing_job(context: Context, request: Document) -> Document:
    return PROCESSING_JOB.get(context, request["ProcessingJobName"])


def stop_processing_job(context: Context, request: Document) -> None:
    PROCESSING_JOB.stop(context, request["ProcessingJobName"])


def delete_processing_job(context: Context, request: Document) -> None:
    PROCESSING_JOB.delete(context, request["ProcessingJobName"])


def list_processing_jobs(context: Context, request: Document) -> Document:
    return PROCESSING_JOB.list(context, request)


def _check_input(each: Document) -> None:
    where = f"Processing input '{each['InputName']}'"
    if ("S3Input" in each) == ("DatasetDefinition" in each):
        raise _invalid(f"{where} must have exactly one of S3Input and DatasetDefinition.")
    source = each.get("S3Input")
    if source is None:
        return
    if not each.get("AppManaged", False):
        _check_local_path(where, source.get("LocalPath"))
    if source.get("S3CompressionType") == "Gzip" and source.get("S3InputMode") != "Pipe":
        raise _invalid(f"{where} can have S3CompressionType Gzip only with S3InputMode Pipe.")


def _check_output(each: Document) -> None:
    where = f"Processing output '{each['OutputName']}'"
    if ("S3Output" in each) == ("FeatureStoreOutput" in each):
        raise _invalid(f"{where} must have exactly one of S3Output and FeatureStoreOutput.")
    if "FeatureStoreOutput" in each and not each.get("AppManaged", False):
        raise _invalid(f"{where} can have FeatureStoreOutput only when AppManaged is true.")
    if "S3Output" in each and not each.get("AppManaged", False):
        _check_local_path(where, each["S3Output"].get("LocalPath"))


def _check_local_path(where: str, path: str | None) -> None:
    if path is None or not f"{path}/".startswith(_LOCAL_ROOT):
        got = "it has none" if path is None else f"it is '{path}'"
        raise _invalid(
            f"The LocalPath of {where[0].lower()}{where[1:]} must begin with {_LOCAL_ROOT}; {got}."
        )


def _need_unique(member: str, items: list[Document]) -> None:
    names = [each[member] for each in items]
    for name in names:
        if names.count(name) > 1:
            raise _invalid(f"{member} must be unique within a processing job: '{name}' is there twice.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
