"""Why a step failed, in the members of EMR's FailureDetails."""


class StepFailed(Exception):
    """`reason` is a short class of failure, `message` what happened and what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
