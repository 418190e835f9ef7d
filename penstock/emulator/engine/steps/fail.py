"""The Fail step: ends the execution as Failed with a message of the author's."""

from typing import Any

from penstock.emulator.engine.expressions import stringify
from penstock.emulator.engine.policy import Failure
from penstock.emulator.engine.steps.interface import Context, Instant, Progress

# Metadata.Fail.ErrorMessage (facts/pipeline-execution.md, section 4.1).
_LONGEST_MESSAGE = 3072


class Fail(Instant):
    def begin(self, arguments: dict[str, Any], context: Context) -> Progress:
        message = arguments["ErrorMessage"]
        try:
            text = stringify(message)[:_LONGEST_MESSAGE]
        except TypeError:
            reason = f"ClientError: ErrorMessage is {message!r}, which is no string, number or Boolean"
            return Progress("Failed", failure=Failure(reason))
        # An empty message gives Metadata an empty ErrorMessage and the step no FailureReason
        # (facts/pipeline-execution.md, section 4).
        return Progress("Failed", {"Fail": {"ErrorMessage": text}}, failure=Failure(text))
