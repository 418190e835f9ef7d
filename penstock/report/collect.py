"""An execution as AWS tells it -> the report's data: Describe and List calls, and reads of small files in S3.

What is gone by now, or what these credentials may not read, is left out of the report.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from penstock.definition.structure import BRANCHES, dependencies
from penstock.deployment import report as outcome
from penstock.deployment.aws import Aws, is_denied, is_missing, is_passing
from penstock.deployment.executions import Snapshot, snapshot
from penstock.deployment.outputs import read_json
from penstock.report import console, documents
from penstock.report.model import (
    AWS,
    Attributions,
    Bias,
    Execution,
    Findings,
    Link,
    Parameter,
    RanBy,
    Report,
    Step,
    Violations,
)

# Tags by which what stands in for AWS tells so; AWS has none of them.
_RAN_BY, _ISOLATION = "penstock:ran-by", "penstock:isolation"

_WORST_FIRST = ("Failed", "Stopped", "Stopping", "Executing", "Starting", "Succeeded")
# What members of Metadata are called on the page.
_LABELS = {
    "Arn": "resource",
    "ViolationReport": "violations",
    "BaselineUsedForDriftCheckStatistics": "baseline statistics",
    "BaselineUsedForDriftCheckConstraints": "baseline constraints",
}

Result = TypeVar("Result")
Json = dict[str, Any]


def collect(aws: Aws, arn: str) -> Report:
    """The report on an execution, ended or not. Raises PenstockError if there is no such execution."""
    shot = snapshot(aws, arn)
    text = _definition(aws, arn)
    definition = json.loads(text) if text else {"Steps": []}
    results = {step["name"]: step for step in outcome.make(aws, shot)["steps"]}
    steps = tuple(_steps(definition, _records(shot), results, _Provenance(aws, arn)))
    return Report(_execution(aws, shot, definition, text), steps, _findings(aws, shot, definition, results))


def _definition(aws: Aws, arn: str) -> str:
    describe = aws.sagemaker.describe_pipeline_definition_for_execution
    return _unless_refused(lambda: str(describe(PipelineExecutionArn=arn)["PipelineDefinition"]), "")


def _execution(aws: Aws, shot: Snapshot, definition: Json, text: str) -> Execution:
    described = shot.execution
    return Execution(
        shot.arn,
        shot.arn.rpartition(":")[2].split("/")[1],
        shot.status,
        described.get("CreationTime"),
        described.get("LastModifiedTime") if shot.ended else None,
        described.get("FailureReason", ""),
        aws.environment.name,
        hashlib.sha256(text.encode()).hexdigest() if text else "",
        tuple(_parameters(aws, shot.arn, definition)),
    )


def _parameters(aws: Aws, arn: str, definition: Json) -> Iterator[Parameter]:
    pages = aws.sagemaker.get_paginator("list_pipeline_parameters_for_execution")
    nothing: list[Json] = []
    listed = _unless_refused(lambda: list(pages.paginate(PipelineExecutionArn=arn)), nothing)
    given = {item["Name"]: item["Value"] for page in listed for item in page["PipelineParameters"]}
    declared = {item["Name"]: item.get("DefaultValue") for item in definition.get("Parameters") or []}
    for name in declared | given:
        default = _text(declared.get(name))
        yield Parameter(
            name, given.get(name, default), name in declared and given.get(name, default) == default
        )


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else "" if value is None else str(value)


def _records(shot: Snapshot) -> dict[str, Json]:
    """One record for each step that started; of the iterations of a ForEach, the one that went worst."""
    by_name: dict[str, list[Json]] = {}
    for record in shot.steps:
        by_name.setdefault(record["StepName"], []).append(record)
    return {name: min(records, key=_rank) for name, records in by_name.items()}


def _rank(record: Json) -> int:
    status = record["StepStatus"]
    return _WORST_FIRST.index(status) if status in _WORST_FIRST else len(_WORST_FIRST)


def _steps(
    definition: Json, records: Mapping[str, Json], results: Mapping[str, Json], provenance: "_Provenance"
) -> Iterator[Step]:
    waits_for = dependencies(definition)
    for step, parent, branch in _with_parents(definition["Steps"], "", ""):
        name = step["Name"]
        shown = {
            "display_name": step.get("DisplayName", ""),
            "description": step.get("Description", ""),
            "waits_for": tuple(dict.fromkeys(waits_for[name])),
            "parent": parent,
            "branch": branch,
        }
        record = records.get(name)
        if record is None:
            yield Step(name, step["Type"], **shown)
            continue
        kind = outcome.step_type(record)
        metadata = (record.get("Metadata") or {}).get(kind, {})
        yield Step(
            name,
            step["Type"],
            **shown,
            status=record["StepStatus"],
            started=record.get("StartTime"),
            ended=record.get("EndTime"),
            cached=outcome.is_cached(record),
            attempts=record.get("AttemptCount", 0),
            outcome=metadata.get("Outcome", ""),
            failure_reason=record.get("FailureReason", ""),
            log=tuple(results[name].get("log", ())),
            ran_by=provenance.of(kind, metadata),
            links=tuple(_links(results[name]["outputs"], metadata, provenance)),
        )


def _with_parents(steps: list[Json], parent: str, branch: str) -> Iterator[tuple[Json, str, str]]:
    for step in steps:
        yield step, parent, branch
        for body, inside in BRANCHES.items():
            yield from _with_parents((step.get("Arguments") or {}).get(body) or [], step["Name"], inside)


def _links(outputs: Mapping[str, str], metadata: Json, provenance: "_Provenance") -> Iterator[Link]:
    """What a step says it made, then what else its Metadata names, each once."""
    named = {label: value for label, value in outputs.items() if label != "outcome"}
    named |= {
        "job" if "-job/" in value else _LABELS.get(label, label): value
        for label, value in metadata.items()
        if isinstance(value, str) and value.startswith(("s3://", "arn:"))
    }
    seen = set()
    for label, value in named.items():
        if value and value not in seen:
            seen.add(value)
            yield Link(label, value, provenance.console(value))


class _Provenance:
    """Who answers for an execution and its jobs. Without the tags, that is AWS."""

    def __init__(self, aws: Aws, arn: str) -> None:
        self._aws = aws
        self._arn = arn
        self._tags = self._read(arn)

    def of(self, kind: str, metadata: Json) -> RanBy:
        """`kind` and `metadata`: a step's Metadata."""
        if _RAN_BY not in self._tags:
            return AWS
        job = metadata.get("CheckJobArn") or metadata.get("Arn") or ""
        tags = self._read(job) if ":sagemaker:" in job else {}
        told = _joined(tags, _RAN_BY) or _joined(self._tags, f"{_RAN_BY}/{kind}") or self._tags[_RAN_BY]
        name, how, differs = (*told.split(": ", 2), "", "")[:3]
        return RanBy(name, how, differs, tags.get(_ISOLATION, ""))

    def console(self, text: str) -> str:
        if _RAN_BY in self._tags:
            return ""
        return console.page(text, self._arn.split(":")[1], self._aws.environment.region)

    def _read(self, arn: str) -> dict[str, str]:
        # AWS takes no execution here, and says so in one way or another.
        try:
            pages = self._aws.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        except ClientError as error:
            if is_passing(error):
                raise
            return {}


