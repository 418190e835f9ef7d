"""The parameters that the execution ran with."""

from penstock.report.markup import element, table
from penstock.report.model import Report
from penstock.report.sections.interface import Section


def section(report: Report) -> Section | None:
    if not report.execution.parameters:
        return None
    rows = [
        (element("b", one.name), element("code", one.value), "default" if one.is_default else "given")
        for one in report.execution.parameters
    ]
    return Section("parameters", "Parameters", table(["Parameter", "Value", ""], rows))
