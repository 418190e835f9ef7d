"""Steps that check quality or bias: a job whose result is a baseline, compared with an earlier baseline.

QualityCheck runs Model Monitor's analyzer, ClarifyCheck runs Clarify; to the engine both are processing jobs.
The job always calculates a new baseline. Comparing is its work as well: it gets the earlier baseline as
inputs, named by variables of its environment, and its exit message tells whether it found violations. Here it
is decided which baseline that is, and what violations mean for the step; what the files hold is not known.
Facts: monitor-and-clarify.md, sections 1, 6 and 7.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from penstock.emulator.engine.expressions import EvaluationError
from penstock.emulator.engine.model import Step
from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.references import PathError, read_path
from penstock.emulator.engine.steps.interface import Context, Evaluated, Handle, Progress, WorkFailed
from penstock.emulator.engine.steps.job import PROCESSING

# Absent keys; of FailOnViolation it is known, of the others it is what the SDK writes.
_FLAGS = {"SkipCheck": False, "RegisterNewBaseline": False, "FailOnViolation": True}

# Where a model package keeps the baseline of each CheckType, below DriftCheckBaselines.
_REGISTERED: dict[str, dict[str, tuple[str, str]]] = {
    "DATA_QUALITY": {
        "Statistics": ("ModelDataQuality", "Statistics"),
        "Constraints": ("ModelDataQuality", "Constraints"),
    },
    "MODEL_QUALITY": {
        "Statistics": ("ModelQuality", "Statistics"),
        "Constraints": ("ModelQuality", "Constraints"),
    },
    "DATA_BIAS": {"Constraints": ("Bias", "PreTrainingConstraints")},
    "MODEL_BIAS": {"Constraints": ("Bias", "PostTrainingConstraints")},
    "MODEL_EXPLAINABILITY": {"Constraints": ("Explainability", "Constraints")},
}

_VIOLATIONS = "constraint_violations.json"
# How the exit message of a job that found violations begins (section 1).
_VIOLATED = "CompletedWithViolations"

# Where Model Monitor's own clients put a baseline, in a folder for each of its files.
_BASELINE_PATH = "/opt/ml/processing/baseline"

Baseline = dict[str, str]
"""The S3 URIs of a baseline's files, by what they are: Statistics, Constraints."""


@dataclass(frozen=True)
class Check(Evaluated):
    """`subject` is what Metadata and the service's messages call it; `output` the job's output that has the
    results; `files` the names there of what makes a baseline."""

    subject: str
    output: str
    files: Mapping[str, str]

    name_member: ClassVar[str] = PROCESSING.name_member

    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        """`Arguments` are the job's request; beside them the step's other keys that have a value, flags
        always, and the `Folder` of the results."""
        request = super().evaluate(step, context)
        evaluated: dict[str, Any] = {"Arguments": request, **_FLAGS}
        for key, expression in step.settings.items():
            value = context.evaluate(expression, f"{step.where}.{key}")
            # The SDK writes null for what is not given.
            if value is None or value == "":
                continue
            if not isinstance(value, bool if key in _FLAGS else str):
                expected = "true or false" if key in _FLAGS else "a string"
                raise EvaluationError(f"{step.where}.{key}: {json.dumps(value)} is not {expected}")
            evaluated[key] = value
        try:
            place = ("ProcessingOutputConfig", "Outputs", self.output, "S3Output", "S3Uri")
            folder = str(read_path(request, place)).rstrip("/")
        except PathError as error:
            raise EvaluationError(f"{step.where}.Arguments: {error}") from None
        return {**evaluated, "Folder": folder}

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        folder, skips = arguments["Folder"], arguments["SkipCheck"]
        registers = arguments["RegisterNewBaseline"]
        earlier = {} if skips and registers else self._earlier_baseline(arguments, context)
        calculated = {kind: f"{folder}/{file}" for kind, file in self.files.items()}
        compared = {} if skips else earlier
        request = _job_request(arguments["Arguments"], compared, arguments.get("ModelName"))
        job = PROCESSING.begin(request, context)
        shown = ("CheckType", "ModelPackageGroupName", "SkipCheck", "RegisterNewBaseline")
        metadata = {key: arguments[key] for key in shown if key in arguments}
        metadata["CheckJobArn"] = job.metadata["ProcessingJob"]["Arn"]
        handle = {
            "Job": job.handle,
            "Metadata": metadata,
            "Properties": {
                **_named("CalculatedBaseline", calculated),
                **_named("BaselineUsedForDriftCheck", calculated if registers else earlier),
            },
            "ViolationReport": f"{folder}/{_VIOLATIONS}",
            "FailOnViolation": arguments["FailOnViolation"],
        }
        return Progress("Executing", {f"{self.subject}Check": metadata}, handle)

    def observe(self, handle: Handle, context: Context) -> Progress:
        progress = PROCESSING.observe(handle["Job"], context)
        if progress.status != "Succeeded":
            return progress
        metadata = {**handle["Metadata"], **handle["Properties"]}
        done = Progress("Succeeded", {f"{self.subject}Check": metadata})
        # Not the report is looked for: at a fixed URI there may be that of an earlier run.
        said = PROCESSING.properties(handle["Job"], context).get("ExitMessage", "")
        if not said.startswith(_VIOLATED):
            return done
        report = metadata["ViolationReport"] = handle["ViolationReport"]
        if not handle["FailOnViolation"]:
            return done
        reason = f"ClientError: {self.subject} check failed. See violation report {report}"
        return replace(done, status="Failed", failure=Failure(reason))

    def stop(self, handle: Handle, context: Context) -> None:
        PROCESSING.stop(handle["Job"], context)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        properties: dict[str, Any] = handle["Properties"]
        return properties

    def _earlier_baseline(self, check: dict[str, Any], context: Context) -> Baseline:
        """What the step supplies, else what the latest approved package of the group has; never some of each,
        which would not be one baseline. Raises WorkFailed if neither has any part of it."""
        keys = {kind: f"SuppliedBaseline{kind}" for kind in self.files}
        supplied = {kind: check[key] for kind, key in keys.items() if key in check}
        group = check.get("ModelPackageGroupName")
        if supplied:
            return supplied
        if group is None:
            raise _no_baseline("The step has neither ModelPackageGroupName nor SuppliedBaselineConstraints")
        package = _latest_approved(group, context)
        baselines = package.get("DriftCheckBaselines", {})
        members = _REGISTERED[check["CheckType"]]
        found = {
            kind: baselines[of][member]["S3Uri"]
            for kind, (of, member) in members.items()
            if member in baselines.get(of, {})
        }
        if not found:
            places = " or ".join(".".join(("DriftCheckBaselines", *member)) for member in members.values())
            raise _no_baseline(
                f"The latest Approved model package of group {group}, {package['ModelPackageArn']}, "
                f"has no {places}"
            )
        return found


