"""Why steps failed, with the last lines of their logs."""

from penstock.report.markup import element, join
from penstock.report.model import Report
from penstock.report.sections.interface import Section, titled


def section(report: Report) -> Section | None:
    failed = [step for step in report.steps if step.status == "Failed"]
    if not failed and not report.execution.failure_reason:
        return None
    parts = []
    if report.execution.failure_reason:
        parts.append(element("p", report.execution.failure_reason, class_="reason"))
    for step in failed:
        parts.append(titled(step.display_name or step.name, step.name))
        parts.append(element("p", step.failure_reason or "AWS gives no reason.", class_="reason"))
        if step.log:
            parts.append(element("pre", "\n".join(step.log)))
    return Section("trouble", "What went wrong", join(parts))
