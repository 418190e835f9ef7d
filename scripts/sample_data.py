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
    shifted: Annotated[
        bool, typer.Option("--shifted", help="Upload instead a copy whose data has shifted.")
    ] = False,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Upload sample data and a batch of it to score to the environment's bucket, and print their URIs.

    The batch is every ninth row without the target. In the shifted copy, which checks of data quality fail,
    everybody is 20 years older (age), a third of hours-per-week is empty, and Private becomes Platform in
    every second row (workclass).
    """
    from penstock.deployment import environments, samples
    from penstock.deployment.assets import missing, publish
    from penstock.deployment.aws import connect
    from penstock.deployment.preflight import require_account, require_bucket
    from penstock.deployment.terminal import Uploads
    from penstock.project import Project

    project = Project.find()
    environment = environments.load(project, env)
    make = {"uri": samples.shifted} if shifted else {"uri": samples.upload, "batch_uri": samples.batch}
    uploaded = {label: sample(project, file, rows, environment.prefix) for label, sample in make.items()}
    with connect(environment) as aws, Uploads() as uploads, results(output) as done:
        require_account(aws)
        require_bucket(aws)
        for item in missing(aws, uploaded.values()):
            publish(aws, item, uploads)
        uris = {label: f"s3://{environment.bucket}/{item.key}" for label, item in uploaded.items()}
        done.add(uris, uris.values())


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["sample-data", *sys.argv[1:]]))
