"""What an execution produced and where it lies, or why it failed: plain data, from Describe calls.

The shape, which `--output json` prints:
{"execution_arn", "status", "failure_reason"?, "steps": [{"name", "type", "status", "seconds", "cached",
 "failure_reason"?, "outputs": {label: URI or text}, "metrics": {name: number}, "log"?: [line],
 "violations"?: [text]}]}
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from penstock.definition.structure import all_steps
from penstock.deployment import outputs
from penstock.deployment.aws import Aws, is_denied, is_missing
from penstock.deployment.executions import Snapshot
from penstock.deployment.logs import last_lines

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
        if kind in outputs.CHECKS:
            result["violations"] = outputs.violations(aws, metadata)
    # A check that failed has more to show than one that did not.
    if kind in outputs.KINDS and (step["StepStatus"] == "Succeeded" or kind in outputs.CHECKS):
        result["outputs"] = outputs.of_step(aws, kind, metadata)
        result["metrics"] = _metrics(aws, result["outputs"], property_files.get(name, []))
    elif kind == "Condition":
        result["outputs"] = {"outcome": metadata.get("Outcome", "")}
    return result


def _property_files(aws: Aws, arn: str) -> dict[str, list[dict[str, str]]]:
    """The property files of each step, by step name, from the definition that the execution runs."""
    try:
        described = aws.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        definition = json.loads(described["PipelineDefinition"])
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return {}
        raise
    steps = all_steps(definition)
    return {step["Name"]: step["PropertyFiles"] for step in steps if "PropertyFiles" in step}


def _metrics(aws: Aws, produced: outputs.Outputs, files: list[dict[str, str]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for file in files:
        folder = produced.get(file["OutputName"])
        if not folder:
            continue
        path = "/".join((folder.rstrip("/"), file["FilePath"]))
        found |= scalars(outputs.read_json(aws, path))
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
