"""One running job: its document, its directory, its log, and the containers that run for it.

What is the same for every kind of job; a kind's own ways are in processing, automl and transform.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.emulator.access.actor import Actor
from penstock.emulator.access.needs.call import Need
from penstock.emulator.jobs.container import Container, environment_of
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import JobFailed, JobStopped, client_error
from penstock.emulator.jobs.isolation import Isolation
from penstock.emulator.jobs.logs import LogStream
from penstock.emulator.sagemaker.store import NotThere, Store
from penstock.emulator.standins.registry import StandIn, StandIns, UnknownImage


@dataclass
class Job:
    """`document` is the job as it was at its start, `actor` its role."""

    kind: str
    name: str
    document: dict[str, Any]
    store: Store
    actor: Actor
    directory: JobDirectory
    isolation: Isolation
    stand_ins: StandIns
    account: str
    region: str
    started: float = field(default_factory=time.time)
    stopping: threading.Event = field(default_factory=threading.Event)
    _containers: list[Container] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def s3(self) -> Any:
        return self.actor.client("s3")

    def update(self, **members: Any) -> None:
        """Set members of the job's document. A document that is gone is no concern of the job."""

        def change(document: dict[str, Any]) -> None:
            document.update(members, LastModifiedTime=time.time())

        try:
            self.store.update(self.kind, self.name, change)
        except NotThere:
            return

    def open_log(self, host: str = "algo-1", ending: str = "") -> LogStream:
        """Processing: [job]/[hostname]-[epoch], in the group /aws/sagemaker/ProcessingJobs."""
        return LogStream(
            self.actor.client("logs"),
            f"/aws/sagemaker/{self.kind}s",
            f"{self.name}/{host}-{int(self.started)}{ending}",
        )

    def stand_in(self, image: str) -> StandIn:
        """The stand-in for an image; the document notes it, for reports. Raises JobFailed."""
        try:
            found = self.stand_ins.find(image)
        except UnknownImage as error:
            raise client_error(str(error)) from None
        self.note_stand_in(found)
        return found

    def note_stand_in(self, found: StandIn) -> None:
        self.update(_RanBy={"StandIn": found.name, "Is": found.note, "Isolation": self.isolation.name})

    def start_container(
        self,
        command: list[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        directory: JobDirectory | None = None,
    ) -> Container:
        """Start a container that ends when the job is stopped. Raises JobStopped."""
        place = directory or self.directory
        with self._lock:
            self.check_stopping()
            container = Container(
                command,
                environment_of(place, self.actor.variables, environment),
                place,
                self.isolation,
                on_line,
            )
            self._containers.append(container)
        return container

    def run_container(
        self,
        command: list[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        limit: float,
    ) -> int:
        """Run a container to its end and return its exit code.

        Raises JobStopped, and JobFailed when it runs for longer than `limit` seconds. (AWS ends a training
        job as Stopped/MaxRuntimeExceeded then; what it says of other jobs is unknown: here they fail with
        the reason.)
        """
        container = self.start_container(command, environment, on_line)
        code = container.wait(limit)
        if code is None:
            container.end(grace=5)
            self.check_stopping()
            raise JobFailed(
                "ClientError",
                f"The job ran for longer than its limit of {limit:g} seconds and was ended; "
                "raise the limit, or give it less to do.",
            )
        self.check_stopping()
        return code

    def require(self, needs: Iterable[Need]) -> None:
        """Raises JobFailed for what the job's role may not do."""
        try:
            self.actor.require(*needs)
        except PermissionError as error:
            raise client_error(str(error)) from None

    def check_stopping(self) -> None:
        """Raises JobStopped when somebody asked the job to stop."""
        if self.stopping.is_set():
            raise JobStopped

    def stop(self, grace: float) -> None:
        """Ask the containers to end, and make them after `grace` seconds; no further one starts."""
        self.stopping.set()
        with self._lock:
            running = [container for container in self._containers if container.running]
        for container in running:
            container.terminate()
        until = time.monotonic() + grace
        for container in running:
            if container.wait(max(0.0, until - time.monotonic())) is None:
                container.kill()
