"""What the checks found: every violation of a constraint, and the checks that found none."""

from markupsafe import Markup

from penstock.report.markup import element, join, table
from penstock.report.model import Report, Violations
from penstock.report.sections.interface import Section, quiet, titled


def section(report: Report) -> Section | None:
    if not report.findings.violations:
        return None
    count = sum(len(check.entries) for check in report.findings.violations)
    title = "Constraint violations" + (f" ({count})" if count else "")
    return Section("violations", title, join(_check(check) for check in report.findings.violations))


def _check(check: Violations) -> Markup:
    if not check.report:
        what = "Compared nothing: this run made a baseline." if check.skipped else "No violations."
        return titled(what, check.step)
    rows = [
        (element("b", entry.subject), element("code", entry.check), entry.description)
        for entry in check.entries
    ]
    found = "1 violation" if len(rows) == 1 else f"{len(rows)} violations"
    return join(
        (
            titled(found if rows else "Violations, in a report that cannot be read", check.step),
            table(["Of", "Check", "What was found"], rows) if rows else "",
            quiet(element("code", check.report)),
        )
    )
