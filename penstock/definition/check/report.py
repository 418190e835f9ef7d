"""Findings as text for people, as JSON, as SARIF 2.1.0 and as GitHub's annotations: data to data."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from penstock.definition.check import positions
from penstock.definition.check.catalogue import Severity, rule, rules
from penstock.definition.check.finding import Finding
from penstock.definition.check.suppressions import Suppression
from penstock.definition.compiled import BuiltStep
from penstock.definition.structure import BRANCHES
from penstock.printable import printable

_MOST_LINES = 6
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Report:
    """What a check found in one definition. `source` is its file or name, `text` the JSON there; `steps` are
    those of a pipeline of the project, with the line that builds each."""

    source: str
    text: str
    findings: list[Finding]
    suppressed: list[tuple[Finding, Suppression]] = field(default_factory=list)
    steps: Mapping[str, BuiltStep] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return sum(rule(finding.code).severity is Severity.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    def lines(self, finding: Finding) -> tuple[int, int]:
        """The first and the last line of what a finding is about, from 1."""
        return positions.nearest(self._positions, finding.path)

    def built(self, finding: Finding) -> BuiltStep | None:
        """Where the step that a finding is about is built, None where that is not known."""
        return self.steps.get(finding.step or "")

    @cached_property
    def _positions(self) -> positions.Lines:
        return positions.lines(self.text)


def text(report: Report) -> Iterator[str]:
    """Lines for people: each finding with the lines of JSON that it is about, and a count in the end.

    Names are a stranger's: what is not printable is escaped, as a terminal would act on it.
    """
    for line in _lines(report):
        yield printable(line)


def _lines(report: Report) -> Iterator[str]:
    source_lines = report.text.replace("\t", " ").split("\n")
    # As the file is read, which has its keys in any order.
    for finding in sorted(report.findings, key=lambda finding: report.lines(finding)[0]):
        first, last = report.lines(finding)
        severity = rule(finding.code).severity
        where = f"step {finding.step}: " if finding.step else ""
        yield f"{report.source}:{first}: {severity} {finding.code}: {where}{finding.message}"
        yield f"  at {finding.place or 'the definition'}"
        if built := report.built(finding):
            yield f"  built at {built.file}:{built.line}"
        shown = source_lines[first - 1 : min(last, first - 1 + _MOST_LINES)]
        for number, line in enumerate(shown, first):
            yield f"  {number:>5} | {line[:160]}"
        if last - first >= _MOST_LINES:
            yield f"        | ... {_counted(last - first + 1 - _MOST_LINES, 'more line')}"
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
        "suppressed": [{**_item(report, finding), "reason": by.reason} for finding, by in report.suppressed],
    }


def _item(report: Report, finding: Finding) -> dict[str, Any]:
    built = report.built(finding)
    return {
        "code": finding.code,
        "severity": str(rule(finding.code).severity),
        "step": finding.step,
        "path": finding.place,
        "line": report.lines(finding)[0],
        "source": {"file": built.file, "line": built.line} if built else None,
        "message": finding.message,
        "suggestion": finding.suggestion or None,
    }


def github(report: Report) -> Iterator[str]:
    """Workflow commands that GitHub shows at the lines of a pull request: at the Python that builds the step,
    if that is known."""
    for finding in report.findings:
        first, last = report.lines(finding)
        file, place = report.source, ""
        if built := report.built(finding):
            file, place = built.file, f" ({report.source}:{first})"
            first = last = built.line
        severity = rule(finding.code).severity
        title = f"{finding.code} {rule(finding.code).title}"
        properties = f"file={_escaped(file)},line={first},endLine={last},title={_escaped(title)}"
        yield f"::{severity} {properties}::{_encoded(_told(finding) + place)}"


def sarif(report: Report, version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log: one run, the rules that have results, and suppressed findings as such."""
    everything = [*((finding, None) for finding in report.findings), *report.suppressed]
    codes = sorted({finding.code for finding, _ in everything})
    driver = {
        "name": "penstock",
        "version": version,
        "rules": [_sarif_rule(code) for code in codes],
    }
    results = [_sarif_result(report, finding, by, codes) for finding, by in everything]
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


def _sarif_result(
    report: Report, finding: Finding, suppression: Suppression | None, codes: list[str]
) -> dict[str, Any]:
    in_json = _sarif_location(report.source, *report.lines(finding))
    in_json["logicalLocations"] = [{"fullyQualifiedName": finding.place or ".", "kind": "value"}]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": str(rule(finding.code).severity),
        "message": {"text": _told(finding)},
        "locations": [in_json],
        "partialFingerprints": {"penstockFinding/v1": _fingerprint(finding)},
    }
    if built := report.built(finding):
        # What is reviewed and mended is the Python; the JSON follows from it.
        result["locations"] = [_sarif_location(built.file, built.line, built.line)]
        # A link to the location with this id, whose text has its brackets escaped (SARIF 2.1.0, 3.11.6).
        text = report.source.translate({ord(c): f"\\{c}" for c in "\\[]"})
        result["message"]["text"] += f" ([{text}](1))"
        result["relatedLocations"] = [{"id": 1, **in_json}]
    if suppression:
        kind = "inSource" if suppression.built else "external"
        result["suppressions"] = [{"kind": kind, "justification": suppression.reason}]
    return result


def _sarif_location(file: str, first: int, last: int) -> dict[str, Any]:
    region = {"startLine": first, "endLine": last}
    uri = Path(file).as_uri() if Path(file).is_absolute() else quote(file)
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _fingerprint(finding: Finding) -> str:
    """What stays the same of a finding while lines move and other steps come and go."""
    steps = [at for at, part in enumerate(finding.path[:-1], 2) if part in ("Steps", *BRANCHES)]
    inside = finding.path[max(steps, default=0) :]
    parts = [finding.code, finding.step, *inside, finding.message]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _told(finding: Finding) -> str:
    """What is wrong, and what to do, in one line."""
    message = f"step {finding.step}: {finding.message}" if finding.step else finding.message
    return f"{message}. {finding.suggestion}" if finding.suggestion else message


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _encoded(message: str) -> str:
    return printable(message).replace("%", "%25")


def _escaped(value: str) -> str:
    return _encoded(value).replace(":", "%3A").replace(",", "%2C")
