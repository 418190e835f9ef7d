"""Model servers for a transform job: each container of a model started, waited for, and asked in turn.

The contract between SageMaker and a serving container: jobs-and-hosting.md, 4 and 5. It knows containers
and HTTP; nothing of what is transformed.
"""

import json
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from penstock.emulator.jobs import archives, storage
from penstock.emulator.jobs.container import Container
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import algorithm_error, client_error
from penstock.emulator.jobs.job import Job

# A container must answer GET /ping within this time (s).
START_LIMIT = 240.0
_PING_TIMEOUT = 2.0
_PING_EVERY = 0.02

Headers = Mapping[str, str]


class InvocationFailed(Exception):
    """A container refused a request or did not answer. Its text holds the status and its words."""


@dataclass(frozen=True)
class Answer:
    body: bytes
    content_type: str


class ModelServer:
    """One running container of a model."""

    def __init__(self, container: Container, port: int, tail: Callable[[], str]) -> None:
        self._container = container
        self._tail = tail
        # Requests run at the same time have a connection each.
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=32)

    def wait_until_ready(self, check: Callable[[], None]) -> None:
        """Raises JobFailed when the container ends or does not answer in time, and what `check` raises."""
        until = time.monotonic() + START_LIMIT
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
        raise client_error(f"the model's container did not answer GET /ping within {START_LIMIT:g} seconds")

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
            raise InvocationFailed(f"the model did not answer within {timeout:g} seconds") from None
        except urllib3.exceptions.HTTPError as error:
            raise InvocationFailed(f"the model's container broke the connection: {error}") from None
        if answer.status != 200:
            said = answer.data[:500].decode("utf-8", errors="replace").strip()
            raise InvocationFailed(f"{answer.status}: {said}")
        return Answer(answer.data, answer.headers.get("Content-Type", ""))

    def close(self) -> None:
        self._pool.close()
        self._container.end(grace=2)

    def _request(self, method: str, path: str, *, timeout: float, **others: Any) -> Any:
        return self._pool.request(method, path, timeout=timeout, retries=False, **others)


def start(
    job: Job, containers: list[dict[str, Any]], environment: Headers, on_line: Callable[[int, str], None]
) -> list[ModelServer]:
    """Start a server for each container definition of a model, in order; `on_line` gets its number too.

    They are not ready yet. Raises JobFailed, JobStopped.
    """
    return [
        _start_one(job, number, definition, environment, on_line)
        for number, definition in enumerate(containers)
    ]


def _start_one(
    job: Job,
    number: int,
    definition: dict[str, Any],
    environment: Headers,
    on_line: Callable[[int, str], None],
) -> ModelServer:
    stand_in = job.stand_in(definition["Image"])
    if not stand_in.serve:
        raise client_error(f"the image {definition['Image']} has no model server")
    directory = JobDirectory(job.directory.root / f"container-{number}").prepare()
    _stage_model(job, definition, directory)
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

    container = job.start_container(list(stand_in.serve), variables, keep, directory)
    return ModelServer(container, port, lambda: "\n".join(tail))


def _stage_model(job: Job, definition: dict[str, Any], directory: JobDirectory) -> None:
    """Put a model's files into /opt/ml/model."""
    model = directory.host("/opt/ml/model")
    model.mkdir()
    source = (definition.get("ModelDataSource") or {}).get("S3DataSource") or {}
    uri = definition.get("ModelDataUrl") or source.get("S3Uri")
    if not uri:
        return
    if source.get("CompressionType") == "None":
        storage.download(job.s3, storage.find(job.s3, {"S3Uri": uri}), model)
        return
    if not uri.endswith(".tar.gz"):
        raise client_error(f"ModelDataUrl {uri} must end with .tar.gz")
    bucket, key = storage.parse_uri(uri)
    archive = directory.root / "model.tar.gz"
    try:
        job.s3.download_file(bucket, key, str(archive))
    except job.s3.exceptions.ClientError as error:
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
