"""One execution from its start to its end: select a step, execute it, process what came of it.

The loop knows no step type, no rule of the graph and no rule about failure: steps/, schedule.py and
policy.py do. All it decides it writes as events; a retried execution starts from them.
"""

import heapq
import logging
import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.emulator.engine import events, policy
from penstock.emulator.engine.aws import Aws
from penstock.emulator.engine.cache import cache_key, look_up
from penstock.emulator.engine.definition import read_definition
from penstock.emulator.engine.expressions import EvaluationError, evaluate
from penstock.emulator.engine.model import ANY, COMPLETED, FAILED, STOPPED, Definition, Step
from penstock.emulator.engine.names import PREFIX, job_name
from penstock.emulator.engine.policy import TIMED_OUT, Failure, Retries
from penstock.emulator.engine.record import Record
from penstock.emulator.engine.schedule import Schedule
from penstock.emulator.engine.scope import ExecutionScope
from penstock.emulator.engine.steps import step_type
from penstock.emulator.engine.steps.interface import Context, Handle, Progress, StepType, WorkFailed

_log = logging.getLogger(__name__)

# Nothing but a change in the store or a due retry has to wake a run; this is only a bound for `wait`.
_LONGEST_WAIT = 3600.0
_FULL_DISK_WAIT = 1.0
_ENDS = {"Succeeded": COMPLETED, "Failed": FAILED, "Stopped": STOPPED}


@dataclass
class _Work:
    """A step that has started and not ended. Between two attempts it `waits`."""

    step: Step
    type: StepType
    retries: Retries
    attempt: int
    handle: Handle = field(default_factory=dict)
    waits: bool = False


