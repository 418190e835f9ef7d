"""Watching an execution to its end, and what that end means to the one who watches."""

import re
from typing import Any

from penstock.deployment import report
from penstock.deployment.aws import Aws
from penstock.deployment.executions import follow
from penstock.deployment.terminal import Watching
from penstock.errors import INTERRUPTED, PenstockError

# As AWS words it (IAM User Guide, "Troubleshoot access denied error messages").
_DENIED = re.compile(r"assumed-role/([^/\s]+)/\S+ is not authorized to perform")


class WatchInterrupted(PenstockError):
    """Ctrl-C while watching: the execution goes on."""

    exit_code = INTERRUPTED


def watch(aws: Aws, arn: str) -> dict[str, Any]:
    """Show an execution until it has ended and return its report (report.py has the shape).

    Raises WatchInterrupted, which says how to watch it again.
    """
    try:
        with Watching() as display:
            for snapshot in follow(aws, arn, on_trouble=display.trouble):
                display.show(snapshot)
        return report.make(aws, snapshot)
    except KeyboardInterrupt:
        raise WatchInterrupted(
            "no longer watched, and goes on",
            where=_named(arn),
            remedy=f"Watch it again with `penstock watch {arn} --env {aws.environment.name}`.",
        ) from None


def require_success(report: dict[str, Any], environment: str) -> None:
    """Raises PenstockError if the execution ended in any other way."""
    status, arn = report["status"], report["execution_arn"]
    if status == "Succeeded":
        return
    reason = report.get("failure_reason", "")
    retry = f"`penstock retry {arn} --env {environment}`"
    if status == "Stopped":
        remedy = f"Go on with it by {retry}."
    elif any(step["type"] == "Fail" for step in report["steps"]):
        # facts/pipeline-execution.md, 4: what a Fail step ended cannot be retried.
        remedy = "A Fail step decided this: mend its cause and start a new execution."
    elif role := _lacks_a_permission(report):
        remedy = (
            f"`penstock policy NAME --env {environment} --check {role}` lists all that the role lacks;"
            f" with it, {retry} goes on."
        )
    else:
        # An execution keeps the definition, and so the code, that it was started with.
        remedy = (
            "Mend the cause, deploy it and start a new execution. If only data, a permission or a quota was"
            f" at fault, {retry} goes on with this one."
        )
    raise PenstockError(f"{status}: {reason}" if reason else status, where=_named(arn), remedy=remedy)


def _lacks_a_permission(report: dict[str, Any]) -> str:
    """The name of the role that was not allowed something; empty if none was."""
    for step in report["steps"]:
        if denied := _DENIED.search(step.get("failure_reason", "")):
            return denied[1]
    return ""


def _named(arn: str) -> str:
    return f"execution {arn.rpartition('/')[2]}"
