"""`penstock sample-data`: upload the sample data that a pipeline's default parameters refer to."""

import sys
from typing import Annotated

import typer

from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, results


def sample_data(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of data/.")] = "census_income.csv.gz",
    env: EnvironmentName = LOCAL,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Take only the first ROWS rows (and the header).")
    ] = None,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Upload the sample data to the environment's bucket, and print its URI."""
    from penstock.deployment import environments, samples
    from penstock.deployment.assets import missing, publish
    from penstock.deployment.aws import connect
    from penstock.deployment.preflight import require_account, require_bucket
    from penstock.deployment.terminal import Uploads
    from penstock.project import Project

    project = Project.find()
    environment = environments.load(project, env)
    upload = samples.upload(project, file, rows, environment.prefix)
    uri = f"s3://{environment.bucket}/{upload.key}"
    with connect(environment) as aws, Uploads() as uploads, results(output) as done:
        require_account(aws)
        require_bucket(aws)
        for item in missing(aws, [upload]):
            publish(aws, item, uploads)
        done.add({"uri": uri}, [uri])


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["sample-data", *sys.argv[1:]]))
