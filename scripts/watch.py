"""`penstock watch`: follow an execution to its end."""

import sys
from typing import TYPE_CHECKING

from scripts.options import LOCAL, EnvironmentName, Execution, Output, OutputFormat, Results, results

if TYPE_CHECKING:
    from penstock.deployment.aws import Aws


def watch(execution: Execution, env: EnvironmentName = LOCAL, output: OutputFormat = Output.TEXT) -> None:
    """Follow an execution to its end, and say what it produced or why it failed.

    Ctrl-C ends the watching, not the execution.
    """
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.deployment.executions import find
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws, results(output) as done:
        watch_to_end(aws, find(project, execution, aws), done)


def watch_to_end(aws: "Aws", arn: str, done: Results) -> None:
    """Ends with a page about the execution. Raises PenstockError unless it succeeds."""
    from penstock.deployment import wording
    from penstock.deployment.terminal import say
    from penstock.deployment.watch import require_success, watch

    report = watch(aws, arn)
    for line in wording.failure_lines(report):
        say(line)
    done.add(report, wording.report_lines(report))
    _write_page(aws, arn, done)
    require_success(report, aws.environment.name)


def _write_page(aws: "Aws", arn: str, done: Results) -> None:
    """What keeps a page from being written does not change how the execution went."""
    from botocore.exceptions import BotoCoreError, ClientError

    from penstock.deployment.terminal import say
    from penstock.errors import PenstockError
    from penstock.project import Project
    from scripts.report import write_page

    try:
        page = write_page(Project.find(), aws, arn)
    except (BotoCoreError, ClientError, PenstockError) as error:
        say(f"No report page was written: {error}")
    else:
        done.add({"page": str(page)}, [f"page {page}"])


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["watch", *sys.argv[1:]]))
