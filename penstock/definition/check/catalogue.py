"""The rules' severities and pages, as rules.toml has them: what `--explain` prints and reports need.

It knows nothing of definitions: a rule's code is all that the modules which find things share with it.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from penstock.definition.check.suggest import did_you_mean
from penstock.errors import UsageError


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """A rule's page. `title` is a phrase, `what`, `why` and `example` are sentences or JSON, `source` says
    where the behaviour is documented."""

    code: str
    family: str
    severity: Severity
    title: str
    what: str
    why: str
    example: str
    source: str


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its code, in the order of the codes."""
    text = Path(__file__).with_name("rules.toml").read_text(encoding="utf-8")
    return {
        code: Rule(code, family, Severity(page.pop("severity", "error")), **page)
        for family, pages in tomllib.loads(text).items()
        for code, page in pages.items()
    }


def rule(code: str) -> Rule:
    """The rule with this code. Raises UsageError, with a suggestion, if there is none."""
    found = rules().get(code)
    if found is None:
        raise UsageError(
            f"there is no rule {code!r}",
            remedy=did_you_mean(code, rules()) or f"Rules go from {min(rules())} to {max(rules())}.",
        )
    return found


def page(code: str) -> str:
    """The rule's page as text for people. Raises UsageError for an unknown code."""
    of = rule(code)
    return "\n".join(
        (
            f"{of.code} {of.title} ({of.severity}, {of.family})",
            "",
            of.what.strip(),
            "",
            f"Why: {of.why.strip()}",
            "",
            "Example:",
            *(f"  {line}" for line in of.example.strip().splitlines()),
            "",
            f"Source: {of.source.strip()}",
        )
    )
