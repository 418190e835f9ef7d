"""`penstock graph`: a pipeline as a picture."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from scripts.options import LOCAL, EnvironmentName


class Format(StrEnum):
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


def graph(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE|-",
            help="A pipeline, a definition's JSON file, or - for stdin; without it the only pipeline.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", help="mermaid (GitHub draws it), dot (Graphviz), or svg.")
    ] = Format.MERMAID,
    execution: Annotated[
        str | None,
        typer.Option(
            "--execution",
            metavar="EXECUTION",
            help="Colour the steps by an execution: its ARN, or a pipeline, which means its latest one.",
        ),
    ] = None,
    reduced: Annotated[
        bool, typer.Option("--reduced", help="Leave out the edges that others imply.")
    ] = False,
    env: EnvironmentName = LOCAL,
) -> None:
    """Draw a pipeline: what each step takes from another, waits for, and where it branches.

    With --execution alone it draws the definition that the execution ran.
    """
    from penstock.definition import document
    from penstock.definition.graph import model
    from penstock.definition.graph.dot import dot
    from penstock.definition.graph.mermaid import mermaid
    from penstock.definition.graph.svg import svg

    statuses: dict[str, str] = {}
    if execution is None:
        drawn = document.read(source or document.only_pipeline())
    else:
        from penstock.deployment import environments
        from penstock.deployment.aws import connect
        from penstock.deployment.executions import find, snapshot
        from penstock.project import Project

        project = Project.find()
        with connect(environments.load(project, env)) as aws:
            arn = find(project, execution, aws)
            statuses = {step["StepName"]: step["StepStatus"] for step in snapshot(aws, arn).steps}
            if source is None:
                ran = aws.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
                drawn = document.parsed(arn, ran["PipelineDefinition"])
            else:
                drawn = document.read(source)
    picture = model.of_definition(document.with_steps(drawn).definition)
    if reduced:
        picture = model.reduced(picture)
    if execution is not None:
        picture = model.coloured(picture, statuses)
    match format:
        case Format.MERMAID:
            text = mermaid(picture)
        case Format.DOT:
            text = dot(picture)
        case Format.SVG:
            text = svg(picture, title=f"The steps of {drawn.name}")
    print(text, end="")


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["graph", *sys.argv[1:]]))
