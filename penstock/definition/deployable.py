"""Whether a definition that was just built can be deployed at all: what fails a compile.

Compile refuses what the grammar, the references, the graph and the limits of Pipelines rule out in every
environment. What is doubtful, and what depends on an environment, `penstock check` tells.
"""

from penstock.definition.check import suppressions
from penstock.definition.check.catalogue import Severity, rule
from penstock.definition.check.run import check
from penstock.definition.compiled import Compiled
from penstock.errors import PenstockError
from penstock.project import Project

_FAMILIES = ("grammar", "references", "graph", "limits")


def require_deployable(project: Project, built: Compiled) -> None:
    """Raises PenstockError for the first error that nothing suppresses, and for a suppression of no rule or
    without a reason."""
    steps = built.manifest.steps
    accepted = [*suppressions.at_steps(steps), *suppressions.read(project.root)]
    kept, _ = suppressions.divide(check(built.definition, compiled=True), accepted)
    errors = [
        finding
        for finding in kept
        if rule(finding.code).severity is Severity.ERROR and rule(finding.code).family in _FAMILIES
    ]
    if not errors:
        return
    first, others = errors[0], len(errors) - 1
    where = steps[first.step].place if first.step in steps else f"pipelines/{built.manifest.name}.py"
    more = f", and {others} more error{'s' if others > 1 else ''}" if others else ""
    raise PenstockError(
        f"{first.message} ({first.code} at {first.place or 'the definition'}{more})",
        where=f"{where}: step {first.step}" if first.step else where,
        remedy=first.suggestion or f"`penstock check --explain {first.code}` says what is wrong.",
    )
