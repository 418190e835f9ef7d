"""`penstock deploy`: publish what a pipeline needs, and create or update it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.errors import UsageError
from scripts.options import (
    LOCAL,
    EnvironmentName,
    Output,
    OutputFormat,
    Parameters,
    PipelineName,
    RevisionName,
    Wait,
    results,
)
from scripts.start import start_and_watch

if TYPE_CHECKING:
    from penstock.deployment.plan import Plan


def deploy(
    name: PipelineName,
    env: EnvironmentName = LOCAL,
    revision: RevisionName = None,
    start: Annotated[bool, typer.Option("--start", help="Start an execution afterwards.")] = False,
    wait: Wait = False,
    parameter: Parameters = None,
    output: OutputFormat = Output.TEXT,
) -> None:
    """Deploy a pipeline: publish its assets, create or update its functions and itself, set its tags.

    Says whether each was created, updated or is unchanged. --wait starts an execution, too. --revision goes
    back to what a former deploy left, of those that `penstock revisions` lists.
    """
    from penstock.deployment import environments, plan_text
    from penstock.deployment.apply import deploy as plan_and_apply
    from penstock.deployment.aws import connect
    from penstock.deployment.choose import choose
    from penstock.deployment.plan import make
    from penstock.deployment.start import check, parse
    from penstock.deployment.terminal import Uploads, say
    from penstock.deployment.wording import PAST
    from penstock.project import Project

    start = start or wait
    given = parse(parameter or [])
    if given and not start:
        raise UsageError("-p is given, and nothing is started", remedy="Add --start, or leave -p away.")
    project = Project.find()
    environment = environments.load(project, env)

    def announce(plan: "Plan") -> None:
        for line in plan_text.lines(plan):
            say(line)

    with connect(environment) as aws, results(output) as done:
        wanted = choose(project, name, aws, revision, say)
        if start:
            check(wanted.definition.get("Parameters") or [], given)  # before anything is changed
        with Uploads() as uploads:
            plan, arn = plan_and_apply(aws, lambda: make(aws, wanted), uploads, announce)
        functions = {
            environment.arn("lambda", f"function:{function.name}"): PAST[function.action]
            for function in plan.functions
        }
        action = PAST[plan.action]
        done.add(
            {
                "action": action,
                "pipeline": plan.pipeline,
                "pipeline_arn": arn,
                "revision": wanted.id,
                "functions": functions,
            },
            [*(f"{said} {function}" for function, said in functions.items()), f"{action} {arn}"],
        )
        if start:
            start_and_watch(aws, plan.pipeline, given, wait, done)


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["deploy", *sys.argv[1:]]))
