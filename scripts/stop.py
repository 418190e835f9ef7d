"""`penstock stop`: stop an execution."""

import sys

from scripts.options import LOCAL, EnvironmentName, Execution, Output, OutputFormat, Wait, results
from scripts.watch import watch_to_end


def stop(
    execution: Execution,
    env: EnvironmentName = LOCAL,
    wait: Wait = False,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Stop an execution; the jobs that it runs are stopped."""
    from penstock.deployment import environments, executions
    from penstock.deployment.aws import connect
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws, results(output) as done:
        arn = executions.find(project, execution, aws)
        executions.stop(aws, arn)
        done.add({"execution_arn": arn}, [f"stopping {arn}"])
        if wait:
            watch_to_end(aws, arn, done)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["stop", *sys.argv[1:]]))
