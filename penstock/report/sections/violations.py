"""What the checks found: each violation of a constraint, and the checks that found none."""

from markupsafe import Markup

from penstock.report.markup import element, join, table
from penstock.report.model import Report, Violations
from penstock.report.sections.interface import Section, titled


def section(report: Report) -> Section | None:
    checks = report.findings.violations
    if not checks:
        return None
    count = sum(len(check.entries) for check in checks)
    overview = table(["Check", "Result"], ((element("b", check.step), _result(check)) for check in checks))
    details = join(_entries(check) for check in checks if check.entries)
    return Section("checks", f"Checks, {_violations(count)}", overview + details)


def _result(check: Violations) -> Markup:
    if check.entries:
        badge = element("span", _violations(len(check.entries)), class_="badge bad")
    elif check.report:
        badge = element("span", "violations, in a report that cannot be read", class_="badge bad")
    elif check.skipped:
        return element("span", "compared with nothing: only a baseline was made", class_="badge")
    else:
        return element("span", "no violations", class_="badge good")
    return join((badge, " ", element("code", check.report)))


def _entries(check: Violations) -> Markup:
    rows = (
        (element("b", entry.subject), element("code", entry.check), entry.description)
        for entry in check.entries
    )
    return titled(_violations(len(check.entries)), check.step) + table(
        ["Of", "Check", "What was found"], rows, class_="violations"
    )


def _violations(count: int) -> str:
    return "no violations" if not count else "1 violation" if count == 1 else f"{count} violations"
