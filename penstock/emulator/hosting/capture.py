"""Data capture: what goes through an endpoint, as JSON lines in S3, in the documented layout and format.

Facts: jobs-and-hosting.md, 5. Taking an exchange costs a request microseconds: it is encoded, and written
with others, in a thread of its own. It knows neither containers nor endpoints' documents.
"""

import base64
import json
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.hosting.balance import Sampler
from penstock.emulator.hosting.invocation import Invocation
from penstock.emulator.jobs import storage
from penstock.emulator.jobs.serving import Answer

# Capture pauses above this share of the disk: the user guide advises to stay below it.
FULL = 0.75
# An exchange waits this long (s) for others to share its file; AWS: some minutes.
PATIENCE = 2.0
# What waits in memory at most (bytes); what comes on top of it is not captured.
_MOST_WAITING = 64 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, and when the request arrived (epoch seconds)."""

    variant: str
    invocation: Invocation
    answer: Answer
    arrived: float

    @property
    def size(self) -> int:
        return len(self.invocation.body) + len(self.answer.body)


@dataclass(frozen=True)
class Format:
    """What a line holds: which sides, and as what; a content type that is listed nowhere gives BASE64."""

    input: bool
    output: bool
    csv: frozenset[str]
    json: frozenset[str]

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Format":
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        types = config.get("CaptureContentTypeHeader") or {}
        return cls(
            input=bool(modes & {"Input", "InputAndOutput"}),
            output=bool(modes & {"Output", "InputAndOutput"}),
            csv=frozenset(map(str.lower, types.get("CsvContentTypes", ()))),
            json=frozenset(map(str.lower, types.get("JsonContentTypes", ()))),
        )

    def line(self, exchange: Exchange) -> str:
        invocation, answer = exchange.invocation, exchange.answer
        data = {}
        if self.input:
            data["endpointInput"] = self._side("INPUT", invocation.content_type, invocation.body)
        if self.output:
            data["endpointOutput"] = self._side("OUTPUT", answer.content_type, answer.body)
        metadata: dict[str, Any] = {"eventId": str(uuid.uuid4())}
        # A list: Model Monitor's scripts read custom_attribute[0].
        if invocation.custom_attributes:
            metadata["customAttributes"] = [invocation.custom_attributes]
        if invocation.inference_id:
            metadata["inferenceId"] = invocation.inference_id
        metadata["inferenceTime"] = f"{_utc(exchange.arrived):%Y-%m-%dT%H:%M:%SZ}"
        return json.dumps(
            {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"},
            ensure_ascii=False,
            separators=(",", ":"),
        )

    def _side(self, mode: str, content_type: str, body: bytes) -> dict[str, str]:
        data, encoding = self._encoded(content_type, body)
        return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}

    def _encoded(self, content_type: str, body: bytes) -> tuple[str, str]:
        kind = content_type.partition(";")[0].strip().lower()
        encoding = "CSV" if kind in self.csv else "JSON" if kind in self.json else "BASE64"
        if encoding != "BASE64":
            try:
                return body.decode("utf-8"), encoding
            except UnicodeDecodeError:
                pass
        return base64.b64encode(body).decode("ascii"), "BASE64"


def key_of(prefix: str, endpoint: str, exchange: Exchange) -> str:
    """Where a file that begins with this exchange lies: by the hour, and named by the rest of the time."""
    when = _utc(exchange.arrived)
    name = f"{when:%M-%S}-{when.microsecond // 1000:03}-{uuid.uuid4()}.jsonl"
    return "/".join(
        filter(None, [prefix.strip("/"), endpoint, exchange.variant, f"{when:%Y/%m/%d/%H}", name])
    )


class Capture:
    """Captures for one endpoint. `disk_usage()` is the share of the disk that is used, 0 to 1; `on_change`
    is told, later, when capture pauses (False) and goes on (True)."""

    def __init__(
        self,
        endpoint: str,
        config: dict[str, Any],
        s3: Any,
        disk_usage: Callable[[], float],
        on_change: Callable[[bool], None],
        patience: float = PATIENCE,
    ) -> None:
        """`config` is a DataCaptureConfig. Raises JobFailed for a DestinationS3Uri that is not S3's."""
        self._endpoint = endpoint
        self._bucket, self._prefix = storage.parse_uri(config["DestinationS3Uri"])
        self._kms_key = config.get("KmsKeyId")
        self._format = Format.of(config)
        self._sampler = Sampler(config["InitialSamplingPercentage"])
        self._s3 = s3
        self._disk_usage = disk_usage
        self._on_change = on_change
        self._patience = patience
        self._waiting: list[Exchange] = []
        self._size = self._left_out = 0
        self._capturing = self._told = True
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"capture of {endpoint}", daemon=True)
        self._thread.start()

    @classmethod
    def of(
        cls,
        endpoint: str,
        config: dict[str, Any] | None,
        clients: Callable[[str], Any],
        disk_usage: Callable[[], float],
        on_change: Callable[[bool], None],
    ) -> "Capture | None":
        """None when nothing is to be captured. Raises JobFailed."""
        if not config or not config.get("EnableCapture", True):
            return None
        return cls(endpoint, config, clients("s3"), disk_usage, on_change)

    def take(self, exchange: Exchange) -> None:
        """Note an exchange, if it is drawn; returns at once."""
        if not self._sampler.wants():
            return
        capturing = self._disk_usage() <= FULL
        with self._changed:
            if capturing and self._size + exchange.size <= _MOST_WAITING:
                self._waiting.append(exchange)
                self._size += exchange.size
            elif capturing:
                self._left_out += 1
            self._capturing = capturing
            # One that waits already brings the others along: no need to wake the thread for each.
            if len(self._waiting) == 1 or self._news:
                self._changed.notify()

    def close(self) -> None:
        """Return when everything is written."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        closed = False
        while not closed:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting or self._news)
                news = self._news
                self._told = self._capturing
                if self._waiting:
                    self._changed.wait_for(lambda: self._closed, self._patience)
                exchanges, self._waiting, self._size = self._waiting, [], 0
                left_out, self._left_out = self._left_out, 0
                closed = self._closed
            if news:
                self._on_change(self._told)
            if left_out:
                _log.warning("capture of %s: %s requests came too fast", self._endpoint, left_out)
            self._write(exchanges)

    @property
    def _news(self) -> bool:
        return self._capturing != self._told

    def _write(self, exchanges: Sequence[Exchange]) -> None:
        """A file for each variant and hour."""
        files = defaultdict(list)
        for exchange in exchanges:
            files[exchange.variant, int(exchange.arrived // 3600)].append(exchange)
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key} if self._kms_key else {}
        for content in files.values():
            body = "".join(self._format.line(exchange) + "\n" for exchange in content)
            key = key_of(self._prefix, self._endpoint, content[0])
            try:
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=body.encode(), **extra)
            except (BotoCoreError, ClientError) as error:
                _log.warning("capture of %s: %s records lost: %s", self._endpoint, len(content), error)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
