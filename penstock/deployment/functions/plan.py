"""What a deploy would change about a pipeline's functions, found by reading alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.deployment import preflight, tags
from penstock.deployment.aws import Aws, is_denied, is_missing
from penstock.deployment.changes import Change, changes
from penstock.deployment.functions.wanted import PIPELINE_TAG, Wanted
from penstock.errors import PenstockError

# A message at a time: one request for approval that fails is not handed out again with those that did not.
BATCH_SIZE = 1


@dataclass(frozen=True)
class Source:
    """What to do about an event source mapping: which queue's messages invoke the function.

    `uuid` is the mapping's own name, empty where there is none yet.
    """

    action: Literal["add", "update", "remove"]
    queue: str
    uuid: str = ""


@dataclass(frozen=True)
class FunctionPlan:
    """What to do about one function. `wanted` is None where it goes."""

    name: str
    action: Literal["create", "update", "unchanged", "remove"]
    wanted: Wanted | None
    code: bool = False  # whether the code is another, or Lambda could not take it in
    changes: list[Change] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    tags_to_add: dict[str, str] = field(default_factory=dict)
    tags_to_remove: list[str] = field(default_factory=list)


def make(aws: Aws, pipeline: str, wanted: Sequence[Wanted]) -> list[FunctionPlan]:
    """Compare the wanted functions with those that AWS has; those of earlier deploys go.

    Raises PenstockError where the role or the queue is not there, or does not fit.
    """
    _check(aws, wanted)
    return [*(_compared(aws, item) for item in wanted), *_leftovers(aws, pipeline, wanted)]


def _check(aws: Aws, wanted: Iterable[Wanted]) -> None:
    environment = aws.environment
    for item in wanted:
        role = item.configuration["Role"]
        if role == environment.function_role:
            preflight.require_role(aws, "function_role", role)
        if item.queue == environment.approval_queue_arn:
            hidden = preflight.require_queue(aws).get("VisibilityTimeout")
            longest = item.configuration["Timeout"]
            if hidden and int(hidden) < longest:
                raise PenstockError(
                    f"it shows a message again after {hidden} s, and {item.name} may work for {longest} s",
                    where=f"queue {environment.approval_queue}",
                    remedy=f"Lambda refuses that: set the queue's VisibilityTimeout to {longest} or more.",
                )


def _compared(aws: Aws, wanted: Wanted) -> FunctionPlan:
    try:
        found = aws.functions.get_function(FunctionName=wanted.name)
    except ClientError as error:
        if not is_missing(error):
            raise
        sources = [Source("add", wanted.queue)] if wanted.queue else []
        return FunctionPlan(wanted.name, "create", wanted, sources=sources)
    deployed = {"Description": "", "Environment": {"Variables": {}}, **found["Configuration"]}
    broken = "Failed" in (deployed.get("State"), deployed.get("LastUpdateStatus"))
    code = broken or deployed["CodeSha256"] != wanted.code_sha256
    differing = changes(deployed, wanted.configuration, wanted.configuration)
    sources = list(_sources(aws, wanted.name, wanted.queue))
    there = found.get("Tags") or {}
    add, remove = tags.to_add(there, wanted.tags), tags.to_remove(there, wanted.tags)
    same = not (code or differing or sources or add or remove)
    return FunctionPlan(
        wanted.name,
        "unchanged" if same else "update",
        wanted,
        code=code,
        changes=differing,
        sources=sources,
        tags_to_add=add,
        tags_to_remove=remove,
    )


def _sources(aws: Aws, name: str, queue: str | None) -> Iterator[Source]:
    """From the mappings that the function has to the one that it should have."""
    there = False
    for mapping in _mappings(aws, name):
        if mapping["EventSourceArn"] != queue:
            yield Source("remove", mapping["EventSourceArn"], mapping["UUID"])
        else:
            there = True
            paused = mapping["State"] in ("Disabled", "Disabling")
            if paused or mapping["BatchSize"] != BATCH_SIZE:
                yield Source("update", mapping["EventSourceArn"], mapping["UUID"])
    if queue and not there:
        yield Source("add", queue)


def _leftovers(aws: Aws, pipeline: str, wanted: Iterable[Wanted]) -> Iterator[FunctionPlan]:
    """The functions that an earlier deploy of the pipeline made, and that it no longer has, or wants here."""
    kept = {item.name for item in wanted}
    try:
        listed = [
            function
            for page in aws.functions.get_paginator("list_functions").paginate()
            for function in page["Functions"]
        ]
    except ClientError as error:
        if is_denied(error) and not kept:
            return  # who deploys pipelines without functions needs no permission for them
        raise
    for function in listed:
        name = function["FunctionName"]
        if name in kept or not name.startswith(f"{pipeline}-"):
            continue
        labels = aws.functions.list_tags(Resource=function["FunctionArn"])["Tags"]
        if labels.get(PIPELINE_TAG) == pipeline:
            yield FunctionPlan(name, "remove", None, sources=list(_sources(aws, name, None)))


def _mappings(aws: Aws, name: str) -> list[dict[str, Any]]:
    pages = aws.functions.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
    listed = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [mapping for mapping in listed if mapping["State"] != "Deleting"]
