"""Steps that run a SageMaker job: Create, Describe until it ends, Stop. One class for all kinds of job."""

from dataclasses import dataclass
from typing import Any

from penstock.emulator.engine.policy import CAPACITY_ERROR, JOB_INTERNAL_ERROR, RESOURCE_LIMIT, Failure
from penstock.emulator.engine.steps.interface import Context, Evaluated, Handle, Progress

_STATUSES = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}

# What a job's FailureReason begins with, and the ExceptionType that a retry policy knows it by
# (facts/pipeline-execution.md, section 5).
_FAILURE_KINDS = {
    "InternalServerError": JOB_INTERNAL_ERROR,
    "CapacityError": CAPACITY_ERROR,
    "ResourceLimitExceeded": RESOURCE_LIMIT,
}


@dataclass(frozen=True)
class Job(Evaluated):
    """`kind` is the API's word for it, from which all names follow: CreateTransformJob, TransformJobName,
    TransformJobStatus, TransformJobArn, and Metadata's TransformJob."""

    kind: str
    # AutoML jobs are not tried again after an internal error (section 5).
    retries_internal_errors: bool = True

    @property
    def name_member(self) -> str:
        return f"{self.kind}Name"

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        handle = {self.name_member: context.job_name}
        created = context.invoke(f"Create{self.kind}", {**arguments, **handle})
        return Progress("Executing", {self.kind: {"Arn": created[f"{self.kind}Arn"]}}, handle)

    def observe(self, handle: Handle, context: Context) -> Progress:
        job = context.invoke(f"Describe{self.kind}", handle)
        status = _STATUSES.get(job[f"{self.kind}Status"], "Executing")
        return Progress(status, failure=self._failure(job) if status == "Failed" else None)

    def stop(self, handle: Handle, context: Context) -> None:
        context.invoke(f"Stop{self.kind}", handle)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return context.invoke(f"Describe{self.kind}", handle)

    def _failure(self, job: dict[str, Any]) -> Failure:
        reason = job.get("FailureReason") or f"The {self.kind} failed without a reason."
        beginning = reason.split(":", 1)[0]
        kind = _FAILURE_KINDS.get(beginning, "")
        if kind == JOB_INTERNAL_ERROR and not self.retries_internal_errors:
            kind = ""
        # A training job's "AlgorithmError: ..." shows in its step as "ClientError: AlgorithmError: ..."
        # (section 4, "Step failure text").
        if beginning not in ("ClientError", "InternalServerError"):
            reason = f"ClientError: {reason}"
        return Failure(reason, kind)


class AutoMLJob(Job):
    """An AutoML job has two properties that its Describe response has not (facts/automl.md, section 2)."""

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        job = super().properties(handle, context)
        properties = job.get("BestCandidate", {}).get("CandidateProperties", {})
        locations = properties.get("CandidateArtifactLocations", {})
        # The locations are prefixes; the leaves are Model Monitor's and Clarify's own file names
        # (facts/automl.md, section 4; for the model insights' leaf, section 6 has no proof).
        paths = {}
        if "ModelInsights" in locations:
            paths["ModelInsightsJsonReportPath"] = f"{locations['ModelInsights'].rstrip('/')}/statistics.json"
        if "Explainability" in locations:
            paths["ExplainabilityJsonReportPath"] = f"{locations['Explainability'].rstrip('/')}/analysis.json"
        return {**job, "BestCandidateProperties": paths} if paths else job


PROCESSING = Job("ProcessingJob")
TRANSFORM = Job("TransformJob")
AUTOML = AutoMLJob("AutoMLJob", retries_internal_errors=False)
