"""One variant of an endpoint: the containers of its model, started, asked in their order, and ended.

One set of them, whatever InitialInstanceCount says. It knows no other variant and no weights.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.emulator.access.actor import Actor
from penstock.emulator.access.needs.jobs import job_needs
from penstock.emulator.hosting.invocation import Invocation, ModelFailed
from penstock.emulator.jobs import serving
from penstock.emulator.jobs.container import Container, environment_of
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import JobFailed, JobStopped, client_error
from penstock.emulator.jobs.isolation import Isolation
from penstock.emulator.jobs.logs import LogStream
from penstock.emulator.jobs.serving import Answer, InvocationFailed, ModelServer, NoAnswerInTime
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.standins.registry import StandIn, StandIns, UnknownImage

# A container has this long (s) to answer (facts/jobs-and-hosting.md, 5).
TIME_LIMIT = 60.0
# The largest body, of a request and of an answer (bytes): botocore's model of InvokeEndpoint.
BODY_LIMIT = 6_291_456

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What containers are started with; `actor` is the role of their model."""

    actor: Actor
    stand_ins: StandIns
    isolation: Isolation


class Variant:
    """`definition` is a ProductionVariant, `containers` the container definitions of its model, in order.

    They are asked one after the other, each about the answer of the one before; with `direct` a request names
    the one that it wants (InferenceExecutionConfig)."""

    def __init__(
        self,
        endpoint: str,
        definition: dict[str, Any],
        containers: list[dict[str, Any]],
        direct: bool,
        directory: JobDirectory,
        surroundings: Surroundings,
    ) -> None:
        self.name: str = definition["VariantName"]
        self.directory = directory
        self.stand_ins: list[StandIn] = []
        self._endpoint = endpoint
        self._start_limit = float(
            definition.get("ContainerStartupHealthCheckTimeoutInSeconds", serving.START_LIMIT)
        )
        self._containers = containers
        self._direct = direct
        self._names = _names(containers)
        self._surroundings = surroundings
        self._servers: list[ModelServer] = []
        self._started: list[Container] = []
        self._logs: list[LogStream] = []
        self._restarting = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start the containers, which are not ready yet. Raises JobFailed, JobStopped."""
        for definition in self._containers:
            if definition.get("Mode") == "MultiModel":
                raise client_error("containers of Mode MultiModel are not served here")
        try:
            self._surroundings.actor.require(*job_needs({"Containers": self._containers}))
        except PermissionError as error:
            raise client_error(str(error)) from None
        self.directory.prepare()
        instance = f"{self.name}/i-{secrets.token_hex(9)[:17]}"
        endings = [f"/{name}" for name in self._names] if len(self._names) > 1 else [""]
        group = f"/aws/sagemaker/Endpoints/{self._endpoint}"
        logs = [
            LogStream(self._surroundings.actor.client("logs"), group, instance + ending) for ending in endings
        ]
        self._logs = logs
        self._servers = serving.start(
            self, self._containers, {}, lambda number, line: logs[number].write(line)
        )

    def wait_until_ready(self, check: Callable[[], None]) -> None:
        """Raises JobFailed in AWS's words, with the container's last ones, and what `check` raises."""
        for name, server in zip(self._names, self._servers, strict=True):
            try:
                server.wait_until_ready(check, self._start_limit)
            except JobFailed as error:
                raise client_error(
                    f"The {name} container for production variant {self.name} did not pass the ping health"
                    f" check. Please check CloudWatch logs for this endpoint. {error}"
                ) from None

    def answer(self, invocation: Invocation) -> Answer:
        """Raises ModelFailed; ServiceError for a container that the model does not have, and when the
        containers ended and cannot be started again."""
        chosen = self._chosen(invocation.target_container)
        self._keep_running()
        answer = Answer(invocation.body, invocation.content_type)
        for number in chosen:
            headers = {
                "Content-Type": answer.content_type,
                "Accept": invocation.accept if number == chosen[-1] else "",
                serving.CUSTOM_ATTRIBUTES: invocation.custom_attributes,
            }
            given = {name: value for name, value in headers.items() if value}
            answer = self._ask(self._names[number], self._servers[number], answer.body, given)
        return answer

    def close(self) -> None:
        """End the containers and return when they are gone."""
        self._closed = True
        with self._restarting:
            self._end()
        self.directory.remove()

    # What serving.Host asks for.

    @property
    def s3(self) -> Any:
        return self._surroundings.actor.client("s3")

    def stand_in(self, image: str) -> StandIn:
        try:
            found = self._surroundings.stand_ins.find(image)
        except UnknownImage as error:
            raise client_error(str(error)) from None
        if found not in self.stand_ins:
            self.stand_ins.append(found)
        return found

    def start_container(
        self,
        command: list[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        directory: JobDirectory | None = None,
    ) -> Container:
        self._check_open()
        place = directory or self.directory
        variables = environment_of(place, self._surroundings.actor.variables, environment)
        container = Container(command, variables, place, self._surroundings.isolation, on_line)
        self._started.append(container)
        return container

    def _check_open(self) -> None:
        if self._closed:
            raise JobStopped

    def _chosen(self, hostname: str) -> list[int]:
        """The numbers of the containers that answer a request."""
        if not self._direct and not hostname:
            return list(range(len(self._containers)))
        if not self._direct:
            raise _invalid(
                f"Variant {self.name} runs its containers in series; TargetContainerHostname needs Direct."
            )
        if not hostname:
            raise _invalid(
                f"Variant {self.name} runs its containers in Direct mode: give a TargetContainerHostname, one"
                f" of {', '.join(self._names)}."
            )
        if hostname not in self._names:
            raise _invalid(
                f"Variant {self.name} has no container {hostname}; it has {', '.join(self._names)}."
            )
        return [self._names.index(hostname)]

    def _ask(self, name: str, server: ModelServer, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            answer = server.invoke(body, headers, TIME_LIMIT)
        except NoAnswerInTime:
            said = (
                f"Your invocation timed out while waiting for a response from container {name}. Review the"
                " latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
            )
            raise ModelFailed(name, 0, said) from None
        except InvocationFailed as error:
            raise ModelFailed(name, error.status, error.said if error.status else str(error)) from None
        if len(answer.body) > BODY_LIMIT:
            raise ModelFailed(name, 500, None)
        return answer

    def _keep_running(self) -> None:
        """Start the containers again when one has ended, as AWS does."""
        if all(server.running for server in self._servers):
            return
        with self._restarting:
            if self._closed or all(server.running for server in self._servers):
                return
            _log.warning(
                "endpoint %s, variant %s: a container ended; starting again", self._endpoint, self.name
            )
            self._end()
            self.directory.remove()
            try:
                self.start()
                self.wait_until_ready(self._check_open)
            except (JobFailed, JobStopped) as error:
                raise ServiceError("ServiceUnavailable", str(error), 503) from None

    def _end(self) -> None:
        for server in self._servers:
            server.close()
        for container in self._started:
            container.end(grace=2)
        self._started = []
        for log in self._logs:
            log.close()


def _names(containers: list[dict[str, Any]]) -> list[str]:
    """What AWS calls the containers in its messages; the numbered form is a guess."""
    if len(containers) == 1:
        return [containers[0].get("ContainerHostname", "primary")]
    return [
        definition.get("ContainerHostname", f"container-{number + 1}")
        for number, definition in enumerate(containers)
    ]


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)
