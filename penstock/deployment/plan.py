"""What a deploy would change, as plain data, found by reading alone.

apply.py does what a Plan says and scripts/plan.py prints it, so what is printed is what is done. The model
is aws/chalice's deployer: one plan, an executor and a display.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.definition.compiled import Compiled
from penstock.deployment import assets, preflight, tags
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws, is_missing
from penstock.deployment.changes import Change, changes
from penstock.deployment.functions.plan import FunctionPlan
from penstock.deployment.functions.plan import make as plan_functions
from penstock.deployment.functions.wanted import of_manifest as functions_of_manifest
from penstock.deployment.request import Request, build, names_for
from penstock.deployment.steps import BODIES, all_steps
from penstock.project import Project

# Definitions below this size go inline, as the SDK does it (facts/pipeline-execution.md, 2).
INLINE_LIMIT = 100 * 1024

_FIELDS = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")


@dataclass(frozen=True)
class NamedChanges:
    """Which of a definition's steps, or parameters, come, go and differ, by name."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DefinitionChange:
    steps: NamedChanges
    parameters: NamedChanges


@dataclass(frozen=True)
class Plan:
    """What to do, in this order: publish, create or update functions, create or update the pipeline, put tags
    on it, take tags off it, remove functions."""

    environment: str
    pipeline: str
    arn: str  # empty until the pipeline is created
    action: Literal["create", "update", "unchanged"]
    request: Request
    publish: list[Upload]
    changes: list[Change]
    definition: DefinitionChange | None
    tags_to_add: dict[str, str]
    tags_to_remove: list[str]
    functions: list[FunctionPlan]

    @property
    def is_empty(self) -> bool:
        functions = all(function.action == "unchanged" for function in self.functions)
        return self.action == "unchanged" and functions and not self.publish


def make(project: Project, compiled: Compiled, aws: Aws) -> Plan:
    """Compare what the project says with what AWS has. Describe, List, Head and Get calls only.

    Raises PenstockError where the request cannot be built or the environment is not as it says.
    """
    environment = aws.environment
    request = build(project, compiled, environment)
    name = request["PipelineName"]
    names = names_for(project, compiled.manifest, environment)
    wanted_functions = functions_of_manifest(project, compiled.manifest, environment, name, names)
    preflight.check(aws, json.loads(request["PipelineDefinition"]))
    deployed = describe(aws, name)
    action: Literal["create", "update", "unchanged"] = "create"
    definition: DefinitionChange | None = None
    differing: list[Change] = []
    add: dict[str, str] = {}
    remove: list[str] = []
    if deployed is not None:
        definition = _definition_change(deployed.get("PipelineDefinition", ""), request["PipelineDefinition"])
        # What the request does not have is no change: UpdatePipeline cannot take a value away.
        differing = changes(deployed, request, _FIELDS)
        there = _tags_of(aws, deployed["PipelineArn"])
        wanted = tags.as_dict(request.get("Tags", []))
        add, remove = tags.to_add(there, wanted), tags.to_remove(there, wanted)
        action = "update" if definition or differing or add or remove else "unchanged"
    uploads = assets.of_manifest(project, compiled.manifest, environment)
    if action != "unchanged":
        request, definitions = _sendable(request, aws)
        uploads += definitions
    return Plan(
        environment=environment.name,
        pipeline=name,
        arn=deployed["PipelineArn"] if deployed else "",
        action=action,
        request=request,
        publish=assets.missing(aws, uploads),
        changes=differing,
        definition=definition,
        tags_to_add=add,
        tags_to_remove=remove,
        functions=plan_functions(aws, name, wanted_functions),
    )


def describe(aws: Aws, name: str) -> dict[str, Any] | None:
    """The deployed pipeline as DescribePipeline gives it; None if there is none."""
    try:
        described: dict[str, Any] = aws.sagemaker.describe_pipeline(PipelineName=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return described


def _tags_of(aws: Aws, arn: str) -> dict[str, str]:
    pages = aws.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return tags.as_dict(tag for page in pages for tag in page["Tags"])


def _sendable(request: Request, aws: Aws) -> tuple[Request, list[Upload]]:
    """The request as it is sent: with a large definition in S3, and the upload which puts it there."""
    text = request["PipelineDefinition"]
    if len(text.encode()) < INLINE_LIMIT:
        return request, []
    upload = assets.of_definition(text, request["PipelineName"], aws.environment)
    location = {"Bucket": aws.environment.bucket, "ObjectKey": upload.key}
    others = {key: value for key, value in request.items() if key != "PipelineDefinition"}
    return others | {"PipelineDefinitionS3Location": location}, [upload]


def _definition_change(deployed: str, wanted: str) -> DefinitionChange | None:
    if deployed == wanted:
        return None
    before, after = _parsed(deployed), json.loads(wanted)
    if before == after:
        return None  # the same document, written by another tool
    return DefinitionChange(
        _named_changes(_steps(before), _steps(after)),
        _named_changes(_parameters(before), _parameters(after)),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _steps(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Every step by its name; of the steps inside it, a step is shown with their names alone."""
    return {str(step.get("Name")): _outline(step) for step in all_steps(definition.get("Steps"))}


def _outline(step: dict[str, Any]) -> dict[str, Any]:
    arguments = step.get("Arguments")
    if not isinstance(arguments, dict):
        return step
    inside = {key: [item.get("Name") for item in arguments[key]] for key in BODIES if key in arguments}
    return {**step, "Arguments": arguments | inside}


def _parameters(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {str(item.get("Name")): item for item in definition.get("Parameters") or []}


def _named_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> NamedChanges:
    return NamedChanges(
        added=[name for name in after if name not in before],
        removed=[name for name in before if name not in after],
        changed=[name for name in after if name in before and after[name] != before[name]],
    )
