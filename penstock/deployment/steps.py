"""The steps of a definition, those inside other steps too. It knows the document's shape, and no AWS."""

from collections.abc import Iterator
from typing import Any

# The members of a step's Arguments that hold steps of their own (Condition, ForEach).
BODIES = ("IfSteps", "ElseSteps", "ForEachBody")


def all_steps(steps: Any) -> Iterator[dict[str, Any]]:
    """Each step, then those inside it. What is not a list of objects has no steps."""
    if not isinstance(steps, list):
        return
    for step in steps:
        if isinstance(step, dict):
            yield step
            arguments = step.get("Arguments")
            if isinstance(arguments, dict):
                for body in BODIES:
                    yield from all_steps(arguments.get(body))
