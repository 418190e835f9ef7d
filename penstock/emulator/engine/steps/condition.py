"""The Condition step: its Outcome selects the branch that runs (facts/pipeline-execution.md, 1.2)."""

from typing import Any

from penstock.emulator.engine.conditions import all_hold
from penstock.emulator.engine.model import Step
from penstock.emulator.engine.steps.interface import Context, Handle, Instant, Progress


class Condition(Instant):
    def evaluate(self, step: Step, context: Context) -> dict[str, Any]:
        where = f"{step.where}.Arguments.Conditions"
        return {"Outcome": all_hold(step.arguments["Conditions"], context.evaluate, where)}

    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        # The listing shows "True" or "False"; the property joins as true or false (section 1.2).
        return Progress("Succeeded", {"Condition": {"Outcome": str(arguments["Outcome"])}}, arguments)

    def properties(self, handle: Handle, context: Context) -> dict[str, Any]:
        return handle
