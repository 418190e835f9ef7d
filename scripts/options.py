"""The arguments and options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"


PipelineName = Annotated[
    str, typer.Argument(metavar="NAME", help="The pipeline: a module of pipelines/, without .py.")
]
EnvironmentName = Annotated[
    str, typer.Option("--env", "-e", metavar="ENV", help="The environment: a file of environments/.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A pipeline parameter (repeatable)."),
]
OutputFormat = Annotated[Output, typer.Option("--output", help="What stdout gets: text or JSON.")]

LOCAL = "local"
