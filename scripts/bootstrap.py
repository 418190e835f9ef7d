"""`penstock bootstrap`: make the bucket and the role that an environment names."""

import sys

from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, results


def bootstrap(env: EnvironmentName = LOCAL, output: OutputFormat = Output.TEXT) -> None:
    """Make the bucket and the role that an environment names, where they are missing.

    SageMaker can assume the role; it may use SageMaker (AmazonSageMakerFullAccess) and the bucket.
    """
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.deployment.bootstrap import make_bucket, make_role
    from penstock.project import Project

    environment = environments.load(Project.find(), env)
    said = {"made": "made", "there": "is there already"}
    with connect(environment) as aws, results(output) as done:
        bucket = make_bucket(aws)
        done.add({"bucket": bucket}, [f"bucket {environment.bucket}: {said[bucket]}"])
        role = make_role(aws)
        done.add({"role": role}, [f"role {environment.role}: {said[role]}"])


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["bootstrap", *sys.argv[1:]]))
