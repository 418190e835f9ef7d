"""`penstock bootstrap`: make what an environment names."""

import sys

from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, results


def bootstrap(env: EnvironmentName = LOCAL, output: OutputFormat = Output.TEXT) -> None:
    """Make the bucket, the approval queue and the roles that an environment names, where they are missing.

    The roles are those that pipelines, their functions and their EMR clusters run as.
    """
    from penstock.deployment import environments, roles
    from penstock.deployment.aws import connect
    from penstock.deployment.bootstrap import make_bucket, make_instance_profile, make_queue, make_role
    from penstock.project import Project

    environment = environments.load(Project.find(), env)
    execution, function = roles.execution_role(environment), roles.function_role(environment)
    emr, instances = roles.emr_roles(environment)
    with connect(environment) as aws, results(output) as done:

        def tell(key: str, what: str, outcome: str) -> None:
            said = "is there already" if outcome == "there" else outcome
            done.add({key: outcome}, [f"{what}: {said}"])

        tell("bucket", f"bucket {environment.bucket}", make_bucket(aws))
        tell("role", f"role {environment.role}", make_role(aws, execution))
        tell("approval_queue", f"queue {environment.approval_queue}", make_queue(aws))
        if function:
            tell("function_role", f"role {environment.function_role}", make_role(aws, function))
        tell("emr_service_role", f"role {emr.name}", make_role(aws, emr))
        tell("emr_instance_role", f"role {instances.name}", make_role(aws, instances))
        profile = make_instance_profile(aws, instances)
        tell("emr_instance_profile", f"instance profile {instances.name}", profile)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["bootstrap", *sys.argv[1:]]))
