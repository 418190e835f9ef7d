"""How a job ends badly, in AWS's form: a class of error, a colon, what happened.

AWS's templates are mostly unpublished (facts/jobs-and-hosting.md, 10); the classes are: ClientError, the
customer can mend it; AlgorithmError, the code in the container failed; InternalServerError, the service did.
"""

import errno
import traceback
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

# FailureReason, facts/jobs-and-hosting.md, 1.
LONGEST_REASON = 1024


class JobFailed(Exception):
    """`error` is ClientError, AlgorithmError or InternalServerError; `members` go into the job's document."""

    def __init__(self, error: str, message: str, **members: Any) -> None:
        super().__init__(f"{error}: {message}")
        self.members = members


class JobStopped(Exception):
    """Somebody asked the job to stop."""


def client_error(message: str) -> JobFailed:
    return JobFailed("ClientError", message)


def algorithm_error(said: str, exit_code: int, **members: Any) -> JobFailed:
    """The container ended with a code other than 0, after it had `said` something (its message, or the
    end of its output; the end is what is kept when it is too long)."""
    ending = f", exit code: {exit_code}"
    room = LONGEST_REASON - len("AlgorithmError: ") - len(ending)
    said = said.strip()
    if len(said) > room:
        said = "..." + said[-(room - 3) :]
    return JobFailed("AlgorithmError", said + ending, **members)


def reason_of(error: BaseException) -> str:
    """The FailureReason for whatever ended a job; at most 1024 characters."""
    return _reason(error)[:LONGEST_REASON]


def _reason(error: BaseException) -> str:
    match error:
        case JobFailed():
            return str(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return (
                f"ClientError: {error.strerror}{f': {error.filename}' if error.filename else ''}. "
                "Free some space on the emulator's disk and start the job again."
            )
        case ClientError():
            told = error.response.get("Error", {})
            return f"ClientError: {error.operation_name}: {told.get('Code')}: {told.get('Message')}"
        case BotoCoreError():
            return f"InternalServerError: {error}"
        case _:
            frame = traceback.extract_tb(error.__traceback__)[-1:]
            place = f" ({frame[0].name}, line {frame[0].lineno})" if frame else ""
            return (
                f"InternalServerError: a bug in Penstock's job runner: {type(error).__name__}: {error}{place}"
            )