def _joined(tags: Mapping[str, str], key: str) -> str:
    """The text of a tag, and of key/2, key/3 and so on, where it goes on."""
    text = tags.get(key, "")
    number = 2
    while part := tags.get(f"{key}/{number}"):
        text += part
        number += 1
    return text


def _findings(aws: Aws, shot: Snapshot, definition: Json, results: Mapping[str, Json]) -> Findings:
    qualities, profiles = [], []
    violations: list[Violations] = []
    biases: list[Bias] = []
    attributions: list[Attributions] = []
    for name, document in _property_files(aws, definition, results):
        qualities.append(documents.quality(name, document))
    for record in shot.steps:
        name, kind = record["StepName"], outcome.step_type(record)
        metadata = (record.get("Metadata") or {}).get(kind, {})
        if kind == "QualityCheck":
            statistics = _read(aws, metadata.get("CalculatedBaselineStatistics"))
            qualities.append(documents.quality(name, statistics))
            profiles.append(documents.profile(name, statistics))
        elif kind == "ClarifyCheck":
            analysis = _read(aws, metadata.get("CalculatedBaselineConstraints"))
            biases += documents.biases(name, analysis)
            attributions += documents.attributions(name, analysis)
        else:
            continue
        if report := metadata.get("ViolationReport"):
            violations.append(documents.violations(name, report, read_json(aws, report)))
        elif record["StepStatus"] == "Succeeded":
            violations.append(Violations(name, skipped=bool(metadata.get("SkipCheck"))))
    return Findings(
        tuple(quality for quality in qualities if quality),
        tuple(violations),
        tuple(biases),
        tuple(attributions),
        tuple(profile for profile in profiles if profile),
    )


def _read(aws: Aws, uri: str | None) -> Any:
    return read_json(aws, uri) if uri else None


def _property_files(aws: Aws, definition: Json, results: Mapping[str, Json]) -> Iterator[tuple[str, Any]]:
    for step, _, _ in _with_parents(definition["Steps"], "", ""):
        outputs = results.get(step["Name"], {}).get("outputs", {})
        for file in step.get("PropertyFiles") or []:
            if folder := outputs.get(file["OutputName"]):
                yield step["Name"], read_json(aws, f"{folder.rstrip('/')}/{file['FilePath']}")


def _unless_refused(call: Callable[[], Result], otherwise: Result) -> Result:
    try:
        return call()
    except ClientError as error:
        if is_missing(error) or is_denied(error):
            return otherwise
        raise
