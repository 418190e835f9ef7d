"""Step types that SageMaker knows and this emulator does not run: they fail and say so."""

from typing import Any

from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.steps.interface import Context, Instant, Progress


class Unsupported(Instant):
    """`runs` are the step types that the emulator does run, for the message."""

    def __init__(self, step_type: str, runs: tuple[str, ...]) -> None:
        self._reason = (
            f"ClientError: Step type {step_type} is run by AWS, but not by this emulator. To run the rest of"
            " the pipeline here, move the step into a branch of a Condition step that compares a parameter,"
            f" and start with the other branch. The emulator runs {', '.join(sorted(runs))}."
        )

    def evaluate(self, step: Any, context: Context) -> dict[str, Any]:
        return {}

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        return Progress("Failed", failure=Failure(self._reason))
