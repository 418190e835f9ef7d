"""Transform jobs: start the model's containers, send every input object through them, upload the answers.

An object is read, cut, answered and written as a stream: memory does not grow with its size.
Facts: jobs-and-hosting.md, 4.
"""

import gzip
import io
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from penstock.emulator.access.needs.jobs import job_needs
from penstock.emulator.jobs import records, serving, storage
from penstock.emulator.jobs.failures import client_error
from penstock.emulator.jobs.filters import FORMS, DataProcessing, FilterError, Form
from penstock.emulator.jobs.job import Job
from penstock.emulator.jobs.logs import LogStream
from penstock.emulator.jobs.serving import Answer, InvocationFailed, ModelServer
from penstock.emulator.jobs.storage import Object

DEFAULT_PAYLOAD_MB = 6
_MB = 1 << 20


@dataclass(frozen=True)
class Settings:
    """How objects are cut and put together again; the request's word first, then the container's."""

    split: bool
    single_record: bool
    limit: int | None
    concurrency: int
    content_type: str
    accept: str
    assemble_lines: bool
    compressed: bool
    processing: DataProcessing
    form: Form | None
    timeout: float
    retries: int
    output: str
    kms_key: str | None

    @classmethod
    def of(cls, document: dict[str, Any], container: dict[str, Any]) -> "Settings":
        """`container` is the answer to GET /execution-parameters. Raises JobFailed."""
        source, target = document["TransformInput"], document["TransformOutput"]
        split = source.get("SplitType", "None")
        if split not in ("None", "Line"):
            raise client_error(f"SplitType {split} is not supported here; use Line or None")
        client = document.get("ModelClientConfig") or {}
        megabytes = int(_first(document, container, "MaxPayloadInMB", DEFAULT_PAYLOAD_MB))
        strategy = str(_first(document, container, "BatchStrategy", "MultiRecord"))
        content_type = source.get("ContentType", "")
        form = FORMS.get(content_type.split(";")[0].strip())
        try:
            processing = DataProcessing.of(document.get("DataProcessing") or {})
        except FilterError as error:
            raise client_error(f"DataProcessing: {error}") from None
        if not processing.does_nothing and form is None:
            raise client_error(f"DataProcessing needs CSV or JSON data; ContentType is {content_type!r}")
        return cls(
            split=split == "Line",
            single_record=strategy.replace("_", "").upper() == "SINGLERECORD",
            # 0 stands for no limit.
            limit=megabytes * _MB or None,
            concurrency=max(1, int(_first(document, container, "MaxConcurrentTransforms", 1))),
            content_type=content_type,
            accept=target.get("Accept", ""),
            assemble_lines=target.get("AssembleWith", "None") == "Line",
            compressed=source.get("CompressionType", "None") == "Gzip",
            processing=processing,
            form=form,
            timeout=client.get("InvocationsTimeoutInSeconds", 600),
            retries=client.get("InvocationsMaxRetries", 3),
            output=target["S3OutputPath"],
            kms_key=target.get("KmsKeyId"),
        )


def _first(document: dict[str, Any], container: dict[str, Any], name: str, default: Any) -> Any:
    for source in (document, container):
        if source.get(name) is not None:
            return source[name]
    return default


def run(job: Job) -> dict[str, Any]:
    """Raises JobFailed, JobStopped."""
    document = job.document
    if document.get("DataCaptureConfig"):
        raise client_error("DataCaptureConfig is not supported here")
    definitions = serving.containers_of(job.store, document["ModelName"])
    job.require(job_needs({"Containers": definitions}))
    objects = storage.find(job.s3, document["TransformInput"]["DataSource"]["S3DataSource"])
    with ExitStack() as stack:
        data_log = stack.enter_context(job.open_log("i-0", "/data-log"))
        logs = [
            stack.enter_context(
                job.open_log("i-0" if len(definitions) == 1 else f"container-{number + 1}-i-0")
            )
            for number in range(len(definitions))
        ]
        job.update(TransformStartTime=time.time())
        servers = serving.start(
            job, definitions, _environment(document), lambda number, line: logs[number].write(line)
        )
        for server in servers:
            stack.callback(server.close)
        for server in servers:
            server.wait_until_ready(job.check_stopping)
        settings = Settings.of(document, servers[0].execution_parameters())
        data_log.write(
            f"MaxConcurrentTransforms={settings.concurrency}, MaxPayloadInMB={(settings.limit or 0) // _MB}, "
            f"BatchStrategy={'SINGLE_RECORD' if settings.single_record else 'MULTI_RECORD'}"
        )
        failed = []
        for found in objects:
            job.check_stopping()
            try:
                _Transformation(job, servers, settings, data_log).transform(found)
            except (InvocationFailed, FilterError, records.TooLarge, gzip.BadGzipFile) as error:
                job.check_stopping()
                place = f"{found.bucket}/{found.key}"
                data_log.write(f"{place}: ClientError: {error}")
                failed.append(f"{place}: {error}")
    if failed:
        others = f" (and {len(failed) - 1} more objects)" if len(failed) > 1 else ""
        raise client_error(f"See job logs for more information. {failed[0]}{others}")
    return {}


