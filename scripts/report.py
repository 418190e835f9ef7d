"""`penstock report`: one HTML page about an execution."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.options import LOCAL, EnvironmentName, Execution

if TYPE_CHECKING:
    from penstock.deployment.aws import Aws
    from penstock.project import Project


def report(
    execution: Execution,
    env: EnvironmentName = LOCAL,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-o", metavar="PATH", help="Where to write it (default: in reports/)."),
    ] = None,
) -> None:
    """Write a report on an execution, one HTML page with everything in it, and print its path.

    An execution that still runs is shown as far as it is.
    """
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.deployment.executions import find
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws:
        print(write_page(project, aws, find(project, execution, aws), file))


def write_page(project: "Project", aws: "Aws", arn: str, file: Path | None = None) -> Path:
    """The page's file. Raises PenstockError if there is no such execution, or it cannot be written."""
    from penstock.report.collect import collect
    from penstock.report.page import default_file, write

    found = collect(aws, arn)
    place = file or default_file(project, found.execution)
    write(found, place)
    return place


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["report", *sys.argv[1:]]))
