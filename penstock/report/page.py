"""The page: the report's sections in one HTML document that needs nothing but itself, and its file."""

import os
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from penstock.errors import PenstockError
from penstock.project import Project
from penstock.report import wording
from penstock.report.markup import text
from penstock.report.model import Execution, Report
from penstock.report.sections import SECTIONS

# What a file name keeps of a name from AWS.
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def render(report: Report) -> str:
    """The whole HTML document."""
    environment = Environment(
        loader=PackageLoader("penstock.report", ""),
        autoescape=True,
        # The one that removes the control characters, which Jinja2's own escaping lets through.
        finalize=text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    execution = report.execution
    sections = [section for make in SECTIONS if (section := make(report))]
    return environment.get_template("page.html.j2").render(
        execution=execution,
        sections=sections,
        steps_run=sum(step.ran for step in report.steps),
        steps=len(report.steps),
        started=wording.moment(execution.started),
        took=wording.duration(execution.seconds),
    )


def default_file(project: Project, execution: Execution) -> Path:
    """reports/<pipeline>/<execution id>.html in the project."""
    pipeline, id_ = (_UNSAFE.sub("_", name) for name in (execution.pipeline, execution.id))
    return project.reports / pipeline / f"{id_}.html"


def write(report: Report, file: Path) -> None:
    """Write the page as a whole or not at all. Raises PenstockError."""
    html = render(report)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_text(html, encoding="utf-8")
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise PenstockError(
            f"the page cannot be written: {error.strerror}",
            where=str(file),
            remedy="Mend that, or name another file with `penstock report ... --file`.",
        ) from None
