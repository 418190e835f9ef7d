"""What other hands changed since Penstock's last deploy: in Studio, in the console, by another tool.

It compares what is there with the revision that the last deploy left, from data to data. What is as the next
deploy wants it anyway is no drift: nothing of it would be lost.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.definition.diff import Change, Diff, diff
from penstock.deployment import tags
from penstock.deployment.changes import differ
from penstock.deployment.functions import unset
from penstock.deployment.functions.plan import Deployed, Describe, compared
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.request import compact
from penstock.deployment.revision import Revision

# The members of the request that a pipeline has beside its definition and its tags.
SETTINGS = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")


@dataclass(frozen=True)
class Drift:
    """`before` of a change is what Penstock deployed, `after` what is there now.

    `changes` are of the pipeline's settings and tags, `functions` of those that came along, by name.
    `definition` is None if it is as deployed; `is_known` tells whether the last deploy's revision was there
    to compare with: else it is only told whether the definition is another.
    """

    changes: list[Change]
    definition: Diff | None
    functions: dict[str, list[Change]]
    is_known: bool = True


@dataclass(frozen=True)
class There:
    """The pipeline as AWS has it: DescribePipeline's answer, its definition parsed, its tags."""

    described: dict[str, Any]
    definition: dict[str, Any]
    tags: dict[str, str]

    def has_text_of(self, revision: Revision) -> bool:
        """Whether its definition is the revision's to the letter, which is soon told."""
        return bool(self.described.get("PipelineDefinition") == revision.request["PipelineDefinition"])

    @property
    def revision(self) -> str:
        """The digest of the revision that was deployed last; empty if Penstock deployed none."""
        return tags.revisions(self.tags)[0]

    @property
    def unfinished(self) -> str:
        """The digest of the revision whose deploy began since then and did not end; empty if none did."""
        return tags.revisions(self.tags)[1]

    @property
    def commit(self) -> str:
        return self.tags.get(tags.COMMIT, "")


def find(
    there: There, last: Revision | None, next_ones: Sequence[Revision], described: Describe
) -> Drift | None:
    """`last` is the revision that `there` was stamped with, None if the bucket has it no more. `next_ones`
    are the wanted one and any whose deploy began and did not end."""
    if not there.revision:
        return None  # it never was as Penstock says
    if last is None:
        return _of_stamp(there, next_ones)
    drift = Drift(
        [*_settings(there, last, next_ones), *_tags(there.tags, last, next_ones)],
        _definition(there, last, next_ones),
        dict(_functions(last, next_ones, described)),
    )
    return drift if drift.changes or drift.definition or drift.functions else None


def _definition(there: There, last: Revision, next_ones: Sequence[Revision]) -> Diff | None:
    found = None if there.has_text_of(last) else diff(last.definition, there.definition)
    return None if found is None or _is_next(there, next_ones) else found


def _is_next(there: There, next_ones: Sequence[Revision]) -> bool:
    return any(diff(there.definition, each.definition) is None for each in next_ones)


def _of_stamp(there: There, next_ones: Sequence[Revision]) -> Drift | None:
    stamped = there.tags.get(tags.DEFINITION)
    digest = hashlib.sha256(compact(there.definition).encode(errors="replace")).hexdigest()
    if stamped in (None, digest) or _is_next(there, next_ones):
        return None
    return Drift([Change("PipelineDefinition", f"SHA-256 {stamped}", f"SHA-256 {digest}")], None, {}, False)


def _settings(there: There, last: Revision, next_ones: Sequence[Revision]) -> Iterator[Change]:
    for name in SETTINGS:
        before, after = last.request.get(name), there.described.get(name)
        is_as_given = before is None and is_default(name, after, last)
        is_next = any(not differ(after, each.request.get(name)) for each in next_ones)
        if differ(before, after) and not is_as_given and not is_next:
            yield Change(name, before, after)


def is_default(name: str, value: Any, revision: Revision) -> bool:
    """Whether that is what a pipeline has if it was given no such setting."""
    # Of its display name that is its name [API CreatePipeline].
    return value in (None, "") or (name == "PipelineDisplayName" and value == revision.pipeline)


def _tags(there: Mapping[str, str], last: Revision, next_ones: Sequence[Revision]) -> Iterator[Change]:
    wanted = [tags.as_dict(each.request.get("Tags", [])) for each in next_ones]
    for key, before in tags.as_dict(last.request.get("Tags", [])).items():
        after = there.get(key)
        if before != after and all(after != each.get(key) for each in wanted):
            yield Change(f"Tags[{key!r}]", before, after)


def _functions(
    last: Revision, next_ones: Sequence[Revision], described: Describe
) -> Iterator[tuple[str, list[Change]]]:
    for item in last.functions:
        deployed = described(item.name)
        wanted = [{each.name: each for each in revision.functions}.get(item.name) for revision in next_ones]
        if deployed is None:
            if None not in wanted:
                yield item.name, [Change("function", item.name, None)]
            continue
        found = list(_since(item, deployed))
        for next_one in wanted:
            if next_one is not None:
                lost = {change.path for change in _since(next_one, deployed)}
                found = [change for change in found if change.path in lost]
        if found:
            yield item.name, found


def _since(deploy: Wanted, deployed: Deployed) -> Iterator[Change]:
    """The members of a function that are otherwise than a deploy leaves them."""
    back = compared(deployed, deploy)
    if deployed.configuration["CodeSha256"] != deploy.code_sha256:
        yield Change("CodeSha256", deploy.code_sha256, deployed.configuration["CodeSha256"])
    for change in back.changes:
        yield Change(change.path, change.after, change.before)
    for source in back.sources:
        match source.action:
            case "add":
                yield Change("queue", source.queue, None)
            case "update":
                yield Change("queue", source.queue, source.found)
            case "remove":
                yield Change("queue", None, source.queue)
    for key, value in back.tags_to_add.items():
        yield Change(f"Tags[{key!r}]", value, deployed.tags.get(key))
    yield from unset.of_function(deployed.configuration)
    for mapping in deployed.mappings:
        if deploy.queue and mapping.get("EventSourceArn") == deploy.queue:
            yield from unset.of_source(mapping)
