"""What an event source mapping does: takes messages off a queue and invokes a function with them.

One batch after the other. A batch that the function does not fail is deleted; a failed one comes again when
its visibility time-out is over, as with Lambda. It knows one mapping's document, and changes nothing of it
but what the last batch came to.
"""

import base64
import json
import logging
import threading
import time
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.functions.function import Function
from penstock.emulator.functions.invocations import Functions
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import Document, NotThere, Store

# How long (s) one request waits at an empty queue, and a poller after what it could not do.
_WAIT = 2
_PAUSE = 1.0
_MOST_A_REQUEST = 10

_log = logging.getLogger(__name__)

Message = dict[str, Any]


class Poller(threading.Thread):
    """`sqs` is a boto3 client of the service's own; messages are taken as the function's role ("Using Lambda
    with Amazon SQS", execution role permissions). A stopped one takes no more messages; a batch that is with
    the function ends as it would have."""

    def __init__(self, mapping: Document, store: Store, functions: Functions, sqs: Any) -> None:
        super().__init__(name=f"event source mapping {mapping['UUID']}", daemon=True)
        self._mapping = mapping
        self._store = store
        self._functions = functions
        self._sqs = sqs
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        queue = ""
        while not self._stopped.is_set():
            try:
                queue = queue or self._queue_url()
                messages = self._receive(queue)
                if messages:
                    self._process(queue, messages)
            except Exception as error:
                if self._stopped.is_set():
                    return
                expected = isinstance(error, BotoCoreError | ClientError | ServiceError)
                _log.warning("%s: %s", self.name, error, exc_info=not expected)
                self._note(f"PROBLEM: {error}")
                self._stopped.wait(_PAUSE)

    def _queue_url(self) -> str:
        name = self._mapping["EventSourceArn"].rpartition(":")[2]
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _receive(self, queue: str) -> list[Message]:
        """A batch: what is there, or what comes within the batching window, up to the batch size."""
        size = self._mapping["BatchSize"]
        window = self._mapping["MaximumBatchingWindowInSeconds"]
        messages: list[Message] = []
        until = 0.0
        sqs = self._functions.actor(self._function()).client("sqs")
        while not self._stopped.is_set():
            left = until - time.monotonic() if messages else _WAIT
            answer = sqs.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=min(_MOST_A_REQUEST, size - len(messages)),
                WaitTimeSeconds=max(0, min(_WAIT, int(left))),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            found = answer.get("Messages", [])
            if found and not messages:
                until = time.monotonic() + window
            messages += found
            over = time.monotonic() >= until
            if not messages or len(messages) >= size or over:
                return messages
            if not found:
                self._stopped.wait(min(0.2, until - time.monotonic()))
        return messages

    def _process(self, queue: str, messages: list[Message]) -> None:
        if self._stopped.is_set():
            self._release(queue, messages)
            return
        event = {"Records": [self._record(message) for message in messages]}
        qualifier = self._mapping["FunctionArn"].split(":function:")[1].partition(":")[2] or None
        function = self._function()
        result = self._functions.invoke(function, json.dumps(event).encode(), qualifier=qualifier)
        if result.is_error:
            self._note("PROBLEM: Function call failed")
            return
        failed = self._failed_items(result.payload, messages)
        done = [message for message in messages if message["MessageId"] not in failed]
        for start in range(0, len(done), _MOST_A_REQUEST):
            self._functions.actor(function).client("sqs").delete_message_batch(
                QueueUrl=queue,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(done[start : start + _MOST_A_REQUEST])
                ],
            )
        self._note("PROBLEM: Partial batch failure" if failed else "OK")

    def _function(self) -> Function:
        arn = self._mapping["FunctionArn"]
        return self._functions.catalog.find(arn.split(":")[3], arn)

    def _failed_items(self, payload: bytes, messages: list[Message]) -> set[str]:
        """The identifiers of the messages that the function reports as failed, where it may.

        An answer that reports badly fails all (Lambda, "Reporting batch item failures").
        """
        if "ReportBatchItemFailures" not in self._mapping["FunctionResponseTypes"]:
            return set()
        everything = {message["MessageId"] for message in messages}
        answer = json.loads(payload) or {}
        items = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
        if items is None:
            return set()
        if not isinstance(items, list):
            return everything
        failed = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
        return {str(name) for name in failed} if everything.issuperset(failed) else everything

    def _release(self, queue: str, messages: list[Message]) -> None:
        """Give messages back that were taken for nothing."""
        for message in messages:
            self._sqs.change_message_visibility(
                QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def _note(self, result: str) -> None:
        with suppress(NotThere):
            self._store.update(
                "EventSourceMapping",
                self._mapping["UUID"],
                lambda document: document.update(LastProcessingResult=result),
            )

    def _record(self, message: Message) -> dict[str, Any]:
        """A message as Lambda hands it to a function."""
        arn = self._mapping["EventSourceArn"]
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": arn.split(":")[3],
        }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        record["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        record["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return record
