"""Endpoints by name: deployed, updated, asked and removed; and started again after a restart.

After a restart an endpoint starts again at its first request, which waits for it: a model that nobody asks
takes no memory. What was being created then is created again; an update that was under way is given up.
"""

import logging
import secrets
import shutil
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from penstock.emulator.access.actor import Actors
from penstock.emulator.hosting import records
from penstock.emulator.hosting.deployment import Closed, Deployment, with_models
from penstock.emulator.hosting.invocation import Inference, Invocation
from penstock.emulator.hosting.variant import Surroundings
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import JobStopped, reason_of
from penstock.emulator.jobs.isolation import available
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import NotThere, Store
from penstock.emulator.standins.registry import StandIns
from penstock.emulator.state import StateDirectory

KIND = "Endpoint"
_ANSWERING = ("InService", "Updating", "RollingBack")
_UPDATE_LOST = "The emulator stopped during the update. Update the endpoint again."

_log = logging.getLogger(__name__)

Document = dict[str, Any]
Change = Callable[[Document], None]


class Hosting:
    """Implements the service's `Endpoints`. Without `stand_ins` there are those that are installed.
    `disk_usage()` is the share of the disk that is used, 0 to 1; without it, of the state directory's."""

    def __init__(
        self,
        store: Store,
        state: StateDirectory,
        actors: Actors,
        stand_ins: StandIns | None = None,
        disk_usage: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._state = state
        self._actors = actors
        self._stand_ins = stand_ins or StandIns.installed()
        self._disk_usage = disk_usage or self._usage_of_the_disk
        self._isolation = available()[0]
        self._serving: dict[str, Deployment] = {}
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._starting: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._closing = threading.Event()
        # What an emulator that was killed left there.
        shutil.rmtree(state.endpoints, ignore_errors=True)
        state.endpoints.mkdir(parents=True, mode=0o700)

    def deploy(self, name: str) -> None:
        self._in_background(self._deploy, name)

    def remove(self, name: str) -> None:
        self._in_background(self._remove, name)

    def reweigh(self, name: str) -> None:
        with self._lock:
            deployment = self._serving.get(name)
        document = self._store.get(KIND, name)
        if deployment and document:
            deployment.reweigh(records.weights(document))

    def invoke(self, name: str, invocation: Invocation) -> Inference:
        """Raises ServiceError, ModelFailed."""
        while True:
            deployment = self._serving.get(name) or self._start_again(name)
            try:
                return deployment.invoke(invocation)
            except Closed:
                # Another deployment has taken its place, or the endpoint is gone.
                with self._lock:
                    if self._serving.get(name) is deployment:
                        raise self._not_found(name) from None

    def recover(self) -> None:
        """After a start: bring the endpoints to a state that they can stay in."""
        for document in self._store.all(KIND):
            name = document["EndpointName"]
            match document["EndpointStatus"]:
                case "Creating":
                    self.deploy(name)
                case "Updating" | "RollingBack":
                    self._change(name, lambda it: records.rolled_back(it, _UPDATE_LOST, _now()))
                case "Deleting":
                    self._forget(document)

    def shutdown(self) -> None:
        """End all containers; what was captured is written first."""
        self._closing.set()
        with self._lock:
            running = list(self._serving.values())
            waiting = list(self._threads)
        closers = [threading.Thread(target=each.close, args=(0.0,), daemon=True) for each in running]
        for closer in closers:
            closer.start()
        for thread in [*closers, *waiting]:
            thread.join(10)

    def _in_background(self, work: Callable[[str], None], name: str) -> None:
        def run() -> None:
            try:
                work(name)
            except Exception:
                if not self._closing.is_set():
                    _log.exception("endpoint %s", name)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"endpoint {name}", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _deploy(self, name: str) -> None:
        document = self._store.get(KIND, name)
        if document is None:
            return
        try:
            config = with_models(self._store, document["_Becomes"])
            fresh = self._started(name, config, document)
        except Exception as error:
            if self._closing.is_set():
                return
            self._deployment_failed(name, document["EndpointStatus"], error)
            return
        with self._lock:
            old = self._serving.get(name)
            self._serving[name] = fresh
        stand_ins, isolation = fresh.stand_ins, self._isolation.name
        self._change(name, lambda it: records.in_service(it, config, stand_ins, isolation, _now()))
        if old:
            old.close()

    def _started(self, name: str, config: Document, document: Document) -> Deployment:
        """A deployment that answers. Raises JobFailed, JobStopped."""
        deployment = Deployment(
            name,
            config,
            records.weights(document) if config is document.get("_Serves") else {},
            JobDirectory(self._state.endpoints / f"{name}-{secrets.token_hex(4)}"),
            lambda role: Surroundings(self._actors(role), self._stand_ins, self._isolation),
            self._disk_usage,
            lambda started: self._change(name, lambda it: records.capturing(it, started)),
        )
        deployment.start(self._check_closing)
        return deployment

    def _deployment_failed(self, name: str, status: str, error: Exception) -> None:
        reason = _reason(error)
        if reason.startswith("InternalServerError"):
            _log.error("endpoint %s failed", name, exc_info=error)
        if status == "Creating":
            self._change(name, lambda it: records.failed(it, reason, _now()))
            return
        self._change(name, lambda it: records.rolling_back(it, _now()))
        self._change(name, lambda it: records.rolled_back(it, reason, _now()))

    def _start_again(self, name: str) -> Deployment:
        """The deployment of an endpoint that was in service when the emulator stopped.

        Raises ServiceError when it is not to answer, or cannot."""
        with self._starting[name]:
            running = self._serving.get(name)
            document = self._store.get(KIND, name)
            if running:
                return running
            if document is None or document["EndpointStatus"] not in _ANSWERING:
                raise self._not_found(name)
            try:
                deployment = self._started(name, document["_Serves"], document)
            except Exception as error:
                if not self._closing.is_set():
                    reason = _reason(error)
                    self._change(name, lambda it: records.failed(it, reason, _now()))
                raise self._not_found(name) from None
            with self._lock:
                # It may have been deleted or updated in the meantime.
                now = self._store.get(KIND, name)
                wanted = now is not None and now["EndpointStatus"] in _ANSWERING
                if wanted and name not in self._serving:
                    self._serving[name] = deployment
            if self._serving.get(name) is not deployment:
                deployment.close()
            return deployment

    def _remove(self, name: str) -> None:
        with self._lock:
            deployment = self._serving.pop(name, None)
        if deployment:
            deployment.close()
        document = self._store.get(KIND, name)
        if document:
            self._forget(document)

    def _forget(self, document: Document) -> None:
        with self._store.transaction():
            self._store.delete("Tags", document["EndpointArn"])
            self._store.delete(KIND, document["EndpointName"])

    def _change(self, name: str, change: Change) -> None:
        """Write down what became of an endpoint, however long the disk is too full for it."""
        while True:
            try:
                self._store.update(KIND, name, change)
                return
            except NotThere:
                return
            except sqlite3.OperationalError as error:
                _log.error("endpoint %s: its status cannot be written: %s", name, error)
                if self._closing.wait(1):
                    return

    def _check_closing(self) -> None:
        if self._closing.is_set():
            raise JobStopped

    def _not_found(self, name: str) -> ServiceError:
        return ServiceError("ValidationError", f"Endpoint {name} of account {self._state.account} not found.")

    def _usage_of_the_disk(self) -> float:
        """As df shows it: what only root may use does not count."""
        disk = shutil.disk_usage(self._state.root)
        return disk.used / (disk.used + disk.free)


def _reason(error: Exception) -> str:
    # Endpoints' reasons carry no class of error, unlike jobs'.
    return reason_of(error).removeprefix("ClientError: ")


def _now() -> float:
    return round(time.time(), 3)
