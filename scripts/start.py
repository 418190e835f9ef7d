"""`penstock start`: start an execution of a deployed pipeline."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from scripts.options import (
    LOCAL,
    EnvironmentName,
    Output,
    OutputFormat,
    Parameters,
    PipelineName,
    Results,
    Wait,
    results,
)
from scripts.watch import watch_to_end

if TYPE_CHECKING:
    from penstock.deployment.aws import Aws


def start(
    name: PipelineName,
    env: EnvironmentName = LOCAL,
    parameter: Parameters = None,
    wait: Wait = False,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Start an execution of a deployed pipeline."""
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.deployment.executions import deployed_name
    from penstock.deployment.start import parse
    from penstock.project import Project

    project = Project.find()
    given = parse(parameter or [])
    with connect(environments.load(project, env)) as aws, results(output) as done:
        start_and_watch(aws, deployed_name(project, name, aws), given, wait, done)


def start_and_watch(aws: "Aws", pipeline: str, given: Mapping[str, str], wait: bool, done: Results) -> None:
    from penstock.deployment.start import start
    from penstock.deployment.terminal import say

    arn = start(aws, pipeline, given)
    done.add({"execution_arn": arn}, [f"started {arn}"])
    if wait:
        watch_to_end(aws, arn, done)
    else:
        say(f"Watch it with `penstock watch {arn} --env {aws.environment.name}`.")


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["start", *sys.argv[1:]]))
