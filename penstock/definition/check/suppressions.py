"""Findings that a project accepts, each with its reason: `[tool.penstock.check]` in pyproject.toml.

[tool.penstock.check]
ignore = [{code = "PS807", step = "Notify", reason = "A lost notification is no loss."}]
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.definition.check.catalogue import rule
from penstock.definition.check.finding import Finding
from penstock.errors import UsageError

FILE = "pyproject.toml"
_WHERE = f"{FILE}: tool.penstock.check"
_FORM = 'An entry is {code = "PS101", reason = "..."}, and step = "..." if it is for one step.'


@dataclass(frozen=True)
class Suppression:
    """`step` is None if the rule is suppressed everywhere."""

    code: str
    reason: str
    step: str | None = None

    def covers(self, finding: Finding) -> bool:
        return self.code == finding.code and self.step in (None, finding.step)


def read(root: Path) -> list[Suppression]:
    """The suppressions of the project in a folder. Raises UsageError for one that is not as it must be."""
    try:
        document = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not TOML: {error}", where=FILE, remedy="Correct that line.") from None
    table = document.get("tool", {}).get("penstock", {}).get("check", {})
    if not isinstance(table, dict) or not isinstance(table.get("ignore", []), list):
        raise UsageError("ignore is not a list", where=_WHERE, remedy=_FORM)
    return [_entry(entry, index) for index, entry in enumerate(table.get("ignore", []))]


def divide(
    findings: list[Finding], suppressions: list[Suppression]
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """The findings that stand, and those that are suppressed, with the reason."""
    kept: list[Finding] = []
    dropped: list[tuple[Finding, str]] = []
    for finding in findings:
        by = next((entry for entry in suppressions if entry.covers(finding)), None)
        if by is None:
            kept.append(finding)
        else:
            dropped.append((finding, by.reason))
    return kept, dropped


def _entry(entry: Any, index: int) -> Suppression:
    where = f"{_WHERE}.ignore[{index}]"
    texts = isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())
    if not texts or not {"code"} <= set(entry) <= {"code", "step", "reason"}:
        raise UsageError("is not a suppression", where=where, remedy=_FORM)
    if not entry.get("reason", "").strip():
        raise UsageError(f"{entry['code']} is suppressed without a reason", where=where, remedy=_FORM)
    try:
        rule(entry["code"])
    except UsageError as error:
        raise UsageError(error.what, where=where, remedy=error.remedy) from None
    return Suppression(**entry)
