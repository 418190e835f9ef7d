"""`penstock check`: what is wrong with a pipeline definition, before it is deployed."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.errors import DONE, KNOWN_FAILURE, PenstockError, UsageError
from scripts.options import LOCAL

if TYPE_CHECKING:
    from penstock.definition.check.report import Report
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
            metavar="[NAME|FILE|-]",
            help="A pipeline of this project, a file (.json, or with a /), or - for stdin.",
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
    from penstock.definition.check import catalogue, report

    if explain is not None:
        print(catalogue.page(explain))
        return DONE
    if (source is None) == (from_aws is None):
        raise UsageError("give either a pipeline, a file or -, or --from-aws", remedy="See --help.")
    found = _from_aws(from_aws, env or LOCAL) if from_aws is not None else _read(str(source), env)
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


def _read(source: str, env: str | None) -> "Report":
    """The report on a pipeline's name, a file, or stdin."""
    if source == "-":
        return _reported(sys.stdin.read(), "stdin", _project())
    if source.endswith(".json") or "/" in source:
        path = Path(source)
        try:
            return _reported(path.read_text(encoding="utf-8"), source, _project())
        except (FileNotFoundError, IsADirectoryError):
            raise UsageError("there is no such file", where=source, remedy="Check the path.") from None
        except UnicodeDecodeError:
            raise PenstockError("is not UTF-8 text", where=source, remedy="Check the file.") from None
    return _compiled(source, env)


def _compiled(name: str, env: str | None) -> "Report":
    from penstock.definition.compiled import definition_path, load
    from penstock.project import Project

    project = Project.find()
    compiled = load(project, name)
    path = definition_path(project, name)
    text, definition = path.read_text(encoding="utf-8"), compiled.definition
    if env is not None:
        from penstock.deployment import environments
        from penstock.deployment.render import render
        from penstock.deployment.request import names_for

        names = names_for(project, compiled.manifest, environments.load(project, env))
        definition = render(definition, names, where=project.relative(path))
    return _reported(text, project.relative(path), project, definition, compiled=env is None)


def _from_aws(name: str, env: str) -> "Report":
    from penstock.deployment import environments
    from penstock.deployment.aws import connect
    from penstock.project import Project

    project = Project.find()
    with connect(environments.load(project, env)) as aws:
        text = aws.sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
    return _reported(json.dumps(_parsed(text, name), indent=2, ensure_ascii=False), name, project)


def _reported(
    text: str,
    source: str,
    project: "Project | None",
    definition: dict[str, Any] | None = None,
    *,
    compiled: bool = False,
) -> "Report":
    from penstock.definition.check import report, run, suppressions

    definition = _parsed(text, source) if definition is None else definition
    accepted = suppressions.read(project.root) if project is not None else []
    kept, suppressed = suppressions.divide(run.check(definition, compiled=compiled), accepted)
    return report.Report(source, text, kept, suppressed)


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        definition = json.loads(text)
    except ValueError as error:
        raise PenstockError(f"is not JSON: {error}", where=source, remedy="Correct that line.") from None
    if not isinstance(definition, dict):
        raise PenstockError("is not a JSON object", where=source, remedy="Give a pipeline definition.")
    return definition


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
