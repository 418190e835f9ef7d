"""What an execution produced and where it lies, or why it failed: plain data, from Describe calls.

The shape, which `--output json` prints:
{"execution_arn", "status", "failure_reason"?, "steps": [{"name", "type", "status", "seconds", "cached",
 "failure_reason"?, "outputs": {label: URI or text}, "metrics": {name: number}, "log"?: [line]}]}
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, is_denied, is_missing
from penstock.deployment.executions import Snapshot
from penstock.deployment.logs import last_lines
from penstock.deployment.steps import all_steps

Outputs = dict[str, str]

_CONSTANT = "_best_constant_classifier"


def make(aws: Aws, snapshot: Snapshot) -> dict[str, Any]:
    """The report on an execution that has ended."""
    report: dict[str, Any] = {"execution_arn": snapshot.arn, "status": snapshot.status}
    if snapshot.execution.get("FailureReason"):
        report["failure_reason"] = snapshot.execution["FailureReason"]
    property_files = _property_files(aws, snapshot.arn)
    return report | {"steps": [_step(aws, step, property_files) for step in snapshot.steps]}


def step_type(step: Mapping[str, Any]) -> str:
    """The key of a step's Metadata (ProcessingJob, RegisterModel, ...); empty if it has none yet."""
    return next(iter(step.get("Metadata") or {}), "")


def is_cached(step: Mapping[str, Any]) -> bool:
    """Whether the step took its result from an earlier execution."""
    return bool((step.get("CacheHitResult") or {}).get("SourcePipelineExecutionArn"))


def seconds(step: Mapping[str, Any]) -> float | None:
    if "StartTime" not in step or "EndTime" not in step:
        return None
    return round((step["EndTime"] - step["StartTime"]).total_seconds(), 1)


def _step(
    aws: Aws, step: Mapping[str, Any], property_files: Mapping[str, list[dict[str, str]]]
) -> dict[str, Any]:
    kind = step_type(step)
    name = step["StepName"]
    result: dict[str, Any] = {
        "name": name,
        "type": kind,
        "status": step["StepStatus"],
        "seconds": seconds(step),
        "cached": is_cached(step),
        "outputs": {},
        "metrics": {},
    }
    metadata = (step.get("Metadata") or {}).get(kind, {})
    if step["StepStatus"] == "Failed":
        result["failure_reason"] = step.get("FailureReason", "")
        result["log"] = last_lines(aws, kind, metadata)
    elif step["StepStatus"] == "Succeeded" and kind in _OUTPUTS:
        result["outputs"] = _reading(lambda: _OUTPUTS[kind](aws, metadata), {})
        result["metrics"] = _metrics(aws, result["outputs"], property_files.get(name, []))
    elif kind == "Condition":
        result["outputs"] = {"outcome": metadata.get("Outcome", "")}
    return result


def _reading(call: Callable[[], Outputs], otherwise: Outputs) -> Outputs:
    """What is gone by now, or what these credentials may not read, is left out of the report."""
    try:
        return call()
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return otherwise
        raise


def _name(metadata: Mapping[str, Any]) -> str:
    return str(metadata["Arn"]).rpartition("/")[2]


def _processing(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    job = aws.sagemaker.describe_processing_job(ProcessingJobName=_name(metadata))
    outputs = job.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return {item["OutputName"]: item["S3Output"]["S3Uri"] for item in outputs if "S3Output" in item}


def _transform(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    job = aws.sagemaker.describe_transform_job(TransformJobName=_name(metadata))
    return {"predictions": job["TransformOutput"]["S3OutputPath"]}


def _training(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    job = aws.sagemaker.describe_training_job(TrainingJobName=_name(metadata))
    return {"model": job.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")}


def _automl(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    best = aws.sagemaker.describe_auto_ml_job(AutoMLJobName=_name(metadata)).get("BestCandidate", {})
    outputs = {"best candidate": best.get("CandidateName", "")}
    metric = best.get("FinalAutoMLJobObjectiveMetric")
    if metric:
        outputs["validation"] = f"{metric['MetricName']} {metric['Value']:.4g}"
    for container in best.get("InferenceContainers", []):
        outputs["model"] = container["ModelDataUrl"]
    return outputs


def _model(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    return {"model": str(metadata["Arn"])}


def _model_package(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    package = aws.sagemaker.describe_model_package(ModelPackageName=metadata["Arn"])
    return {
        "model package": package["ModelPackageArn"],
        "approval": package.get("ModelApprovalStatus", ""),
    }


_OUTPUTS: dict[str, Callable[[Aws, Mapping[str, Any]], Outputs]] = {
    "ProcessingJob": _processing,
    "TransformJob": _transform,
    "TrainingJob": _training,
    "AutoMLJob": _automl,
    "Model": _model,
    "RegisterModel": _model_package,
}


def _property_files(aws: Aws, arn: str) -> dict[str, list[dict[str, str]]]:
    """The property files of each step, by step name, from the definition that the execution runs."""
    try:
        described = aws.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        definition = json.loads(described["PipelineDefinition"])
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return {}
        raise
    steps = all_steps(definition.get("Steps"))
    return {step["Name"]: step["PropertyFiles"] for step in steps if "PropertyFiles" in step}


def _metrics(aws: Aws, outputs: Outputs, files: list[dict[str, str]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for file in files:
        folder = outputs.get(file["OutputName"])
        if not folder:
            continue
        bucket, _, prefix = folder.removeprefix("s3://").partition("/")
        key = "/".join(part for part in (prefix.rstrip("/"), file["FilePath"]) if part)
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            found |= scalars(json.loads(content))
        except ClientError as error:
            if not (is_missing(error) or is_denied(error)):
                raise
        except ValueError:
            pass  # a property file that is no JSON has no metrics to show
    return found


def scalars(document: Any) -> dict[str, float]:
    """The metrics of a document in the model-quality schema (facts/monitor-and-clarify.md, 5).

    `{"binary_classification_metrics": {"auc": {"value": 0.93}}}` gives `auc` 0.93. What is not one number
    (curves, matrices) gives nothing, nor does what a classifier that always answers the same would reach.
    A document of another schema gives its plain numbers: `{"auc": 0.93}`.
    """
    if not isinstance(document, dict):
        return {}
    groups = [group for group in document.values() if isinstance(group, dict)]
    valued = {
        name: metric["value"]
        for group in groups
        for name, metric in group.items()
        if isinstance(metric, dict) and _is_number(metric.get("value"))
    }
    found = {name: number for name, number in valued.items() if not name.endswith(_CONSTANT)}
    return found or {name: value for name, value in document.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
