"""`penstock plan`: what a deploy would change."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from penstock.errors import DONE, USAGE
from scripts.options import LOCAL, EnvironmentName, PipelineName, RevisionName


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def plan(
    name: PipelineName,
    env: EnvironmentName = LOCAL,
    revision: RevisionName = None,
    output: Annotated[
        Format, typer.Option("--output", help="What stdout gets; markdown fits a pull-request comment.")
    ] = Format.TEXT,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 if there is anything to do.")
    ] = False,
) -> int:
    """Show what a deploy would change, without changing it: the steps and their members, settings, tags,
    functions; what others changed since the last deploy; which steps the next start takes from its cache.
    """
    from penstock.deployment import environments, plan_data, plan_markdown, plan_text
    from penstock.deployment.aws import connect
    from penstock.deployment.cache import forecast
    from penstock.deployment.choose import choose
    from penstock.deployment.plan import make
    from penstock.project import Project

    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    project = Project.find()
    with connect(environments.load(project, env)) as aws:
        planned = make(aws, choose(project, name, aws, revision, tell))
        forecasts = forecast(aws, planned.pipeline, planned.revision.definition)
    match output:
        case Format.TEXT:
            for line in (*plan_text.lines(planned), *plan_text.forecast_lines(planned, forecasts)):
                print(line)
        case Format.JSON:
            # In ASCII: the halves of a surrogate pair, which JSON may hold, no stream takes.
            print(json.dumps(plan_data.data(planned, forecasts), indent=2))
        case Format.MARKDOWN:
            print(plan_markdown.markdown(planned, forecasts))
    return USAGE if detailed_exitcode and not planned.is_empty else DONE


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["plan", *sys.argv[1:]]))
