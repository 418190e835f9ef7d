"""Plans and reports as lines for people. It reads data and writes text; it decides nothing."""

from collections.abc import Iterator
from typing import Any

from penstock.deployment.changes import Change
from penstock.deployment.functions.plan import FunctionPlan
from penstock.deployment.plan import NamedChanges, Plan

PAST = {"create": "created", "update": "updated", "unchanged": "unchanged", "remove": "removed"}

_FIELDS = {
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
}
_SOURCES = {"add": "read", "update": "go on reading", "remove": "read no more"}


def size(count: int) -> str:
    """Bytes as a person says them: `3.1 kB`."""
    if count < 1000:
        return f"{count} B"
    amount, unit = count / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `4.2 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes} min {int(seconds) % 60:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def plan_lines(plan: Plan) -> Iterator[str]:
    """What the deploy does, one effect a line, in its order."""
    for upload in plan.publish:
        yield f"publish {upload.name} ({size(upload.size)})"
    for function in plan.functions:
        if function.action != "remove":
            yield from _function_lines(function)
    yield f"{plan.action} pipeline {plan.pipeline} in {plan.environment}"
    yield from _change_lines(plan.changes)
    if plan.definition:
        yield "  definition changed"
        yield from _named("step", plan.definition.steps)
        yield from _named("parameter", plan.definition.parameters)
    yield from _tag_lines(plan)
    for function in plan.functions:
        if function.action == "remove":
            yield from _function_lines(function)


def _function_lines(function: FunctionPlan) -> Iterator[str]:
    code = f" ({size(len(function.wanted.code))})" if function.wanted and function.action == "create" else ""
    yield f"{function.action} function {function.name}{code}"
    if function.code:
        yield "  code changed"
    yield from _change_lines(function.changes)
    for source in function.sources:
        yield f"  {_SOURCES[source.action]} queue {source.queue.rpartition(':')[2]}"
    yield from _tag_lines(function)


def _change_lines(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        yield f"  {_FIELDS[change.field]}: {_shown(change.before)} -> {_shown(change.after)}"


def _tag_lines(plan: Plan | FunctionPlan) -> Iterator[str]:
    for key, value in plan.tags_to_add.items():
        yield f"  tag {key}: set to {value}"
    for key in plan.tags_to_remove:
        yield f"  tag {key}: remove"


def plan_data(plan: Plan) -> dict[str, Any]:
    """A plan as JSON-able data, without the content of what is published."""
    return {
        "environment": plan.environment,
        "pipeline": plan.pipeline,
        "arn": plan.arn,
        "action": plan.action,
        "publish": [
            {"name": item.name, "key": item.key, "sha256": item.sha256, "size": item.size}
            for item in plan.publish
        ],
        "changes": [vars(change) for change in plan.changes],
        "definition": plan.definition
        and {"steps": vars(plan.definition.steps), "parameters": vars(plan.definition.parameters)},
        "tags_to_add": plan.tags_to_add,
        "tags_to_remove": plan.tags_to_remove,
        "functions": [
            {
                "name": function.name,
                "action": function.action,
                "code": function.code,
                "changes": [vars(change) for change in function.changes],
                "sources": [{"action": item.action, "queue": item.queue} for item in function.sources],
                "tags_to_add": function.tags_to_add,
                "tags_to_remove": function.tags_to_remove,
            }
            for function in plan.functions
        ],
    }


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """What each step produced: `Step  label  value`, aligned."""
    rows = []
    for step in report["steps"]:
        for label, value in step["outputs"].items():
            rows.append((step["name"], label, value))
        for metric, number in step["metrics"].items():
            rows.append((step["name"], metric, f"{number:.4g}"))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    before = ""
    for name, label, value in rows:
        shown = "" if name == before else name
        yield f"{shown:<{widths[0]}}  {label:<{widths[1]}}  {value}"
        before = name


def failure_lines(report: dict[str, Any]) -> Iterator[str]:
    """Why steps failed, what checks found, and the last lines of logs."""
    for step in report["steps"]:
        if step["status"] != "Failed":
            continue
        yield f"{step['name']} failed: {step['failure_reason'] or 'no reason was given'}"
        yield from (f"  - {line}" for line in step.get("violations", []))
        yield from (f"  | {line}" for line in step["log"])


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "Variables" in value:
        return " ".join(f"{name}={text}" for name, text in value["Variables"].items()) or "none"
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values())
    return "none" if value in (None, "") else str(value)


def _named(kind: str, changes: NamedChanges) -> Iterator[str]:
    for verb, names in (("add", changes.added), ("remove", changes.removed), ("change", changes.changed)):
        for name in names:
            yield f"    {verb} {kind} {name}"