def _environment(document: dict[str, Any]) -> dict[str, str]:
    """What the containers of a transform job find; the limits only where the caller set them."""
    variables = {"SAGEMAKER_BATCH": "true"}
    if document.get("MaxPayloadInMB") is not None:
        variables["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(document["MaxPayloadInMB"])
    if document.get("BatchStrategy"):
        variables["SAGEMAKER_BATCH_STRATEGY"] = {
            "SingleRecord": "SINGLE_RECORD",
            "MultiRecord": "MULTI_RECORD",
        }[document["BatchStrategy"]]
    if document.get("MaxConcurrentTransforms") is not None:
        variables["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(document["MaxConcurrentTransforms"])
    return {**variables, **(document.get("Environment") or {})}


class _Transformation:
    """One object on its way through the containers."""

    def __init__(self, job: Job, servers: list[ModelServer], settings: Settings, data_log: LogStream) -> None:
        self._job = job
        self._servers = servers
        self._settings = settings
        self._data_log = data_log

    def transform(self, found: Object) -> None:
        """Raises InvocationFailed, FilterError, TooLarge, BadGzipFile; then there is no output object."""
        settings = self._settings
        body = self._job.s3.get_object(Bucket=found.bucket, Key=found.key)["Body"]
        with body, tempfile.NamedTemporaryFile(dir=self._job.directory.temporary) as output:
            # BufferedReader gives as much as it is asked for, which a network stream need not.
            plain = gzip.GzipFile(fileobj=body) if settings.compressed else io.BufferedReader(body)
            stream = cast(io.BufferedIOBase, plain)
            payloads = records.payloads(
                stream, split=settings.split, single_record=settings.single_record, limit=settings.limit
            )
            with ThreadPoolExecutor(settings.concurrency, "invocations") as threads:
                for answer in _in_order(threads, self._answer, payloads, settings.concurrency):
                    self._job.check_stopping()
                    self._write(output, answer)
            output.flush()
            target = storage.join(settings.output, f"{found.name}.out")
            storage.upload_file(self._job.s3, Path(output.name), target, settings.kms_key)

    def _write(self, output: Any, answer: bytes) -> None:
        output.write(answer)
        if self._settings.assemble_lines and answer and not answer.endswith(b"\n"):
            output.write(b"\n")

    def _answer(self, payload: bytes) -> bytes:
        """What comes out for one payload."""
        settings, processing = self._settings, self._settings.processing
        if processing.does_nothing:
            return self._invoke(payload)
        form = settings.form
        assert form is not None
        given = records.records(payload) if settings.split else [payload]
        asked = [processing.to_model(record, form) for record in given]
        response = self._invoke(b"\n".join(asked) + (b"\n" if settings.split else b""))
        if not processing.changes_output:
            return response
        answers = records.records(response) if settings.split else [response]
        if len(answers) != len(given):
            raise InvocationFailed(
                f"the model gave {len(answers)} records for {len(given)}; they cannot be joined or filtered"
            )
        lines = [
            processing.to_output(record, answer, form) for record, answer in zip(given, answers, strict=True)
        ]
        return b"\n".join(lines) + (b"\n" if settings.split else b"")

    def _invoke(self, payload: bytes) -> bytes:
        """One payload through all containers: the answer of one is the request of the next.

        Between containers the content type is that of the answer (inferred, facts section 10)."""
        answer = Answer(payload, self._settings.content_type)
        last = self._servers[-1]
        for server in self._servers:
            headers = {"Content-Type": answer.content_type} if answer.content_type else {}
            if server is last and self._settings.accept:
                headers["Accept"] = self._settings.accept
            answer = self._with_retries(server, answer.body, headers)
        return answer.body

    def _with_retries(self, server: ModelServer, body: bytes, headers: dict[str, str]) -> Answer:
        for attempt in range(self._settings.retries + 1):
            self._job.check_stopping()
            try:
                return server.invoke(body, headers, self._settings.timeout)
            except InvocationFailed as error:
                # What the container calls the customer's fault (4xx) is so again.
                if attempt == self._settings.retries or str(error).startswith("4"):
                    raise
                self._data_log.write(f"attempt {attempt + 1} failed, trying again: {error}")
        raise AssertionError("the last attempt returns or raises")


def _in_order(
    threads: ThreadPoolExecutor, answer: Callable[[bytes], bytes], payloads: Iterator[bytes], ahead: int
) -> Iterator[bytes]:
    """The answers in the order of their payloads; one payload more than `ahead` is read in advance."""
    waiting: deque[Future[bytes]] = deque()
    try:
        for payload in payloads:
            waiting.append(threads.submit(answer, payload))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
