"""`penstock bootstrap`: make what an environment names."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, results

if TYPE_CHECKING:
    from penstock.deployment.environments import Environment
    from penstock.project import Project

_LONGEST_TITLE = 100  # of the 128 characters of a policy's name

_SAID = {
    "there": "is there already",
    "narrowed": "has the policies of these pipelines, and of no others",
    "narrow": "is there already, with the policies of the pipelines that it was bootstrapped for",
    "not ours": "was made by others, and stays as it is",
}


def bootstrap(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Give the roles that Penstock made exactly the least-privilege policies of these pipelines"
            " (`penstock policy`), instead of broad ones.",
            show_default=False,
        ),
    ] = None,
    env: EnvironmentName = LOCAL,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Make the bucket, the approval queue and the roles that an environment names, where they are missing.

    The roles are those that pipelines, their functions and their EMR clusters run as.
    """
    from penstock.deployment import environments, roles
    from penstock.deployment.aws import connect
    from penstock.deployment.bootstrap import (
        make_bucket,
        make_instance_profile,
        make_queue,
        make_role,
        narrow_role,
    )
    from penstock.project import Project

    project = Project.find()
    environment = environments.load(project, env)
    execution, function = roles.execution_role(environment), roles.function_role(environment)
    emr, instances = roles.emr_roles(environment)
    least = _least(project, environment, names) if names else {}
    with connect(environment) as aws, results(output) as done:

        def tell(key: str, what: str, outcome: str) -> None:
            done.add({key: outcome}, [f"{what}: {_SAID.get(outcome, outcome)}"])

        def make(role: roles.Role) -> str:
            if not names:
                return make_role(aws, role)
            return narrow_role(aws, role, least.get(role.name, {}), names)

        tell("bucket", f"bucket {environment.bucket}", make_bucket(aws))
        tell("role", f"role {environment.role}", make(execution))
        tell("approval_queue", f"queue {environment.approval_queue}", make_queue(aws))
        if function:
            tell("function_role", f"role {environment.function_role}", make(function))
        # It is EMR's own, and knows no pipeline.
        tell("emr_service_role", f"role {emr.name}", make_role(aws, emr))
        tell("emr_instance_role", f"role {instances.name}", make(instances))
        profile = make_instance_profile(aws, instances)
        tell("emr_instance_profile", f"instance profile {instances.name}", profile)


def _least(
    project: "Project", environment: "Environment", names: list[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """One policy of all the pipelines for each role, by the role and by the pipelines' names: a role has room
    for little."""
    from penstock.definition.compiled import load
    from penstock.deployment.policy import documents
    from penstock.deployment.policy.grants import merged
    from penstock.deployment.policy.roles import Role
    from penstock.deployment.roles import name_of

    needed: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        for one in documents.make(
            project, load(project, name), environment, [Role.EXECUTION, Role.FUNCTIONS, Role.INSTANCES]
        ):
            needed.setdefault(name_of(one.role), []).append(one.policy)
            for note in one.notes:
                print(f"{name}: {one.name}: {note}", file=sys.stderr)
    title = "+".join(names)[:_LONGEST_TITLE]
    return {role: {title: merged(policies)} for role, policies in needed.items()}


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["bootstrap", *sys.argv[1:]]))
