"""What each kind of step produced, and where it lies: from its Metadata and Describe calls."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, is_denied, is_missing

Outputs = dict[str, str]

_LARGEST = 50_000_000  # bytes of a file that is read


def of_step(aws: Aws, kind: str, metadata: Mapping[str, Any]) -> Outputs:
    """What a step of a kind in KINDS produced; `metadata` is the member `kind` of its Metadata.

    Empty if that is gone by now, or these credentials may not read it.
    """
    try:
        return KINDS[kind](aws, metadata)
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return {}
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


def _given(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    """What a function, or whoever answered a callback, gave back."""
    return {item["Name"]: item["Value"] for item in metadata.get("OutputParameters") or []}


def _emr(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    outputs = {"cluster": metadata["ClusterId"]}
    return outputs | ({"logs": metadata["LogFilePath"]} if metadata.get("LogFilePath") else {})


def _check(aws: Aws, metadata: Mapping[str, Any]) -> Outputs:
    return {label: metadata[member] for label, member in _CHECK_FILES.items() if metadata.get(member)}


# What a violation is about (facts/monitor-and-clarify.md, 4 and 9).
_SUBJECTS = ("feature_name", "facet", "facet_value", "label", "metric_name", "constraint_check_type")

CHECKS = ("QualityCheck", "ClarifyCheck")
# The drift baseline is what a later check is to be compared with: of a step that registers a new baseline,
# its own (facts/monitor-and-clarify.md, 6).
_CHECK_FILES = {
    "violations": "ViolationReport",
    "statistics": "CalculatedBaselineStatistics",
    "constraints": "CalculatedBaselineConstraints",
    "drift baseline": "BaselineUsedForDriftCheckConstraints",
}

# By the key of a step's Metadata.
KINDS: dict[str, Callable[[Aws, Mapping[str, Any]], Outputs]] = {
    "ProcessingJob": _processing,
    "TransformJob": _transform,
    "TrainingJob": _training,
    "AutoMLJob": _automl,
    "Model": _model,
    "RegisterModel": _model_package,
    "Lambda": _given,
    "Callback": _given,
    "EMR": _emr,
    "QualityCheck": _check,
    "ClarifyCheck": _check,
}


def violations(aws: Aws, metadata: Mapping[str, Any]) -> list[str]:
    """What a check found, a line for each (`age baseline_drift_check: ...`).

    Empty if there is no report that can be read.
    """
    uri = metadata.get("ViolationReport")
    document = read_json(aws, uri) if uri else None
    found = document.get("violations") if isinstance(document, dict) else None
    if not isinstance(found, list):
        return []
    return [_violation(item) for item in found if isinstance(item, dict)]


def _violation(item: Mapping[str, Any]) -> str:
    about = [str(item[member]) for member in _SUBJECTS if item.get(member)]
    return f"{' '.join(about)}: {item.get('description', '')}"


def read_json(aws: Aws, uri: str) -> Any:
    """The JSON that lies there; None if there is none, it may not be read, or is too large to be shown."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        found = aws.s3.get_object(Bucket=bucket, Key=key)
        return json.loads(found["Body"].read()) if found["ContentLength"] <= _LARGEST else None
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return None
        raise
    except (ValueError, RecursionError):
        return None  # a file that is no JSON, or is nested too deep to be any, has nothing to show
