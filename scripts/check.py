"""`penstock check`: what is wrong with a pipeline definition, before it is deployed."""

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.errors import DONE, KNOWN_FAILURE, PenstockError, UsageError
from scripts.options import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock.definition.check.finding import Finding
    from penstock.definition.check.report import Report
    from penstock.definition.document import Document
    from penstock.deployment.environments import Environment
    from penstock.project import Project


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def check(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE|-",
            help="A pipeline of this project, a file (.json, or with a /), or - for stdin; without it the"
            " only pipeline.",
            show_default=False,
        ),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option("--env", "-e", metavar="ENV", help="Check what this environment would deploy."),
    ] = None,
    output: Annotated[Format, typer.Option("--output", help="What stdout gets.")] = Format.TEXT,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Print a rule's page.")
    ] = None,
    from_aws: Annotated[
        str | None, typer.Option("--from-aws", metavar="NAME", help="Check a pipeline as it is deployed.")
    ] = None,
) -> int:
    """Find what is wrong with a pipeline definition, offline.

    Exits with 1 if there are errors; warnings alone are no failure.
    """
    from penstock.definition import document
    from penstock.definition.check import catalogue, report

    if explain is not None:
        print(catalogue.page(explain))
        return DONE
    if source is not None and from_aws is not None:
        raise UsageError("give either a pipeline, a file or -, or --from-aws", remedy="See --help.")
    if from_aws is not None:
        found = _from_aws(from_aws, env or LOCAL)
    else:
        found = _read(source or document.only_pipeline(), env)
    match output:
        case Format.JSON:
            _print_json(report.data(found))
        case Format.SARIF:
            import penstock

            _print_json(report.sarif(found, penstock.__version__))
        case Format.GITHUB:
            for line in report.github(found):
                print(line)
        case Format.TEXT:
            for line in report.text(found):
                print(line)
    return KNOWN_FAILURE if found.errors else DONE


def _read(wanted: str, env: str | None) -> "Report":
    """The report on a pipeline's name, a file, or stdin."""
    from penstock.definition import document

    found = document.read(wanted)
    if found.manifest is not None:
        return _of_project(found, env)
    if env is not None:
        raise UsageError("--env is for a pipeline of the project", where=found.name, remedy="See --help.")
    return _reported(found, found.definition)


def _of_project(found: "Document", env: str | None) -> "Report":
    """The report on a compiled definition: with its placeholders, or as the environment deploys it."""
    from penstock.definition.compiled import Compiled
    from penstock.deployment import environments, placeholders, request
    from penstock.deployment.render import render
    from penstock.project import Project

    assert found.manifest is not None
    project, compiled = Project.find(), Compiled(found.definition, found.manifest)
    if env is not None:
        environment = environments.load(project, env)
        unfilled = placeholders.check(project, compiled, [environment])
        if not unfilled:
            names = request.names_for(project, found.manifest, environment)
            return _reported(found, render(found.definition, names, where=found.name))
    else:
        unfilled = placeholders.check(project, compiled, list(_environments(project)))
    return _reported(found, found.definition, unfilled, compiled=True)


def _environments(project: "Project") -> "Iterator[Environment]":
    """Those of the project that can be read. What is wrong with another one is no fault of a definition."""
    from penstock.deployment import environments

    for name in environments.environment_names(project):
        try:
            yield environments.load(project, name)
        except PenstockError as error:
            print(f"{error.where}: note: {error.what}, so {name} was not looked at", file=sys.stderr)


def _from_aws(name: str, env: str) -> "Report":
    from penstock.definition import document
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.project import Project

    with connect(environments.load(Project.find(), env)) as aws:
        text = aws.sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
    definition = document.parsed(name, text).definition
    # What is deployed is one line, of which a finding could show nothing.
    lines = json.dumps(definition, indent=2, ensure_ascii=False)
    return _reported(document.Document(name, lines, definition), definition)


def _reported(
    document: "Document",
    definition: dict[str, Any],
    found: "Sequence[Finding]" = (),
    *,
    compiled: bool = False,
) -> "Report":
    """The report on a definition that is the document's own, or made from it.

    It has what was `found` in the definition, and what the rules find.
    """
    from penstock.definition.check import report, run, suppressions

    steps = document.manifest.steps if document.manifest else {}
    project = _project()
    accepted = suppressions.at_steps(steps) + (suppressions.read(project.root) if project else [])
    findings = run.ordered([*found, *run.check(definition, compiled=compiled)])
    kept, suppressed = suppressions.divide(findings, accepted)
    for entry in suppressions.unused(accepted, findings, steps):
        note = f"step {entry.step} ignores {entry.code}, which this check does not find"
        print(f"{entry.place}: note: {note}", file=sys.stderr)
    return report.Report(document.name, document.text, kept, suppressed, steps)


def _project() -> "Project | None":
    """The project around the working directory, whose suppressions hold; a file elsewhere needs none."""
    from penstock.project import Project

    try:
        return Project.find()
    except UsageError:
        return None


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["check", *sys.argv[1:]]))
