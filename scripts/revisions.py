"""`penstock revisions`: the former deploys that there is a way back to."""

import sys

from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, PipelineName, results


def revisions(name: PipelineName, env: EnvironmentName = LOCAL, output: OutputFormat = Output.TEXT) -> None:
    """List the deploys of a pipeline that its bucket keeps, the newest first: what --revision can name.

    Each with the git commit that it was made from, when it was first made, and which is deployed now.
    """
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.deployment.executions import deployed_name
    from penstock.deployment.revisions import data, lines
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws, results(output) as done:
        found = data(aws, deployed_name(project, name, aws))
        done.add(found, lines(found))
        if not found["revisions"]:
            print(f"No deploy of {found['pipeline']} to {env} is kept.", file=sys.stderr)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["revisions", *sys.argv[1:]]))
