"""`penstock retry`: go on with an execution that failed or was stopped."""

import sys

from scripts.options import LOCAL, EnvironmentName, Execution, Output, OutputFormat, Wait, results
from scripts.watch import watch_to_end


def retry(
    execution: Execution,
    env: EnvironmentName = LOCAL,
    wait: Wait = False,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Go on with an execution that failed or was stopped, from the steps that did not succeed."""
    from penstock.deployment import environments, executions
    from penstock.deployment.aws import connect
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws, results(output) as done:
        arn = executions.find(project, execution, aws)
        executions.retry(aws, arn)
        done.add({"execution_arn": arn}, [f"retrying {arn}"])
        if wait:
            watch_to_end(aws, arn, done)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["retry", *sys.argv[1:]]))
