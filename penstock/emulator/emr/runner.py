"""Runs clusters: does what the lifecycle decides, a thread for each running step.

It changes the documents of clusters and steps, which is what wakes those who wait for them. It knows no
operation of the API.
"""

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence

from penstock.emulator.access.actor import Actors
from penstock.emulator.emr import lifecycle
from penstock.emulator.emr.documents import (
    CLUSTER,
    ENDED_CLUSTER,
    ENDED_STEP,
    STEP,
    Document,
    set_cluster_state,
    set_step_state,
    state_of,
    step_name,
)
from penstock.emulator.emr.lifecycle import Moves
from penstock.emulator.emr.step_run import End, StepRun
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.state import StateDirectory

STOPPED_CLUSTER = "The emulator stopped while the cluster was there. Run it again."
STOPPED_STEP = "The emulator stopped while the step was running. Submit the step again."
_TERMINATED = End("INTERRUPTED", "Job terminated")
_CANCELLED = "Cancelled by user"

_log = logging.getLogger(__name__)


class Clusters:
    """`actors(role or instance profile)` gives what a step acts as, `buckets()` the names of all buckets.
    Every method returns at once."""

    def __init__(
        self,
        store: Store,
        state: StateDirectory,
        actors: Actors,
        buckets: Callable[[], Sequence[str]],
    ) -> None:
        self._store = store
        self._folder = state.root / "emr"
        self._actors = actors
        self._buckets = buckets
        self._runs: dict[str, tuple[StepRun, threading.Thread]] = {}
        self._lock = threading.RLock()
        self._closing = False
        # What an emulator that was killed left there.
        shutil.rmtree(self._folder, ignore_errors=True)

    def steps(self, cluster_id: str) -> list[Document]:
        """A cluster's steps, in the order in which they were added."""
        return sorted(self._store.all(STEP, f"{cluster_id}/"), key=lambda step: step["_Number"])

    def begin(self, cluster_id: str) -> None:
        """Start a cluster whose document and steps are stored already."""

        def start() -> None:
            # Bootstrap actions are not run: they install software, and this machine is not EMR's to change.
            for old, new, message in (
                ("STARTING", "BOOTSTRAPPING", "Running bootstrap actions"),
                ("BOOTSTRAPPING", "RUNNING", "Running step"),
            ):
                self._set_cluster(cluster_id, new, ("", message), only_from=old)
            self.advance(cluster_id)

        threading.Thread(target=start, name=f"start {cluster_id}", daemon=True).start()

    def advance(self, cluster_id: str) -> None:
        """Do what the states of a cluster and its steps ask for now; to be called after every change."""
        with self._lock:
            while not self._closing:
                with self._store.transaction():
                    cluster = self._store.get(CLUSTER, cluster_id)
                    if cluster is None:
                        return
                    moves = lifecycle.decide(cluster, self.steps(cluster_id))
                    self._write(cluster_id, moves)
                self._act(cluster, moves)
                if moves.state is None:
                    return

    def terminate(self, cluster_id: str, reason: lifecycle.Reason) -> None:
        """End a cluster, unless it has ended: what runs is interrupted, what waits is cancelled."""
        with self._lock:
            cluster = self._store.get(CLUSTER, cluster_id)
            if cluster is None or state_of(cluster) in (*ENDED_CLUSTER, "TERMINATING"):
                return
            self._set_cluster(cluster_id, "TERMINATING", reason)
        self.advance(cluster_id)

    def cancel_step(self, cluster_id: str, step_id: str, *, kill: bool) -> bool:
        """Cancel a step that waits or runs; False if it has ended. `kill` asks nothing of its processes."""
        name = step_name(cluster_id, step_id)
        with self._lock:
            step = self._store.get(STEP, name)
            if step is None or state_of(step) in ENDED_STEP:
                return False
            run = self._runs.get(name)
            if run is None:
                self._set_step(name, "CANCELLED", _CANCELLED)
            else:
                self._set_step(name, "CANCEL_PENDING")
                run[0].stop(End("CANCELLED", _CANCELLED), **({"grace": 0.0} if kill else {}))
        self.advance(cluster_id)
        return True

    def recover(self) -> None:
        """After a start: clusters and steps that were there when the emulator stopped have ended."""
        for cluster in self._store.all(CLUSTER):
            if state_of(cluster) in ENDED_CLUSTER:
                continue
            with self._store.transaction():
                for step in self.steps(cluster["Id"]):
                    name = step_name(cluster["Id"], step["Id"])
                    if state_of(step) == "PENDING":
                        self._set_step(name, "CANCELLED", "Job terminated")
                    elif state_of(step) not in ENDED_STEP:
                        failure = {"Reason": "The emulator stopped.", "Message": STOPPED_STEP}
                        self._set_step(name, "FAILED", failure=failure)
                reason = ("INTERNAL_ERROR", STOPPED_CLUSTER)
                self._set_cluster(cluster["Id"], "TERMINATED_WITH_ERRORS", reason)

    def shutdown(self) -> None:
        """Kill what runs, and write that down as after a kill of the emulator."""
        with self._lock:
            self._closing = True
            runs = list(self._runs.values())
        for run, _ in runs:
            run.stop(_TERMINATED, grace=0)
        for _, thread in runs:
            thread.join(10)
        self.recover()

    def _write(self, cluster_id: str, moves: Moves) -> None:
        for step_id in moves.cancel:
            self._set_step(step_name(cluster_id, step_id), "CANCELLED", "Job terminated")
        for step_id in moves.start:
            self._set_step(step_name(cluster_id, step_id), "RUNNING")
        if moves.state is not None:
            self._set_cluster(cluster_id, moves.state, moves.reason)

    def _act(self, cluster: Document, moves: Moves) -> None:
        for step_id in moves.start:
            self._start_step(cluster, step_id)
        for step_id in moves.interrupt:
            if found := self._runs.get(step_name(cluster["Id"], step_id)):
                found[0].stop(_TERMINATED)

    def _start_step(self, cluster: Document, step_id: str) -> None:
        name = step_name(cluster["Id"], step_id)
        step = self._store.get(STEP, name)
        assert step is not None, "it was just written"
        # The step's runtime role, else what the cluster's instances act as.
        role = step.get("ExecutionRoleArn") or cluster["Ec2InstanceAttributes"].get("IamInstanceProfile")
        actor = self._actors(role)
        run = StepRun(cluster, step, JobDirectory(self._folder / name), actor, self._buckets)
        thread = threading.Thread(
            target=self._run, args=(cluster["Id"], name, run), name=f"step {name}", daemon=True
        )
        self._runs[name] = run, thread
        thread.start()

    def _run(self, cluster_id: str, name: str, run: StepRun) -> None:
        end = run.run()
        while not self._closing:
            try:
                self._ended(cluster_id, name, end)
                break
            except sqlite3.OperationalError as error:
                # The disk is full: the end is written down when there is room.
                _log.error("The end of step %s cannot be written: %s", name, error)
                time.sleep(1)
        self.advance(cluster_id)

    def _ended(self, cluster_id: str, name: str, end: End) -> None:
        with self._lock, self._store.transaction():
            step = self._set_step(name, end.state, end.message, end.failure)
            cluster = self._store.get(CLUSTER, cluster_id)
            if end.state == "FAILED" and cluster is not None and state_of(cluster) != "TERMINATING":
                self._write(cluster_id, lifecycle.after_failure(cluster, step, self.steps(cluster_id)))
            self._runs.pop(name, None)

    def _set_step(
        self, name: str, state: str, message: str = "", failure: Document | None = None
    ) -> Document:
        return self._store.update(
            STEP, name, lambda step: set_step_state(step, state, time.time(), message, failure)
        )

    def _set_cluster(
        self,
        cluster_id: str,
        state: str,
        reason: lifecycle.Reason,
        only_from: str | None = None,
    ) -> None:
        def change(cluster: Document) -> None:
            if only_from in (None, state_of(cluster)):
                set_cluster_state(cluster, state, *reason, time.time())

        self._store.update(CLUSTER, cluster_id, change)
