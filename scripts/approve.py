"""`penstock approve`: answer a step that waits for a person."""

import sys
from typing import Annotated

import typer

from scripts.options import LOCAL, EnvironmentName, Execution


def approve(
    execution: Execution,
    step: Annotated[
        str | None, typer.Option("--step", metavar="NAME", help="The step, where several wait.")
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="NAME=VALUE", help="An output of the step (repeatable)."),
    ] = None,
    reject: Annotated[
        str | None, typer.Option("--reject", metavar="REASON", help="Say no, and why: the step fails.")
    ] = None,
    env: EnvironmentName = LOCAL,
) -> None:
    """Approve, or reject, what a Callback step of an execution asks for."""
    from penstock.deployment import approvals, environments
    from penstock.deployment.aws import connect
    from penstock.deployment.executions import find
    from penstock.deployment.start import parse
    from penstock.errors import UsageError
    from penstock.project import Project

    if reject is not None and output:
        raise UsageError("a rejected step has no outputs", where="--reject", remedy="Leave --output out.")
    outputs = parse(output or [], option="--output")
    project = Project.find()
    with connect(environments.load(project, env)) as aws:
        arn = find(project, execution, aws)
        if reject is None:
            print(f"approved {approvals.approve(aws, arn, step, outputs)} of {arn}")
        else:
            print(f"rejected {approvals.reject(aws, arn, step, reject)} of {arn}")


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["approve", *sys.argv[1:]]))
