"""Findings that a project accepts, each with its reason: at the step, or in pyproject.toml.

ignore(step, "PS807", reason="A lost notification is no loss.")

[tool.penstock.check]
ignore = [{code = "PS807", step = "Notify", reason = "A lost notification is no loss."}]
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.definition.check.catalogue import rule
from penstock.definition.check.finding import Finding
from penstock.definition.compiled import BuiltStep
from penstock.errors import PenstockError, UsageError

FILE = "pyproject.toml"
_WHERE = f"{FILE}: tool.penstock.check"
_FORM = 'An entry is {code = "PS101", reason = "..."}, and step = "..." if it is for one step.'


@dataclass(frozen=True)
class Suppression:
    """`step` is None if the rule is suppressed everywhere, `built` where the step is built if it is there
    that the rule is suppressed, and not in pyproject.toml."""

    code: str
    reason: str
    step: str | None = None
    built: BuiltStep | None = None

    @property
    def place(self) -> str:
        return f"{self.built.file}:{self.built.line}" if self.built else FILE

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


def at_steps(steps: Mapping[str, BuiltStep]) -> list[Suppression]:
    """The suppressions of a manifest's steps. Raises PenstockError for one that is not as it must be."""
    found = []
    for name, step in steps.items():
        where = f"{step.place}: step {name}"
        for code, reason in step.ignore.items():
            form = f'Write it as ignore(step, "{code}", reason="...").'
            _require(code, reason, where, form, PenstockError)
            found.append(Suppression(code, reason, name, step))
    return found


def divide(
    findings: list[Finding], suppressions: list[Suppression]
) -> tuple[list[Finding], list[tuple[Finding, Suppression]]]:
    """The findings that stand, and those that are suppressed, each with what suppresses it."""
    kept: list[Finding] = []
    dropped: list[tuple[Finding, Suppression]] = []
    for finding in findings:
        by = next((entry for entry in suppressions if entry.covers(finding)), None)
        if by is None:
            kept.append(finding)
        else:
            dropped.append((finding, by))
    return kept, dropped


def unused(
    suppressions: list[Suppression], findings: list[Finding], steps: Iterable[str]
) -> list[Suppression]:
    """Those for one of these steps that cover none of the findings.

    One for every step may be for another pipeline.
    """
    names = set(steps)
    return [entry for entry in suppressions if entry.step in names and not any(map(entry.covers, findings))]


def _entry(entry: Any, index: int) -> Suppression:
    where = f"{_WHERE}.ignore[{index}]"
    texts = isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())
    if not texts or not {"code"} <= set(entry) <= {"code", "step", "reason"}:
        raise UsageError("is not a suppression", where=where, remedy=_FORM)
    _require(entry["code"], entry.get("reason"), where, _FORM, UsageError)
    return Suppression(**entry)


def _require(code: str, reason: Any, where: str, form: str, failure: type[PenstockError]) -> None:
    """Raises the failure unless there is such a rule, and a reason."""
    if not isinstance(reason, str) or not reason.strip():
        raise failure(f"{code} is suppressed without a reason", where=where, remedy=form)
    try:
        rule(code)
    except UsageError as error:
        raise failure(error.what, where=where, remedy=error.remedy) from None
