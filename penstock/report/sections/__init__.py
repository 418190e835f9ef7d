"""The sections of the page, in their order.

Each module's `section(report)` gives one, or None where there is nothing to show.
"""

from collections.abc import Callable

from penstock.report.model import Report
from penstock.report.sections import (
    attributions,
    bias,
    graph,
    links,
    parameters,
    profile,
    quality,
    realness,
    trouble,
    violations,
)
from penstock.report.sections.interface import Section

SECTIONS: tuple[Callable[[Report], Section | None], ...] = (
    trouble.section,
    graph.section,
    quality.section,
    violations.section,
    bias.section,
    attributions.section,
    profile.section,
    realness.section,
    parameters.section,
    links.section,
)
