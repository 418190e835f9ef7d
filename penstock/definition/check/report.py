"""Findings as text for people, as JSON, as SARIF 2.1.0 and as GitHub's annotations: data to data."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from penstock.definition.check import positions
from penstock.definition.check.catalogue import Severity, rule, rules
from penstock.definition.check.finding import Finding

_MOST_LINES = 6
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Report:
    """What a check found in one definition. `source` is its file or name, `text` the JSON there."""

    source: str
    text: str
    findings: list[Finding]
    suppressed: list[tuple[Finding, str]] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(rule(finding.code).severity is Severity.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    def lines(self, finding: Finding) -> tuple[int, int]:
        """The first and the last line of what a finding is about, from 1."""
        return positions.nearest(self._positions, finding.path)

    @cached_property
    def _positions(self) -> positions.Lines:
        return positions.lines(self.text)


def text(report: Report) -> Iterator[str]:
    """Lines for people: each finding with the lines of JSON that it is about, and a count in the end."""
    source_lines = report.text.splitlines()
    for finding in report.findings:
        first, last = report.lines(finding)
        severity = rule(finding.code).severity
        where = f"step {finding.step}: " if finding.step else ""
        yield f"{report.source}:{first}: {severity} {finding.code}: {where}{finding.message}"
        yield f"  at {finding.place or 'the definition'}"
        shown = source_lines[first - 1 : min(last, first - 1 + _MOST_LINES)]
        for number, line in enumerate(shown, first):
            yield f"  {number:>5} | {line[:160]}"
        if last - first >= _MOST_LINES:
            yield f"        | ... {last - first + 1 - _MOST_LINES} more lines"
        if finding.suggestion:
            yield f"  {finding.suggestion}"
        yield ""
    yield summary(report)


def summary(report: Report) -> str:
    counts = f"{_counted(report.errors, 'error')}, {_counted(report.warnings, 'warning')}"
    suppressed = f", {len(report.suppressed)} suppressed" if report.suppressed else ""
    return f"{report.source}: {counts}{suppressed}"


def data(report: Report) -> dict[str, Any]:
    """The report as one JSON document."""
    return {
        "source": report.source,
        "errors": report.errors,
        "warnings": report.warnings,
        "findings": [_item(report, finding) for finding in report.findings],
        "suppressed": [{**_item(report, finding), "reason": reason} for finding, reason in report.suppressed],
    }


def _item(report: Report, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(rule(finding.code).severity),
        "step": finding.step,
        "path": finding.place,
        "line": report.lines(finding)[0],
        "message": finding.message,
        "suggestion": finding.suggestion or None,
    }


def github(report: Report) -> Iterator[str]:
    """Workflow commands that GitHub shows at the lines of a pull request."""
    for finding in report.findings:
        first, last = report.lines(finding)
        severity = rule(finding.code).severity
        title = f"{finding.code} {rule(finding.code).title}"
        properties = f"file={_escaped(report.source)},line={first},endLine={last},title={_escaped(title)}"
        message = " ".join(filter(None, (_prefixed(finding), finding.suggestion)))
        yield f"::{severity} {properties}::{_encoded(message)}"


def sarif(report: Report, version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log: one run, the rules that have results, and suppressed findings as such."""
    everything = [*((finding, "") for finding in report.findings), *report.suppressed]
    codes = sorted({finding.code for finding, _ in everything})
    driver = {
        "name": "penstock",
        "version": version,
        "rules": [_sarif_rule(code) for code in codes],
    }
    results = [_sarif_result(report, finding, reason, codes) for finding, reason in everything]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _sarif_rule(code: str) -> dict[str, Any]:
    page = rules()[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in page.title.split()),
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.what},
        "help": {"text": f"{page.why} Example: {page.example} Source: {page.source}"},
        "defaultConfiguration": {"level": str(page.severity)},
    }


def _sarif_result(report: Report, finding: Finding, reason: str, codes: list[str]) -> dict[str, Any]:
    first, last = report.lines(finding)
    logical = {"fullyQualifiedName": finding.place or ".", "kind": "member"}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": str(rule(finding.code).severity),
        "message": {"text": " ".join(filter(None, (_prefixed(finding), finding.suggestion)))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": report.source},
                    "region": {"startLine": first, "endLine": last},
                },
                "logicalLocations": [logical],
            }
        ],
    }
    if reason:
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def _prefixed(finding: Finding) -> str:
    return f"step {finding.step}: {finding.message}" if finding.step else finding.message


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _encoded(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(value: str) -> str:
    return _encoded(value).replace(":", "%3A").replace(",", "%2C")
