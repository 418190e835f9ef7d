"""What the steps made and where it lies: URIs as text to copy, and the console's pages on AWS."""

from markupsafe import Markup

from penstock.report.markup import element, table
from penstock.report.model import Link, Report
from penstock.report.sections.interface import Section


def section(report: Report) -> Section | None:
    rows = []
    for step in report.steps:
        for number, link in enumerate(step.links):
            rows.append((element("b", step.name) if number == 0 else "", link.label, _text(link)))
    if not rows:
        return None
    return Section("artifacts", "Artifacts", table(["Step", "What", "Where"], rows, class_="artifacts"))


def _text(link: Link) -> Markup:
    shown = element("code", link.text)
    if not link.console:
        return shown
    return shown + Markup(" ") + element("a", "console", href=link.console, rel="noreferrer")
