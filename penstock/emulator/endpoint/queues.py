"""SQS ReceiveMessage without its waiting, which the caller does instead. Both of SQS's protocols."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Response

from penstock.emulator.endpoint.journal import Entry


@dataclass(frozen=True)
class Receive:
    """A request that returns at once, and how long (s) its client is willing to wait."""

    entry: Entry
    wait_seconds: float


def without_waiting(entry: Entry, account: str) -> Receive:
    is_json = entry.body.lstrip().startswith(b"{")
    try:
        parameters = json.loads(entry.body) if is_json else dict(parse_qsl(entry.body.decode()))
        wait = parameters.get("WaitTimeSeconds")
        wait = float(_default_wait(parameters, entry, account) if wait is None else wait)
    except (ValueError, TypeError, AttributeError):
        return Receive(entry, 0)  # malformed, which is for SQS to say
    parameters["WaitTimeSeconds"] = 0
    body = json.dumps(parameters) if is_json else urlencode(parameters)
    return Receive(replace(entry, body=body.encode()), min(20.0, wait))


def has_messages(response: Response) -> bool:
    body = response.get_data()
    return b"<ReceiptHandle>" in body or b'"ReceiptHandle"' in body


def _default_wait(parameters: dict[str, Any], entry: Entry, account: str) -> float:
    """What the queue's own ReceiveMessageWaitTimeSeconds says; 0 for a queue that is not there."""
    from moto.sqs.models import sqs_backends

    queue_url = str(parameters.get("QueueUrl", entry.uri))
    region = entry.headers["Authorization"].split("/")[2]
    queue = sqs_backends[account][region].queues.get(queue_url.rstrip("/").rpartition("/")[2])
    # moto sets its queues' attributes by name.
    return float(getattr(queue, "receive_message_wait_time_seconds", None) or 0)
