"""The job runner: a thread for each job, and the one place where a job's end is decided.

Whatever happens, a job ends as Completed, Failed or Stopped, with a reason where it did not succeed.
"""

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.emulator.access.actor import Actors
from penstock.emulator.access.needs.jobs import job_needs
from penstock.emulator.jobs import automl, processing, transform
from penstock.emulator.jobs.container import GRACE
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import JobFailed, JobStopped, reason_of
from penstock.emulator.jobs.isolation import available
from penstock.emulator.jobs.job import Job
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.standins.registry import StandIns
from penstock.emulator.state import StateDirectory

_log = logging.getLogger(__name__)

Members = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """`run` returns the members that a completed job's document gets; `end_time` is the name of the
    member that holds when it ended; `ended` gives further members for a final status."""

    run: Callable[[Job], Members]
    end_time: str
    ended: Callable[[str], Members] = lambda status: {}


KINDS = {
    "ProcessingJob": Kind(processing.run, "ProcessingEndTime"),
    "AutoMLJob": Kind(automl.run, "EndTime", lambda status: {"AutoMLJobSecondaryStatus": status}),
    "TransformJob": Kind(transform.run, "TransformEndTime"),
}


class JobRunner:
    """Implements the service's `Jobs`. Without `stand_ins` there are those that are installed."""

    def __init__(
        self,
        store: Store,
        state: StateDirectory,
        actors: Actors,
        stand_ins: StandIns | None = None,
    ) -> None:
        self._store = store
        self._state = state
        self._actors = actors
        self._stand_ins = stand_ins or StandIns.installed()
        self._jobs: dict[tuple[str, str], tuple[Job, threading.Thread]] = {}
        self._lock = threading.Lock()
        self._closing = False
        self.isolation = available()[0]
        # What an emulator that was killed left there.
        shutil.rmtree(state.jobs, ignore_errors=True)
        state.jobs.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self, kind: str, name: str) -> None:
        """Start the job whose document is stored already, and return."""
        document = self._store.get(kind, name)
        if document is None:
            raise KeyError(f"there is no {kind} {name}")
        job = Job(
            kind=kind,
            name=name,
            document=document,
            store=self._store,
            actor=self._actors(self._role_of(kind, document)),
            directory=JobDirectory(self._state.jobs / f"{kind}-{name}"),
            isolation=self.isolation,
            stand_ins=self._stand_ins,
            account=self._state.account,
            region=self._state.region,
        )
        thread = threading.Thread(target=self._run, args=(job,), name=f"{kind} {name}", daemon=True)
        with self._lock:
            self._jobs[kind, name] = job, thread
        thread.start()

    def stop(self, kind: str, name: str) -> None:
        """Ask a job to stop, and return. It becomes Stopped when its containers have ended."""
        running = self._running(kind, name)
        if running:
            threading.Thread(target=running.stop, args=(GRACE,), name=f"stop {name}", daemon=True).start()

    def shutdown(self) -> None:
        """End all jobs at once; they fail with that reason."""
        self._closing = True
        with self._lock:
            jobs = list(self._jobs.values())
        for job, _ in jobs:
            job.stop(grace=0)
        for _, thread in jobs:
            thread.join(10)

    def _role_of(self, kind: str, document: Members) -> str | None:
        """What a job acts as. A transform job has no role but its model's ("SageMaker Roles")."""
        if kind == "TransformJob":
            return (self._store.get("Model", document["ModelName"]) or {}).get("ExecutionRoleArn")
        return document.get("RoleArn")

    def _running(self, kind: str, name: str) -> Job | None:
        with self._lock:
            found = self._jobs.get((kind, name))
        return found[0] if found else None

    def _run(self, job: Job) -> None:
        kind = KINDS[job.kind]
        try:
            job.directory.prepare()
            job.check_stopping()
            job.require(job_needs(job.document))
            status, members = "Completed", kind.run(job)
        except Exception as error:
            status, members = self._outcome(job, error)
        job.directory.remove()
        self._record(job, {f"{job.kind}Status": status, **kind.ended(status), **members}, kind.end_time)
        with self._lock:
            self._jobs.pop((job.kind, job.name), None)

    def _record(self, job: Job, members: Members, end_time: str) -> None:
        """Write a job's end down, however long the disk is too full for it."""
        while True:
            try:
                job.update(**members, **{end_time: time.time()})
                return
            except sqlite3.OperationalError as error:
                _log.error("%s %s: its end cannot be written: %s", job.kind, job.name, error)
                if self._closing:
                    return
                time.sleep(1)

    def _outcome(self, job: Job, error: Exception) -> tuple[str, Members]:
        if self._closing:
            return "Failed", {"FailureReason": "InternalServerError: the emulator was stopped during the job"}
        if isinstance(error, JobStopped) or job.stopping.is_set():
            return "Stopped", {}
        reason = reason_of(error)
        if reason.startswith("InternalServerError"):
            _log.error("%s %s failed", job.kind, job.name, exc_info=error)
        members = error.members if isinstance(error, JobFailed) else {}
        return "Failed", {"FailureReason": reason, **members}