def _latest_approved(group: str, context: Context) -> dict[str, Any]:
    """Describe's answer. Raises WorkFailed if there is none."""
    request = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    try:
        packages = context.invoke("ListModelPackages", request)["ModelPackageSummaryList"]
    except WorkFailed as refused:
        if refused.failure.kind or refused.is_denial:
            raise
        raise _no_baseline(refused.failure.reason.removeprefix("ClientError: ").rstrip(".")) from None
    if not packages:
        raise _no_baseline(f"Model package group {group} has no Approved model package")
    return context.invoke("DescribeModelPackage", {"ModelPackageName": packages[0]["ModelPackageArn"]})


def _no_baseline(why: str) -> WorkFailed:
    return WorkFailed(
        Failure(
            f"ClientError: There is no baseline to check against. {why}. Supply a baseline, or run with "
            "SkipCheck and RegisterNewBaseline true, register the model with DriftCheckBaselines from this "
            "step's properties, and approve it."
        )
    )


def _job_request(request: dict[str, Any], compared: Baseline, model: str | None) -> dict[str, Any]:
    """The request of the job with what only the service can know: the baseline to compare with, and the model
    that stands in no configuration file because an earlier step makes it."""
    if not compared and model is None:
        return request
    inputs, environment = request.get("ProcessingInputs", []), request.get("Environment", {})
    if not isinstance(inputs, list) or not isinstance(environment, dict):
        return request  # An expression came to something else; CreateProcessingJob refuses it.
    inputs, environment = [*inputs], {**environment}
    for kind, uri in compared.items():
        name = f"baseline_{kind.lower()}"
        folder = f"{_BASELINE_PATH}/{kind.lower()}"
        source = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        inputs.append({"InputName": name, "S3Input": source})
        environment[name] = f"{folder}/{uri.rpartition('/')[2]}"
    if model is not None:
        environment["model_name"] = model
    return {**request, "ProcessingInputs": inputs, "Environment": environment}


def _named(use: str, baseline: Baseline) -> dict[str, str]:
    return {f"{use}{kind}": uri for kind, uri in baseline.items()}


QUALITY_CHECK = Check(
    "Quality",
    "quality_check_output",
    {"Statistics": "statistics.json", "Constraints": "constraints.json"},
)
# A Clarify job's analysis is itself what a later one is compared with (section 6).
CLARIFY_CHECK = Check("Clarify", "analysis_result", {"Constraints": "analysis.json"})
