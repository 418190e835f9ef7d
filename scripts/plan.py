"""`penstock plan`: what a deploy would change."""

import sys
from typing import Annotated

import typer

from penstock.errors import DONE, USAGE
from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, PipelineName, results


def plan(
    name: PipelineName,
    env: EnvironmentName = LOCAL,
    output: OutputFormat = Output.TEXT,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 if there is anything to do.")
    ] = False,
) -> int:
    """Show what a deploy would change, without changing it."""
    from penstock.definition.compiled import load
    from penstock.deployment import environments, wording
    from penstock.deployment.aws import connect
    from penstock.deployment.plan import make
    from penstock.project import Project

    project = Project.find()
    compiled = load(project, name)
    with connect(environments.load(project, env)) as aws, results(output) as found:
        planned = make(project, compiled, aws)
        found.add(wording.plan_data(planned), wording.plan_lines(planned))
    return USAGE if detailed_exitcode and not planned.is_empty else DONE


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["plan", *sys.argv[1:]]))
