"""A plan as lines for people: one effect a line, in the order of the deploy. It decides nothing."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from penstock.definition.diff import Change
from penstock.definition.diff import lines as diff_lines
from penstock.definition.diff import shown as value_shown
from penstock.deployment.cache import Forecast
from penstock.deployment.cache import line as forecast_line
from penstock.deployment.drift import There
from penstock.deployment.functions import unset
from penstock.deployment.functions.plan import PAUSED, FunctionPlan, Source
from penstock.deployment.plan import Plan
from penstock.deployment.revision import Revision
from penstock.deployment.tags import MARKER, STAMPS
from penstock.deployment.wording import SHORT, short, size
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
    "PipelineDefinition": "definition",
    "Layers": "layers",
    "VpcConfig": "network",
    "FileSystemConfigs": "file systems",
    "DeadLetterConfig": "dead letters",
    "KMSKeyArn": "key of the environment",
    "TracingConfig": "tracing",
    "EphemeralStorage": "storage (MB)",
    "Architectures": "architecture",
    "ReservedConcurrentExecutions": "reserved concurrency",
    "FilterCriteria": "filter of the queue",
    "ScalingConfig": "concurrency from the queue",
    "MaximumBatchingWindowInSeconds": "batching window of the queue (s)",
}
_UNTOLD = {
    "stamps": "what others changed cannot be told: the pipeline has no stamp of the deploys that are kept",
    "record": "what others changed can hardly be told: the bucket has no record of revision {}",
}


def lines(plan: Plan) -> Iterator[str]:
    """What others changed, then what the deploy does."""
    if plan.untold:
        yield f"drift unknown: {untold(plan)}"
    if plan.drift and plan.there:
        yield f"drift: since Penstock deployed revision {named(plan.there)}, others changed"
        yield from drift_lines(plan)
    yield from effect_lines(plan)


def untold(plan: Plan) -> str:
    """Why it is not known what others changed; empty if it is."""
    if plan.untold is None or plan.there is None:
        return ""
    return _UNTOLD[plan.untold].format(printable(plan.there.revision[:SHORT]))


def effect_lines(plan: Plan) -> Iterator[str]:
    """What the deploy does. Functions that stay as they are have no line, as steps that do."""
    if plan.there and plan.there.unfinished:
        yield f"unfinished: a deploy of revision {plan.there.unfinished[:SHORT]} has begun and not ended"
    for upload in plan.publish:
        yield f"publish {upload.name} ({size(upload.size)})"
    if plan.keep:
        total = size(sum(upload.size for upload in plan.keep))
        yield f"keep revision {named(plan.revision)} for a way back ({total})"
    for function in plan.functions:
        if function.action in ("create", "update"):
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


def forecast_lines(plan: Plan, forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Which steps the next start takes from its cache, once the plan is carried out."""
    if forecasts:
        when = "the next start" if plan.is_empty else "the next start after this deploy"
        yield f"{when}, with the parameters' defaults:"
    yield from (f"  {forecast_line(forecast)}" for forecast in forecasts)


def setting_lines(plan: Plan) -> Iterator[str]:
    """The changes of the pipeline's own settings, its revision and its tags."""
    if plan.there is None:
        return
    hidden: Sequence[str] = ()
    if plan.there.revision != plan.revision.id:
        yield f"  revision: {named(plan.there)} -> {named(plan.revision)}"
        hidden = STAMPS  # this line is what they say
    yield from change_lines(plan.changes)
    told = [change.path for change in plan.drift.changes] if plan.drift else []
    for name, value in plan.left.items():
        if name not in told:
            yield f"  {_MEMBERS.get(name, name)}: {shown(value)} stays, as a deploy cannot take it away"
    yield from _tag_lines(plan.there.tags, plan.tags_to_add, plan.tags_to_remove, hidden)


def drift_lines(plan: Plan) -> Iterator[str]:
    drift = plan.drift
    if drift is None:
        return
    # Others set it, or a deploy of a project that said it.
    yield from _drifted(drift.changes, plan.left, ", by others or a former deploy, and this one leaves it so")
    if drift.definition:
        yield "  definition"
        yield from (f"    {line}" for line in diff_lines(drift.definition))
    for name, changes in drift.functions.items():
        if [change.path for change in changes] == ["function"]:
            yield f"  function {name} removed"
        else:
            yield f"  function {name}"
            yield from (
                f"  {line}" for line in _drifted(changes, unset.MEMBERS, ", which a deploy leaves so")
            )


def _drifted(changes: Iterable[Change], left: Container[str], left_so: str) -> Iterator[str]:
    """Changes of others; `left` are the settings that a deploy does not put back, which `left_so` says."""
    for change in changes:
        more = left_so if change.path in left else ""
        yield from (f"{line}{more}" for line in change_lines([change]))


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if change.path == "Environment":
            yield from _environment_lines(change)
        elif change.path == "CodeSha256":
            yield "  code changed"
        elif change.path.startswith("Tags["):
            yield _tag_line(change.path[6:-2], change.before, change.after)
        else:
            name = _MEMBERS.get(change.path, change.path)
            yield f"  {name}: {shown(change.before)} -> {shown(change.after)}"


def named(revision: There | Revision) -> str:
    """A revision, or the one that is deployed: its digest and its commit, for people."""
    digest = revision.revision if isinstance(revision, There) else revision.id
    if not digest:
        return "none"
    commit = f" (commit {short(revision.commit)})" if revision.commit else ""
    return printable(f"{digest[:SHORT]}{commit}")


def shown(value: Any) -> str:
    """A setting's value."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return ", ".join(shown(item) for item in items)
    return "none" if value in (None, "") else printable(str(value))


def _function_lines(function: FunctionPlan) -> Iterator[str]:
    code = f" ({size(function.wanted.code.size)})" if function.wanted and function.action == "create" else ""
    yield f"{function.action} function {function.name}{code}"
    if function.code:
        yield "  code changed"
    yield from change_lines(function.changes)
    for source in function.sources:
        yield f"  {_source(source)} queue {source.queue.rpartition(':')[2]}"
    yield from _tag_lines(function.tags, function.tags_to_add, function.tags_to_remove)


def _source(source: Source) -> str:
    match source.action:
        case "add":
            return "read"
        case "remove":
            return "read no more"
        case "update":
            return "go on reading" if source.found == PAUSED else f"no more {source.found} from"


def _environment_lines(change: Change) -> Iterator[str]:
    """A line for each variable that differs: others may hold what is nobody's business."""
    before, after = ((value or {}).get("Variables") or {} for value in (change.before, change.after))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"  environment {name}: {value_shown(before.get(name))} -> {value_shown(after.get(name))}"


def _tag_lines(
    there: Mapping[str, str], add: dict[str, str], remove: Iterable[str], hidden: Sequence[str] = ()
) -> Iterator[str]:
    changed: dict[str, str | None] = {**add, **dict.fromkeys(remove)}
    for key, value in changed.items():
        # The list of the others is told where none of them is.
        if key not in hidden and (key != MARKER or changed.keys() <= {MARKER, *STAMPS}):
            yield _tag_line(key, there.get(key), value)


def _tag_line(key: str, before: str | None, after: str | None) -> str:
    return f"  tag {printable(key)}: {value_shown(before)} -> {value_shown(after)}"
