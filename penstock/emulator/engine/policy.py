"""The failure policy: whether a failed step is tried again and when, and how an execution ends.

Pure functions of what happened; the one place that decides about failure
(facts/pipeline-execution.md, sections 4 and 5).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
JOB_INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
# No ExceptionType of a retry policy: a step whose work could not be waited for any longer.
TIMED_OUT = "TimedOut"

STEP_FAILURE = "Step failure: One or multiple steps failed."

_INTERVAL_SECONDS = 1
_BACKOFF_RATE = 2.0
_MAX_ATTEMPTS = 5
# Retried with the default numbers where no policy of the step says otherwise.
_BUILT_IN: dict[str, Any] = {"ExceptionType": [SERVICE_FAULT, THROTTLING]}


@dataclass(frozen=True)
class Failure:
    """Why a step failed: the text of its FailureReason, and the ExceptionType that retry policies know it
    by, "" where there is none."""

    reason: str
    kind: str = ""


@dataclass
class Retries:
    """What a step's retry policies have to remember: per policy, the retries made so far and the time of
    the first failure (s)."""

    policies: tuple[dict[str, Any], ...]
    made: dict[int, int] = field(default_factory=dict)
    first_failure: dict[int, float] = field(default_factory=dict)

    def next(self, failure: Failure, now: float) -> float | None:
        """After how many seconds to try again, or None: no policy for this failure, or it is used up.

        MaxAttempts counts retries, and so does not include the first attempt; the documents' "maximum
        number of retry attempts" and its 0 for "never" read so.
        """
        policies = (*self.policies, _BUILT_IN)
        index = next(
            (i for i, policy in enumerate(policies) if failure.kind in policy["ExceptionType"]), None
        )
        if index is None:
            return None
        policy = policies[index]
        made = self.made.get(index, 0)
        first = self.first_failure.setdefault(index, now)
        delay = policy.get("IntervalSeconds", _INTERVAL_SECONDS) * (
            policy.get("BackoffRate", _BACKOFF_RATE) ** made
        )
        if "ExpireAfterMin" in policy:
            if now + delay > first + 60 * policy["ExpireAfterMin"]:
                return None
        elif made >= policy.get("MaxAttempts", _MAX_ATTEMPTS):
            return None
        self.made[index] = made + 1
        return delay


def final_status(
    *, stop_requested: bool, unhandled: Iterable[str], handled: bool, timed_out: bool = False
) -> tuple[str, str | None]:
    """An execution's last status and FailureReason.

    `timed_out` is whether a step TIMED_OUT: a function that cannot be interrupted makes an execution Failed
    that is to stop (facts/pipeline-execution.md, section 4.2). `unhandled` are the statuses (Failed, Stopped)
    of the steps that ended badly with no step there for it, `handled` whether others did with one. A step
    whose job somebody stopped by hand stops the execution: what the service makes of that is unknown, and
    nothing has failed.
    """
    bad = set(unhandled)
    if stop_requested and not timed_out:
        return "Stopped", None
    if "Failed" in bad:
        return "Failed", STEP_FAILURE
    if bad:
        return "Stopped", None
    return ("CompletedWithFailures" if handled else "Succeeded"), None
