"""What follows from the states of a cluster and its steps: which step is next, when the cluster ends.

One pure function, the only place that decides it. It knows documents, and nothing of stores, threads or
processes. The messages are EMR's own as far as they are known.
"""

from dataclasses import dataclass, replace

from penstock.emulator.emr.documents import RUNNING_STEP, Document, state_of

STEPS_COMPLETED = ("ALL_STEPS_COMPLETED", "Steps completed")
USER_REQUEST = ("USER_REQUEST", "Terminated by user request")
STEP_FAILED = ("STEP_FAILURE", "Shut down as step failed")

_ERRORS = ("STEP_FAILURE", "BOOTSTRAP_FAILURE", "INTERNAL_ERROR")
_ENDS_CLUSTER = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW")

Reason = tuple[str, str]


@dataclass(frozen=True)
class Moves:
    """What to do now: steps to start, running steps to interrupt and waiting ones to cancel (by id), and the
    cluster's new state with its reason (code, message), None where it stays."""

    start: tuple[str, ...] = ()
    interrupt: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    state: str | None = None
    reason: Reason = ("", "")


def decide(cluster: Document, steps: list[Document]) -> Moves:
    """The moves that a cluster and its steps (in their order) ask for. None while it starts, or has ended."""
    state = state_of(cluster)
    running = [step["Id"] for step in steps if state_of(step) in RUNNING_STEP]
    pending = [step["Id"] for step in steps if state_of(step) == "PENDING"]
    if state == "TERMINATING":
        return _end(cluster, running, pending)
    if state not in ("RUNNING", "WAITING"):
        return Moves()
    room = cluster["StepConcurrencyLevel"] - len(running)
    start = pending[: max(0, room)]
    if start or running:
        return _turn(Moves(start=tuple(start)), state, "RUNNING", "Running step")
    if cluster["AutoTerminate"]:
        return Moves(state="TERMINATING", reason=STEPS_COMPLETED)
    return _turn(Moves(), state, "WAITING", _ready(steps))


def after_failure(cluster: Document, step: Document, steps: list[Document]) -> Moves:
    """What the ActionOnFailure of a step that failed asks for. Termination protection keeps the cluster, and
    makes TERMINATE_CLUSTER what CANCEL_AND_WAIT is."""
    action = step["ActionOnFailure"]
    if action == "CONTINUE":
        return Moves()
    cancel = tuple(each["Id"] for each in steps if state_of(each) == "PENDING")
    if action in _ENDS_CLUSTER and not cluster["TerminationProtected"]:
        return Moves(cancel=cancel, state="TERMINATING", reason=STEP_FAILED)
    return Moves(cancel=cancel)


def _end(cluster: Document, running: list[str], pending: list[str]) -> Moves:
    if running:
        return Moves(interrupt=tuple(running), cancel=tuple(pending))
    reason = cluster["Status"]["StateChangeReason"]
    code = reason.get("Code", "")
    end = "TERMINATED_WITH_ERRORS" if code in _ERRORS else "TERMINATED"
    return Moves(cancel=tuple(pending), state=end, reason=(code, reason.get("Message", "")))


def _turn(moves: Moves, old: str, new: str, message: str) -> Moves:
    return moves if old == new else replace(moves, state=new, reason=("", message))


def _ready(steps: list[Document]) -> str:
    if not steps:
        return "Cluster ready to run steps."
    last = max(steps, key=lambda step: step["Status"]["Timeline"].get("EndDateTime", 0.0))
    how = {"COMPLETED": "completed", "FAILED": "failed"}.get(state_of(last), "cancelled")
    return f"Cluster ready after last step {how}."
