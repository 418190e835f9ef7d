"""Model servers: each container of a model started, waited for, and asked in turn.

The contract between SageMaker and a serving container: jobs-and-hosting.md, 4 and 5. It knows containers
and HTTP; not whether a transform job or an endpoint asks, nor what.
"""

import json
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3

from penstock.emulator.jobs import archives, storage
from penstock.emulator.jobs.container import Container
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import algorithm_error, client_error
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.standins.registry import StandIn

# A container must answer GET /ping within this time (s).
START_LIMIT = 240.0
_PING_TIMEOUT = 2.0
_PING_EVERY = 0.02

Headers = Mapping[str, str]


# AWS's name for what a caller and a model tell each other beside the data.
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class Host(Protocol):
    """Who runs a model's containers, in a directory of its own: a transform job, a variant of an endpoint."""

    directory: JobDirectory

    @property
    def s3(self) -> Any: ...

    def stand_in(self, image: str) -> StandIn:
        """Raises JobFailed."""
        ...

    def start_container(
        self,
        command: list[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        directory: JobDirectory | None = None,
    ) -> Container:
        """Raises JobStopped."""
        ...


class InvocationFailed(Exception):
    """A container refused a request or did not answer. Its text holds the status and its words.

    `status` and `said` are the container's own; without an answer the status is 0."""

    def __init__(self, text: str, status: int = 0, said: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.said = said


class NoAnswerInTime(InvocationFailed):
    pass


@dataclass(frozen=True)
class Answer:
    body: bytes
    content_type: str
    custom_attributes: str = ""


class ModelServer:
    """One running container of a model."""

    def __init__(self, container: Container, port: int, tail: Callable[[], str]) -> None:
        self._container = container
        self._tail = tail
        # Requests run at the same time have a connection each.
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=32)

    @property
    def running(self) -> bool:
        return self._container.running

    def wait_until_ready(self, check: Callable[[], None], limit: float = START_LIMIT) -> None:
        """Raises JobFailed when the container ends or does not answer in time, and what `check` raises."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            check()
            if not self._container.running:
                raise algorithm_error(self._tail(), self._container.wait() or 0)
            try:
                if self._request("GET", "/ping", timeout=_PING_TIMEOUT).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(_PING_EVERY)
        raise client_error(f"the model's container did not answer GET /ping within {limit:g} seconds")

    def execution_parameters(self) -> dict[str, Any]:
        """What the container says of itself, if it says anything."""
        try:
            answer = self._request("GET", "/execution-parameters", timeout=_PING_TIMEOUT)
            found = json.loads(answer.data) if answer.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def invoke(self, body: bytes, headers: Headers, timeout: float) -> Answer:
        """Raises InvocationFailed."""
        try:
            answer = self._request("POST", "/invocations", timeout=timeout, body=body, headers=headers)
        except urllib3.exceptions.TimeoutError:
            raise NoAnswerInTime(f"the model did not answer within {timeout:g} seconds") from None
        except urllib3.exceptions.HTTPError as error:
            raise InvocationFailed(f"the model's container broke the connection: {error}") from None
        if answer.status != 200:
            said = answer.data.decode("utf-8", errors="replace").strip()
            raise InvocationFailed(f"{answer.status}: {said[:500]}", answer.status, said)
        return Answer(
            answer.data, answer.headers.get("Content-Type", ""), answer.headers.get(CUSTOM_ATTRIBUTES, "")
        )

    def close(self) -> None:
        self._pool.close()
        self._container.end(grace=2)

    def _request(self, method: str, path: str, *, timeout: float, **others: Any) -> Any:
        return self._pool.request(method, path, timeout=timeout, retries=False, **others)


def containers_of(store: Store, model_name: str) -> list[dict[str, Any]]:
    """The container definitions of a model, in order. Raises JobFailed."""
    model = store.get("Model", model_name)
    if model is None:
        raise client_error(f"there is no model {model_name!r}")
    found = model.get("Containers") or [model["PrimaryContainer"]]
    return [definition for entry in found for definition in _resolved(store, entry)]


def _resolved(store: Store, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """A definition that names a model package stands for the package's containers."""
    package = definition.get("ModelPackageName")
    if not package:
        return [definition]
    document = store.get("ModelPackage", package.partition("model-package/")[2] or package)
    if document is None:
        raise client_error(f"there is no model package {package}")
    containers = document.get("InferenceSpecification", {}).get("Containers") or []
    given = definition.get("Environment") or {}
    return [{**entry, "Environment": {**(entry.get("Environment") or {}), **given}} for entry in containers]


def start(
    host: Host, containers: list[dict[str, Any]], environment: Headers, on_line: Callable[[int, str], None]
) -> list[ModelServer]:
    """Start a server for each container definition of a model, in order; `on_line` gets its number too.

    They are not ready yet. Raises JobFailed, JobStopped.
    """
    return [
        _start_one(host, number, definition, environment, on_line)
        for number, definition in enumerate(containers)
    ]


def _start_one(
    host: Host,
    number: int,
    definition: dict[str, Any],
    environment: Headers,
    on_line: Callable[[int, str], None],
) -> ModelServer:
    stand_in = host.stand_in(definition["Image"])
    if not stand_in.serve:
        raise client_error(
            f"the stand-in for the image {definition['Image']} runs jobs and serves no model. Give the "
            "StandIn of its repository a `serve` program (penstock/emulator/standins/registry.py)."
        )
    directory = JobDirectory(host.directory.root / f"container-{number}").prepare()
    _stage_model(host, definition, directory)
    port = _free_port()
    variables = {
        **stand_in.environment,
        **(definition.get("Environment") or {}),
        **environment,
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_SAFE_PORT_RANGE": f"{port}-{port}",
    }
    tail: list[str] = []

    def keep(line: str) -> None:
        tail.append(line)
        del tail[:-20]
        on_line(number, line)

    container = host.start_container(list(stand_in.serve), variables, keep, directory)
    return ModelServer(container, port, lambda: "\n".join(tail))


def _stage_model(host: Host, definition: dict[str, Any], directory: JobDirectory) -> None:
    """Put a model's files into /opt/ml/model."""
    model = directory.host("/opt/ml/model")
    model.mkdir()
    source = (definition.get("ModelDataSource") or {}).get("S3DataSource") or {}
    uri = definition.get("ModelDataUrl") or source.get("S3Uri")
    if not uri:
        return
    if source.get("CompressionType") == "None":
        storage.download(host.s3, storage.find(host.s3, {"S3Uri": uri}), model)
        return
    if not uri.endswith(".tar.gz"):
        raise client_error(f"ModelDataUrl {uri} must end with .tar.gz")
    bucket, key = storage.parse_uri(uri)
    archive = directory.root / "model.tar.gz"
    try:
        storage.download_file(host.s3, bucket, key, archive)
    except host.s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NoSuchBucket"):
            raise
        raise client_error(f"could not find model data at {uri}") from None
    try:
        archives.extract(archive, model)
    except archives.UnsafeArchive as error:
        shutil.rmtree(model, ignore_errors=True)
        raise client_error(f"the model data at {uri} {error}") from None
    archive.unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
