"""`penstock policy`: the least that the roles around a pipeline must be allowed."""

import sys
from typing import Annotated

import typer

from penstock.deployment.policy.roles import Role
from penstock.errors import DONE, KNOWN_FAILURE
from scripts.options import LOCAL, EnvironmentName, Output, OutputFormat, PipelineName, results


def policy(
    name: PipelineName,
    env: EnvironmentName = LOCAL,
    role: Annotated[Role | None, typer.Option("--role", help="Whose policy; without it, everyone's.")] = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="ROLE",
            help="Compare a role of the account, by name or ARN, with the policy (of --role; without it, of"
            " the execution role). Exits with 1 if the role lacks something.",
        ),
    ] = None,
    output: OutputFormat = Output.TEXT,
) -> int:
    """Show the least-privilege IAM policies of a pipeline: of its execution role, of who deploys it, of its
    functions, and of the instances of its EMR clusters. With --check, show what a role lacks of it, and has
    beyond it.

    A pipeline's parameters stand for their defaults: a start with another bucket needs more. Who deploys may
    use every command on the pipeline but `bootstrap`, `sample-data`, `approve` and `policy --check`.
    """
    from penstock.definition.compiled import load
    from penstock.deployment import environments
    from penstock.deployment.policy import documents, wording
    from penstock.project import Project

    project = Project.find()
    environment = environments.load(project, env)
    compiled = load(project, name)
    if check is None:
        made = documents.make(project, compiled, environment, [role] if role else list(Role))
        with results(output) as shown:
            shown.add({one.name: one.data() for one in made}, wording.policy_lines(made))
        for one in made:
            for note in one.notes:
                print(f"{one.name}: {note}", file=sys.stderr)
        return DONE

    from penstock.deployment.aws import connect
    from penstock.deployment.policy.compare import compare

    made = documents.make(project, compiled, environment, [role or Role.EXECUTION])
    with connect(environment) as aws, results(output) as shown:
        compared = compare(aws, check, documents.joined(made))
        shown.add(wording.comparison_data(compared), wording.comparison_lines(compared))
    return KNOWN_FAILURE if compared.lacking else DONE


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["policy", *sys.argv[1:]]))
