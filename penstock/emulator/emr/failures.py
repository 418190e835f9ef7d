"""Why a step failed, in the members of EMR's FailureDetails."""


class StepFailed(Exception):
    """`reason` is a short class of failure, `message` what happened and what to do, `log` the log file that
    has more of it."""

    def __init__(self, reason: str, message: str, log: str = "controller.gz") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.log = log
