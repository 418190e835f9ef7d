"""Job output on its way to CloudWatch Logs, in batches, without holding the job up.

Groups and streams are named as AWS names them; whoever opens a stream knows the names.
"""

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

# PutLogEvents: at most 10,000 events and 1,048,576 bytes, of which 26 are counted an event.
_MOST_EVENTS = 10_000
_MOST_BYTES = 1_048_576
_BYTES_AN_EVENT = 26
# A line waits this long (s) for others to go with it.
_PATIENCE = 0.25
# Lines kept for a FailureReason.
_TAIL = 20

_log = logging.getLogger(__name__)

Event = dict[str, Any]


class LogStream:
    """Takes lines from any thread. Losing the log service loses lines, never the job."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client = client
        self.group = group
        self.stream = stream
        self._tail: deque[str] = deque(maxlen=_TAIL)
        # Bounded: a job that prints faster than the service takes it is slowed down.
        self._events: queue.Queue[Event | None] = queue.Queue(maxsize=2 * _MOST_EVENTS)
        self._sender = threading.Thread(target=self._send, name=f"logs of {stream}", daemon=True)
        self._sender.start()

    def write(self, line: str) -> None:
        self._tail.append(line)
        # The service refuses an empty message.
        self._events.put({"timestamp": int(time.time() * 1000), "message": line or " "})

    @property
    def tail(self) -> str:
        """The last lines."""
        return "\n".join(self._tail)

    def close(self) -> None:
        """Return when all lines have been sent."""
        self._events.put(None)
        self._sender.join()

    def __enter__(self) -> "LogStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self) -> None:
        created = told = False
        more = True
        while more:
            batch, more = self._next_batch()
            try:
                if not created:
                    self._create()
                    created = True
                if batch:
                    self._client.put_log_events(
                        logGroupName=self.group, logStreamName=self.stream, logEvents=batch
                    )
            except (BotoCoreError, ClientError) as error:
                if batch and not told:  # once: what refuses one batch mostly refuses the others
                    _log.warning("%s, %s: lines are lost: %s", self.group, self.stream, error)
                    told = True

    def _create(self) -> None:
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            self._client.create_log_group(logGroupName=self.group)
        with contextlib.suppress(exists):
            self._client.create_log_stream(logGroupName=self.group, logStreamName=self.stream)

    def _next_batch(self) -> tuple[list[Event], bool]:
        """What can be sent in one call, and whether anything can come after it."""
        batch: list[Event] = []
        size = 0
        until = None
        while len(batch) < _MOST_EVENTS and size < _MOST_BYTES // 2:
            wait = None if until is None else max(0.0, until - time.monotonic())
            try:
                event = self._events.get(timeout=wait)
            except queue.Empty:
                break
            if event is None:
                return batch, False
            batch.append(event)
            size += len(event["message"].encode()) + _BYTES_AN_EVENT
            until = until or time.monotonic() + _PATIENCE
        return batch, True
