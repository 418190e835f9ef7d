"""A plan as lines for people: one effect a line, in the order of the deploy. It decides nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from penstock.definition.diff import Change
from penstock.definition.diff import lines as diff_lines
from penstock.deployment.cache import Forecast
from penstock.deployment.cache import line as forecast_line
from penstock.deployment.drift import Drift, There
from penstock.deployment.functions.plan import FunctionPlan
from penstock.deployment.plan import Plan
from penstock.deployment.revision import SHORT, Revision
from penstock.deployment.tags import STAMPS
from penstock.deployment.wording import size
from penstock.printable import printable

_MEMBERS = {
    "PipelineDisplayName": "display name",
    "PipelineDescription": "description",
    "RoleArn": "role",
    "ParallelismConfiguration": "parallelism",
    "Role": "role",
    "Handler": "handler",
    "Runtime": "runtime",
    "Timeout": "timeout",
    "MemorySize": "memory",
    "Description": "description",
    "Environment": "environment",
    "CodeSha256": "code",
    "PipelineDefinition": "definition",
}
_SOURCES = {"add": "read", "update": "go on reading", "remove": "read no more"}


def lines(plan: Plan) -> Iterator[str]:
    """What others changed, then what the deploy does."""
    if plan.drift and plan.there:
        yield f"drift: since Penstock deployed revision {named(plan.there)}, others changed"
        yield from drift_lines(plan.drift)
    yield from effect_lines(plan)


def effect_lines(plan: Plan) -> Iterator[str]:
    """What the deploy does."""
    if plan.there and plan.there.unfinished:
        yield f"unfinished: a deploy of revision {plan.there.unfinished[:SHORT]} did not come to its end"
    for upload in plan.publish:
        yield f"publish {upload.name} ({size(upload.size)})"
    if plan.keep:
        total = size(sum(upload.size for upload in plan.keep))
        yield f"keep revision {named(plan.revision)} for a way back ({total})"
    for function in plan.functions:
        if function.action != "remove":
            yield from _function_lines(function)
    yield f"{plan.action} pipeline {plan.pipeline} in {plan.environment}"
    yield from setting_lines(plan)
    if plan.definition:
        yield "  definition changed"
        yield from (f"    {line}" for line in diff_lines(plan.definition))
    elif plan.rewritten:
        yield "  definition written otherwise, to the same effect"
    for function in plan.functions:
        if function.action == "remove":
            yield from _function_lines(function)


def forecast_lines(forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Which steps the next start takes from its cache."""
    if forecasts:
        yield "the next start, with the parameters' defaults:"
    yield from (f"  {forecast_line(forecast)}" for forecast in forecasts)


def setting_lines(plan: Plan) -> Iterator[str]:
    """The changes of the pipeline's own settings, its revision and its tags."""
    if plan.there and plan.there.revision != plan.revision.id:
        yield f"  revision: {named(plan.there)} -> {named(plan.revision)}"
    yield from change_lines(plan.changes)
    yield from _tag_lines(plan.tags_to_add, plan.tags_to_remove)


def drift_lines(drift: Drift) -> Iterator[str]:
    yield from change_lines(drift.changes)
    if drift.definition:
        yield "  definition"
        yield from (f"    {line}" for line in diff_lines(drift.definition))
    for name, changes in drift.functions.items():
        yield f"  function {name}"
        yield from (f"  {line}" for line in change_lines(changes))


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        name = _MEMBERS.get(change.path, change.path)
        yield f"  {name}: {shown(change.before)} -> {shown(change.after)}"


def named(revision: There | Revision) -> str:
    """A revision, or the one that is deployed: its digest and its commit, for people."""
    digest = revision.revision if isinstance(revision, There) else revision.id
    if not digest:
        return "none"
    commit = f" (commit {_short(revision.commit)})" if revision.commit else ""
    return f"{digest[:SHORT]}{commit}"


def shown(value: Any) -> str:
    """A setting's value."""
    if isinstance(value, dict) and "Variables" in value:
        return " ".join(f"{name}={text}" for name, text in value["Variables"].items()) or "none"
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values())
    return "none" if value in (None, "") else printable(str(value))


def _function_lines(function: FunctionPlan) -> Iterator[str]:
    code = f" ({size(function.wanted.code.size)})" if function.wanted and function.action == "create" else ""
    yield f"{function.action} function {function.name}{code}"
    if function.code:
        yield "  code changed"
    yield from change_lines(function.changes)
    for source in function.sources:
        yield f"  {_SOURCES[source.action]} queue {source.queue.rpartition(':')[2]}"
    yield from _tag_lines(function.tags_to_add, function.tags_to_remove)


def _tag_lines(add: dict[str, str], remove: list[str]) -> Iterator[str]:
    for key, value in add.items():
        if key not in STAMPS:
            yield f"  tag {key}: set to {value}"
    for key in remove:
        if key not in STAMPS:
            yield f"  tag {key}: remove"


def _short(commit: str) -> str:
    digest, dash, dirty = commit.partition("-")
    return f"{digest[:SHORT]}{dash}{dirty}"
