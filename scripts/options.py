"""The arguments and options that several commands share, and how a command hands out its data."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"


PipelineName = Annotated[
    str, typer.Argument(metavar="NAME", help="The pipeline: a module of pipelines/, without .py.")
]
Execution = Annotated[
    str,
    typer.Argument(
        metavar="EXECUTION", help="The ARN of an execution, or a pipeline, which means its latest one."
    ),
]
EnvironmentName = Annotated[
    str, typer.Option("--env", "-e", metavar="ENV", help="The environment: a file of environments/.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A pipeline parameter (repeatable)."),
]
Wait = Annotated[bool, typer.Option("--wait", help="Watch the execution to its end.")]
RevisionName = Annotated[
    str | None,
    typer.Option(
        "--revision",
        metavar="REVISION",
        help="A former deploy, instead of what the project says: its revision or its git commit, or the"
        " beginning of one.",
    ),
]
OutputFormat = Annotated[Output, typer.Option("--output", help="What stdout gets: text or JSON.")]

LOCAL = "local"


class Results:
    """A command's data for stdout: text as it comes, JSON as one document when the command ends."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._document: dict[str, Any] = {}

    def add(self, data: dict[str, Any], lines: Iterable[str]) -> None:
        """Add members to the document; `lines` say the same to a person."""
        self._document |= data
        if self._output is Output.TEXT:
            for line in lines:
                print(line, flush=True)

    def close(self) -> None:
        if self._output is Output.JSON and self._document:
            json.dump(self._document, sys.stdout, indent=2, ensure_ascii=False)
            print(flush=True)


@contextmanager
def results(output: Output) -> Iterator[Results]:
    """The document is printed also when the command fails: what was done by then was done."""
    collected = Results(output)
    try:
        yield collected
    finally:
        collected.close()
