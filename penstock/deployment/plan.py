"""What a deploy would change, as plain data, found by reading alone.

apply.py does what a Plan says and scripts/plan.py prints it, so what is printed is what is done. The model
is aws/chalice's deployer: one plan, an executor and a display.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.definition.diff import Change, Diff, diff
from penstock.deployment import assets, drift, kept, preflight, tags
from penstock.deployment.assets import Upload
from penstock.deployment.aws import Aws, is_missing
from penstock.deployment.changes import changes
from penstock.deployment.drift import SETTINGS, Drift, There, is_default
from penstock.deployment.functions import unset
from penstock.deployment.functions.plan import FunctionPlan
from penstock.deployment.functions.plan import describe as describe_function
from penstock.deployment.functions.plan import make as plan_functions
from penstock.deployment.request import Request
from penstock.deployment.revision import Revision

# Definitions below this size go inline, as the SDK does it (facts/pipeline-execution.md, 2).
INLINE_LIMIT = 100 * 1024

Action = Literal["create", "update", "unchanged"]
Untold = Literal["stamps", "record"]


@dataclass(frozen=True)
class Plan:
    """What to do, in this order: publish, keep, create or update functions, create or update the pipeline,
    take tags off it, put tags on it, remove functions.

    `request` is sent; `keep` are the files of a way back to this revision. `there` is what AWS has, None if
    there is no such pipeline yet; `drift` is what others changed about it, as far as that can be told: it is
    `untold` where the stamps of the last deploy are gone, or the record of what it left. `definition` is None
    also where it only is `rewritten`: in another order, say. `left` are the settings that the pipeline has
    and the request has not: UpdatePipeline cannot take them away.
    """

    environment: str
    revision: Revision
    there: There | None
    action: Action
    request: Request
    publish: list[Upload]
    keep: list[Upload]
    changes: list[Change]
    definition: Diff | None
    rewritten: bool
    tags_to_add: dict[str, str]
    tags_to_remove: list[str]
    functions: list[FunctionPlan]
    drift: Drift | None
    untold: Untold | None
    left: dict[str, Any]

    @property
    def pipeline(self) -> str:
        return self.revision.pipeline

    @property
    def is_empty(self) -> bool:
        functions = all(function.action == "unchanged" for function in self.functions)
        return self.action == "unchanged" and functions and not self.publish and not self.keep

    @property
    def puts_back(self) -> bool:
        """Whether a deploy puts back anything of what others changed."""
        if self.is_empty or self.drift is None:
            return False
        settings = any(change.path not in self.left for change in self.drift.changes)
        functions = any(
            change.path not in unset.MEMBERS
            for changes in self.drift.functions.values()
            for change in changes
        )
        return settings or functions or self.drift.definition is not None


def make(aws: Aws, wanted: Revision) -> Plan:
    """Compare a revision with what AWS has. Describe, List, Head and Get calls only.

    Raises PenstockError where the environment is not as it says.
    """
    preflight.check(aws, wanted.definition, wanted.request.get("RoleArn", ""))
    there = look(aws, wanted.pipeline)
    described = cache(lambda name: describe_function(aws, name))
    stamped = _stamps(wanted, there)
    action: Action = "create"
    definition: Diff | None = None
    rewritten = False
    differing: list[Change] = []
    add: dict[str, str] = {}
    remove: list[str] = []
    found: Drift | None = None
    untold: Untold | None = None
    if there is not None:
        if not there.has_text_of(wanted):
            definition = diff(there.definition, wanted.definition)
            rewritten = definition is None and there.definition != wanted.definition
        differing = changes(there.described, wanted.request, SETTINGS)
        labels = tags.as_dict(wanted.request.get("Tags", [])) | stamped
        add, remove = tags.to_add(there.tags, labels), tags.to_remove(there.tags, labels)
        changed = definition or rewritten or differing or add or remove
        action = "update" if changed else "unchanged"
        last = _last(aws, wanted, there)
        found = drift.find(there, last, _next_ones(aws, wanted, there), described)
        untold = _untold(aws, wanted.pipeline, there, last)
    request = wanted.request
    uploads = wanted.uploads
    if action == "create":
        request = request | {"Tags": request.get("Tags", []) + tags.as_list(stamped)}
    if action == "create" or definition or rewritten or differing:
        request, definitions = _sendable(request, aws)
        uploads = uploads + definitions
    return Plan(
        environment=aws.environment.name,
        revision=wanted,
        there=there,
        action=action,
        request=request,
        publish=_missing(aws, uploads),
        keep=_missing(aws, wanted.kept(aws.environment, stamped.get(tags.COMMIT, ""))),
        changes=differing,
        definition=definition,
        rewritten=rewritten,
        tags_to_add=add,
        tags_to_remove=remove,
        functions=plan_functions(aws, wanted.pipeline, wanted.functions, described),
        drift=found,
        untold=untold,
        left=_left(wanted, there),
    )


def look(aws: Aws, name: str) -> There | None:
    """The pipeline as AWS has it; None if there is none."""
    described = describe(aws, name)
    if described is None:
        return None
    pages = aws.sagemaker.get_paginator("list_tags").paginate(ResourceArn=described["PipelineArn"])
    labels = tags.as_dict(tag for page in pages for tag in page["Tags"])
    return There(described, _parsed(described.get("PipelineDefinition", "")), labels)


def describe(aws: Aws, name: str) -> dict[str, Any] | None:
    """The deployed pipeline as DescribePipeline gives it; None if there is none."""
    try:
        described: dict[str, Any] = aws.sagemaker.describe_pipeline(PipelineName=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return described


def _missing(aws: Aws, uploads: list[Upload]) -> list[Upload]:
    missing = assets.missing(aws, uploads)
    lost = next((upload for upload in missing if upload.source is None), None)
    if lost is not None:
        raise assets.gone(aws, lost)
    return missing


def _last(aws: Aws, wanted: Revision, there: There) -> Revision | None:
    if there.revision in ("", wanted.id):
        return wanted if there.revision else None
    return kept.recorded(aws, wanted.pipeline, there.revision)


def _untold(aws: Aws, pipeline: str, there: There, last: Revision | None) -> Untold | None:
    if there.revision:
        return "record" if last is None else None
    return "stamps" if kept.has_any(aws, pipeline) else None


def _left(wanted: Revision, there: There | None) -> dict[str, Any]:
    if there is None:
        return {}
    names = (name for name in SETTINGS if name not in wanted.request)
    return {name: value for name in names if not is_default(name, value := there.described.get(name), wanted)}


def _next_ones(aws: Aws, wanted: Revision, there: There) -> list[Revision]:
    if there.unfinished in ("", wanted.id):
        return [wanted]
    begun = kept.recorded(aws, wanted.pipeline, there.unfinished)
    return [wanted] if begun is None else [wanted, begun]


def _stamps(wanted: Revision, there: There | None) -> dict[str, str]:
    """The tags that say what was deployed. A commit that brings nothing new is no reason to deploy."""
    same = there is not None and there.revision == wanted.id
    commit = (there.commit if there is not None and same else "") or wanted.commit
    return tags.stamps(wanted.id, wanted.definition_sha256, commit)


def _sendable(request: Request, aws: Aws) -> tuple[Request, list[Upload]]:
    """The request as it is sent: with a large definition in S3, and the upload which puts it there."""
    text = request["PipelineDefinition"]
    if len(text.encode()) < INLINE_LIMIT:
        return request, []
    upload = assets.of_definition(text, request["PipelineName"], aws.environment)
    location = {"Bucket": aws.environment.bucket, "ObjectKey": upload.key}
    others = {key: value for key, value in request.items() if key != "PipelineDefinition"}
    return others | {"PipelineDefinitionS3Location": location}, [upload]


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