class Run:
    """The execution of one ARN, on the thread that calls `execute`; other threads may `request_stop`.

    `aws` is what its role has of AWS."""

    def __init__(self, record: Record, aws: Aws) -> None:
        self._record = record
        self._aws = aws
        self._work: dict[str, _Work] = {}
        self._due: list[tuple[float, str]] = []
        # The steps that failed or were stopped, and how they ended.
        self._bad: dict[str, str] = {}
        self._timed_out = False
        self._lock = threading.Lock()
        self._stop_requested = False
        self._stopping = False
        self._interruption: str | None = None
        self._ended = False
        self.most_at_once: int | None = record.document().get("_MaxParallelSteps")

    def execute(self) -> None:
        """Run to the end. Whatever goes wrong in here ends the execution as Failed."""
        try:
            self._prepare()
            while True:
                # Read before anything is looked at, so that no change after the look is slept through.
                seen = self._record.store.revision
                if self._interruption is not None:
                    self._abandon(self._interruption)
                    return
                moved = self._advance()
                if not self._work and not self._schedule.has_ready():
                    self._finish()
                    return
                if not moved:
                    self._record.store.wait(seen, self._patience())
        except Exception as error:
            _log.exception("The engine failed while it ran %s", self._record.arn)
            self._abandon(
                f"InternalServerError: The pipeline engine failed: {type(error).__name__}: {error}. "
                "Retry the execution to go on."
            )

    def request_stop(self) -> bool:
        """Ask the execution to stop. False if it has ended already."""
        with self._lock:
            if self._ended:
                return False
            self._stop_requested = True
            self._record.set_status("Stopping")
            return True

    def interrupt(self, reason: str) -> None:
        """End the execution as Failed with this reason: the engine is shutting down."""
        with self._lock:
            if not self._ended:
                self._interruption = reason
                # On a full disk the run is not woken, and ends with the process.
                with suppress(sqlite3.OperationalError):
                    self._record.set_status("Stopping")

    def _prepare(self) -> None:
        document = self._record.document()
        self._definition: Definition = read_definition(document["_Definition"])
        self._scope = ExecutionScope(
            self._definition, document, self._record, self._describe, self._aws.read_object
        )
        self._schedule = Schedule(self._definition.edges)
        stream = self._record.stream()
        entries = events.steps_of(stream)
        self._attempts = {entry["StepName"]: entry["AttemptCount"] for entry in entries}
        self._handles = events.handles_of(stream)
        for entry in entries:
            if entry["StepStatus"] == "Succeeded":
                self._schedule.settle(entry["StepName"], _ends("Succeeded", entry["Metadata"]))

    def _advance(self) -> bool:
        """Do all that can be done now; whether anything was."""
        moved = False
        if self._stop_requested and not self._stopping:
            self._stop_all()
            moved = True
        while (work := self._select()) is not None:
            self._process(work, self._execute(work))
            moved = True
        for work in list(self._work.values()):
            if not work.waits:
                moved |= self._process(work, self._observe(work))
        return moved

    def _select(self) -> _Work | None:
        """The next step to begin: one whose retry is due, else a ready one while there is room."""
        if self._stop_requested:
            return None
        if self._due and self._due[0][0] <= time.monotonic():
            work = self._work[heapq.heappop(self._due)[1]]
            work.waits = False
            work.attempt += 1
            self._record.append(
                events.step_changed(work.step.name, StepStatus="Starting", AttemptCount=work.attempt)
            )
            return work
        full = self.most_at_once is not None and len(self._work) >= self.most_at_once
        if full or not self._schedule.has_ready():
            return None
        step = self._definition.steps[self._schedule.take()]
        attempt = self._attempts.get(step.name, 0) + 1
        work = _Work(step, step_type(step.type), Retries(step.retry_policies), attempt)
        self._work[step.name] = work
        self._record.append(
            events.step_started(
                step.name, display_name=step.display_name, description=step.description, attempt=attempt
            )
        )
        return work

    def _execute(self, work: _Work) -> Progress:
        """Begin a step's work, or find that an earlier execution has done it."""
        step = work.step
        try:
            context = self._named_context(work)
            arguments = work.type.evaluate(step, context)
            key = cache_key(step.type, arguments)
            hit = look_up(self._record, step, key)
            if hit is not None:
                source = {"SourcePipelineExecutionArn": hit.execution_arn}
                return Progress("Succeeded", hit.metadata, hit.handle, changes={"CacheHitResult": source})
            progress = work.type.begin(arguments, context)
            return replace(progress, changes={"CacheKey": key}) if key else progress
        except WorkFailed as error:
            return Progress("Failed", failure=error.failure)
        except EvaluationError as error:
            return Progress("Failed", failure=Failure(f"ClientError: {error}"))

    def _observe(self, work: _Work) -> Progress:
        try:
            return work.type.observe(work.handle, self._context(work.step.name))
        except WorkFailed as error:
            return Progress("Failed", failure=error.failure)

    def _process(self, work: _Work, progress: Progress) -> bool:
        """Write down what came of a step and let the graph go on; whether it was news."""
        name = work.step.name
        changes = dict(progress.changes)
        if progress.metadata:
            changes["Metadata"] = progress.metadata
        if progress.handle:
            changes["Handle"] = work.handle = self._handles[name] = progress.handle
        if progress.status == "Executing":
            if changes:
                self._record.append(events.step_changed(name, StepStatus="Executing", **changes))
            return bool(changes)
        if progress.failure is not None and self._retry(work, progress.failure):
            return True
        reason = progress.failure.reason if progress.failure else None
        self._timed_out |= progress.failure is not None and progress.failure.kind == TIMED_OUT
        self._end(work, progress.status, reason, changes)
        return True

    def _retry(self, work: _Work, failure: Failure) -> bool:
        """Whether the step will be tried again."""
        if self._stop_requested:
            return False
        now = time.monotonic()
        delay = work.retries.next(failure, now)
        if delay is None:
            return False
        work.waits = True
        again = {"FailureReason": failure.reason, "Delay": delay}
        self._record.append(events.step_changed(work.step.name, NextAttempt=again))
        heapq.heappush(self._due, (now + delay, work.step.name))
        return True

    def _end(self, work: _Work, status: str, reason: str | None, changes: dict[str, Any]) -> None:
        name = work.step.name
        del self._work[name]
        self._record.append(events.step_ended(name, status, reason, **changes))
        self._schedule.settle(name, _ends(status, changes.get("Metadata", {})))
        if status == "Succeeded":
            return
        self._bad[name] = status
        if not self._schedule.handles(name, _ENDS[status]):
            self._schedule.halt()

    def _stop_all(self) -> None:
        """Start nothing more, stop what runs, and wait no longer to try again."""
        self._stopping = True
        self._schedule.close()
        self._due.clear()
        for work in list(self._work.values()):
            if work.waits:
                self._end(work, "Stopped", None, {})
                continue
            self._record.append(events.step_changed(work.step.name, StepStatus="Stopping"))
            self._stop_work(work)

    def _stop_work(self, work: _Work) -> None:
        try:
            work.type.stop(work.handle, self._context(work.step.name))
        except WorkFailed as error:
            # It has ended in the meantime, which the next look at it will show.
            _log.info("Step %s cannot be stopped: %s", work.step.name, error)

    def _finish(self) -> None:
        # Asked once more: a step that was there for a failure may have been skipped since.
        handled = {name for name, end in self._bad.items() if self._schedule.handles(name, _ENDS[end])}
        with self._lock:
            status, reason = policy.final_status(
                stop_requested=self._stop_requested,
                unhandled=[end for name, end in self._bad.items() if name not in handled],
                handled=bool(handled),
                timed_out=self._timed_out,
            )
            self._record.set_status(status, reason)
            self._ended = True

    def _abandon(self, reason: str) -> None:
        """End the execution as Failed with all its running steps, whatever state it is in."""
        for work in self._work.values():
            if work.handle and not work.waits:
                with suppress(Exception):
                    self._stop_work(work)
        while not self._write_abandoned(reason):
            # The disk is full. Any other change that is kept says that there is room again.
            self._record.store.wait(self._record.store.revision, _FULL_DISK_WAIT)

    def _write_abandoned(self, reason: str) -> bool:
        """Whether it could be written down, or need not be: the emulator's next start finds it as it is."""
        with self._lock:
            try:
                with self._record.store.transaction():
                    for work in self._work.values():
                        self._record.append(events.step_ended(work.step.name, "Failed", reason))
                    self._record.set_status("Failed", reason)
            except sqlite3.OperationalError as error:
                _log.error("The end of %s cannot be written: %s", self._record.arn, error)
                return self._interruption is not None
            self._ended = True
            return True

    def _describe(self, name: str) -> dict[str, Any]:
        """The properties of a step that has ended. Raises EvaluationError."""
        if name not in self._handles:
            raise EvaluationError(f"step {name} ended before it had properties")
        kind = step_type(self._definition.steps[name].type)
        try:
            return kind.properties(self._handles[name], self._context(name))
        except WorkFailed as error:
            raise EvaluationError(str(error)) from None

    def _context(self, step_name: str, job_name: str = "") -> Context:
        scope = self._scope.of_job(job_name)
        return Context(
            self._aws.call,
            self._aws.actor.client,
            self._record.store,
            lambda value, where: evaluate(value, scope, where),
            self._record.arn,
            step_name,
            job_name,
            self._aws.actor.require,
        )

    def _named_context(self, work: _Work) -> Context:
        """The context of a new attempt, with a new name for what it creates."""
        step, member = work.step, work.type.name_member
        prefix = PREFIX
        if member in step.arguments:
            where = f"{step.where}.Arguments.{member}"
            prefix = str(self._context(step.name).evaluate(step.arguments[member], where))
        return self._context(step.name, job_name(step.type, step.name, self._record.execution_id, prefix))

    def _patience(self) -> float:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else _LONGEST_WAIT


def _ends(status: str, metadata: dict[str, Any]) -> tuple[str, ...]:
    """The triggers that a step's end sets off; a Condition's outcome is one of them."""
    outcome = metadata.get("Condition", {}).get("Outcome")
    return (_ENDS[status], ANY, outcome) if outcome else (_ENDS[status], ANY)
