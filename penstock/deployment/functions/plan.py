"""What a deploy would change about a pipeline's functions, found by reading alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
PAUSED = "paused"


@dataclass(frozen=True)
class Source:
    """What to do about an event source mapping: which queue's messages invoke the function.

    `uuid` is the mapping's own name, empty where there is none yet. `found` is what an update ends: `paused`,
    or `10 messages at a time`.
    """

    action: Literal["add", "update", "remove"]
    queue: str
    uuid: str = ""
    found: str = ""


@dataclass(frozen=True)
class FunctionPlan:
    """What to do about one function. `wanted` is None where it goes."""

    name: str
    action: Literal["create", "update", "unchanged", "remove"]
    wanted: Wanted | None
    code: bool = False  # whether the code is another, or Lambda could not take it in
    tags: dict[str, str] = field(default_factory=dict)  # that it has
    changes: list[Change] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    tags_to_add: dict[str, str] = field(default_factory=dict)
    tags_to_remove: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Deployed:
    """A function as Lambda has it: GetFunction's Configuration with its Concurrency in it, its Tags, and its
    event source mappings."""

    configuration: dict[str, Any]
    tags: dict[str, str]
    mappings: list[dict[str, Any]]


Describe = Callable[[str], Deployed | None]


def make(aws: Aws, pipeline: str, wanted: Sequence[Wanted], described: Describe) -> list[FunctionPlan]:
    """Compare the wanted functions with those that AWS has; those of earlier deploys go.

    `described` is `describe`, or what remembers its answers. Raises PenstockError where the role or the
    queue is not there, or does not fit.
    """
    _check(aws, wanted)
    return [
        *(compared(described(item.name), item) for item in wanted),
        *_leftovers(aws, pipeline, wanted),
    ]


def describe(aws: Aws, name: str) -> Deployed | None:
    """The function as Lambda has it; None if there is none."""
    try:
        found = aws.functions.get_function(FunctionName=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    configuration = {
        "Description": "",
        "Environment": {"Variables": {}},
        **found["Configuration"],
        **(found.get("Concurrency") or {}),
    }
    return Deployed(configuration, found.get("Tags") or {}, _mappings(aws, name))


def _check(aws: Aws, wanted: Sequence[Wanted]) -> None:
    environment = aws.environment
    for role in sorted({item.configuration["Role"] for item in wanted}):
        preflight.require_role(aws, "function_role", role)
    readers = [item for item in wanted if item.queue == environment.approval_queue_arn]
    hidden = preflight.require_queue(aws).get("VisibilityTimeout") if readers else None
    for item in readers:
        longest = item.configuration["Timeout"]
        if hidden and int(hidden) < longest:
            raise PenstockError(
                f"it shows a message again after {hidden} s, and {item.name} may work for {longest} s",
                where=f"queue {environment.approval_queue}",
                remedy=f"Lambda refuses that: set the queue's VisibilityTimeout to {longest} or more.",
            )


def compared(deployed: Deployed | None, wanted: Wanted) -> FunctionPlan:
    """What makes the function that is there the wanted one."""
    if deployed is None:
        sources = [Source("add", wanted.queue)] if wanted.queue else []
        return FunctionPlan(wanted.name, "create", wanted, sources=sources)
    there = deployed.configuration
    broken = "Failed" in (there.get("State"), there.get("LastUpdateStatus"))
    code = broken or there["CodeSha256"] != wanted.code_sha256
    differing = changes(there, wanted.configuration, wanted.configuration)
    sources = list(_sources(deployed.mappings, wanted.queue))
    add = tags.to_add(deployed.tags, wanted.tags)
    remove = tags.to_remove(deployed.tags, wanted.tags)
    same = not (code or differing or sources or add or remove)
    return FunctionPlan(
        wanted.name,
        "unchanged" if same else "update",
        wanted,
        code=code,
        tags=deployed.tags,
        changes=differing,
        sources=sources,
        tags_to_add=add,
        tags_to_remove=remove,
    )


def _sources(mappings: Iterable[dict[str, Any]], queue: str | None) -> Iterator[Source]:
    """From the mappings that the function has to the one that it should have."""
    there = False
    for mapping in mappings:
        source = mapping.get("EventSourceArn", mapping["UUID"])  # a Kafka of one's own has no ARN
        if source != queue:
            yield Source("remove", source, mapping["UUID"])
        else:
            there = True
            if mapping["State"] in ("Disabled", "Disabling"):
                yield Source("update", source, mapping["UUID"], PAUSED)
            elif mapping["BatchSize"] != BATCH_SIZE:
                yield Source("update", source, mapping["UUID"], f"{mapping['BatchSize']} messages at a time")
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
        try:
            labels = aws.functions.list_tags(Resource=function["FunctionArn"])["Tags"]
        except ClientError as error:
            if is_missing(error):
                continue  # it was there when they were listed
            raise
        if labels.get(PIPELINE_TAG) == pipeline:
            sources = list(_sources(_mappings(aws, name), None))
            yield FunctionPlan(name, "remove", None, sources=sources)


def _mappings(aws: Aws, name: str) -> list[dict[str, Any]]:
    pages = aws.functions.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
    listed = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [mapping for mapping in listed if mapping["State"] != "Deleting"]
