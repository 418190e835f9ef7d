"""All rules over one definition: JSON in, findings out."""

from collections.abc import Iterable
from typing import Any

from penstock.definition.check.document import Document
from penstock.definition.check.families import (
    grammar,
    graph,
    limits,
    practice,
    references,
    requests,
    service,
    settings,
    types,
)  # fmt: skip
from penstock.definition.check.finding import Finding

FAMILIES = (grammar, references, types, requests, graph, limits, service, practice, settings)


def check(definition: dict[str, Any], *, compiled: bool = False) -> list[Finding]:
    """What the rules have to say about a definition, in the order of its steps.

    A string that holds a placeholder (`{{ env.role }}`) stands for any value. `compiled` says that the
    definition is one of the project's own before an environment was filled in, which is where what an
    environment decides must not be written out (PS802).
    """
    document = Document(definition, compiled=compiled)
    found = dict.fromkeys(finding for family in FAMILIES for finding in family.check(document))
    return ordered(found)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order of what they are about."""
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[list[tuple[int, str]], str]:
    parts = [(part, "") if isinstance(part, int) else (-1, part) for part in finding.path]
    return parts, finding.code
