"""Event source mappings: from an SQS queue to a function. Lambda's operations on them, and their pollers.

A mapping is a document in the Store, as GetEventSourceMapping answers it; so it survives a restart, after
which `resume` starts its poller again.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from penstock.emulator.access.needs.call import Need
from penstock.emulator.functions.function import Function
from penstock.emulator.functions.invocations import Functions
from penstock.emulator.functions.poller import Poller
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import Document, NotThere, Store
from penstock.service_model import input_shape, validate

KIND = "EventSourceMapping"
_BATCH_SIZE = 10
_MOST = 10_000
_MOST_FIFO = 10
# What the emulator would accept and then not do.
_REFUSED = ("FilterCriteria", "DestinationConfig", "SourceAccessConfigurations", "ProvisionedPollerConfig")
_KEPT = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig")


class Mappings:
    """Each operation takes a request as botocore's model has it and answers in its shape, times in epoch
    seconds, or raises ServiceError. Safe to share between threads."""

    def __init__(self, store: Store, functions: Functions, clients: Callable[[str], Any]) -> None:
        self._store = store
        self._functions = functions
        self._clients = clients
        self._pollers: dict[str, Poller] = {}
        self.operations: dict[str, Callable[[str, Document], Document]] = {
            "CreateEventSourceMapping": self.create,
            "GetEventSourceMapping": self.get,
            "ListEventSourceMappings": self.list,
            "UpdateEventSourceMapping": self.update,
            "DeleteEventSourceMapping": self.delete,
        }

    def resume(self) -> None:
        """After a start: poll for the mappings that are enabled."""
        for document in self._store.all(KIND):
            self._poll(document)

    def close(self) -> None:
        for poller in self._pollers.values():
            poller.stop()

    def create(self, region: str, request: Document) -> Document:
        _check("CreateEventSourceMapping", request)
        arn = request.get("EventSourceArn", "")
        if ":sqs:" not in arn:
            raise _invalid(f"The emulator's event sources are SQS queues, and {arn or 'nothing'} is none.")
        function = self._functions.catalog.find(region, request["FunctionName"])
        self._check_role(arn, function)
        self._check_queue(arn, function)
        for other in self._store.all(KIND):
            if (other["EventSourceArn"], other["FunctionArn"]) == (arn, _arn_of(request, function)):
                raise ServiceError(
                    "ResourceConflictException",
                    f'An event source mapping with SQS arn (" {arn} ") and function (" {function.name} ")'
                    " already exists. Please update or delete the existing mapping with UUID"
                    f" {other['UUID']}",
                    409,
                )
        identifier, account = str(uuid.uuid4()), function.arn.split(":function:")[0]
        document = {
            "UUID": identifier,
            "EventSourceMappingArn": f"{account}:event-source-mapping:{identifier}",
            "EventSourceArn": arn,
            "FunctionArn": _arn_of(request, function),
            "BatchSize": _BATCH_SIZE,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": [],
            **{name: request[name] for name in _KEPT if name in request},
            "State": "Enabled" if request.get("Enabled", True) else "Disabled",
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": time.time(),
            "LastProcessingResult": "No records processed",
        }
        _check_batch(document)
        self._store.create(KIND, identifier, document)
        self._poll(document)
        return {**document, "State": "Creating"}

    def get(self, region: str, request: Document) -> Document:
        document = self._store.get(KIND, request["UUID"])
        if document is None:
            raise _not_there()
        return document

    def list(self, region: str, request: Document) -> Document:
        documents = self._store.all(KIND)
        if "EventSourceArn" in request:
            documents = [each for each in documents if each["EventSourceArn"] == request["EventSourceArn"]]
        if "FunctionName" in request:
            function = self._functions.catalog.find(region, request["FunctionName"])
            arn = _arn_of(request, function)
            documents = [each for each in documents if each["FunctionArn"] == arn]
        return {"EventSourceMappings": documents}

    def update(self, region: str, request: Document) -> Document:
        _check("UpdateEventSourceMapping", request)
        identifier = request["UUID"]
        changes = {name: request[name] for name in _KEPT if name in request}
        if "FunctionName" in request:
            function = self._functions.catalog.find(region, request["FunctionName"])
            changes["FunctionArn"] = _arn_of(request, function)
        if "Enabled" in request:
            changes["State"] = "Enabled" if request["Enabled"] else "Disabled"

        def change(document: Document) -> None:
            document.update(changes, LastModified=time.time())
            _check_batch(document)

        try:
            document = self._store.update(KIND, identifier, change)
        except NotThere:
            raise _not_there() from None
        self._poll(document)
        return {**document, "State": "Updating"}

    def delete(self, region: str, request: Document) -> Document:
        document = self.get(region, request)
        self._store.delete(KIND, request["UUID"])
        self._poll({**document, "State": "Deleting"})
        return {**document, "State": "Deleting"}

    def _check_role(self, queue: str, function: Function) -> None:
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            try:
                self._functions.actor(function).require(Need(f"sqs:{action}", queue))
            except PermissionError:
                raise _invalid(
                    f"The provided execution role does not have permissions to call {action} on SQS"
                ) from None

    def _check_queue(self, arn: str, function: Function) -> None:
        name = arn.rpartition(":")[2]
        sqs = self._clients("sqs")
        try:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        except ClientError:
            raise _invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue"
                ". SQS Error Message: The specified queue does not exist."
            ) from None
        visibility = int(attributes["Attributes"]["VisibilityTimeout"])
        if visibility < function.timeout:
            raise _invalid(
                f"Queue visibility timeout: {visibility} seconds is less than Function timeout:"
                f" {function.timeout:g} seconds"
            )

    def _poll(self, document: Document) -> None:
        """Make the mapping's poller what its document says."""
        running = self._pollers.pop(document["UUID"], None)
        if running is not None:
            running.stop()
        if document["State"] == "Enabled":
            poller = Poller(document, self._store, self._functions, self._clients("sqs"))
            self._pollers[document["UUID"]] = poller
            poller.start()


def _check(operation: str, request: Document) -> None:
    problems = validate(input_shape("lambda", operation), request)
    if problems:
        raise _invalid("; ".join(problem.message for problem in problems))
    for member in _REFUSED:
        if request.get(member):
            raise ServiceError(
                "NotImplemented", f"The emulator does not do {member} of an event source mapping.", 501
            )


def _check_batch(document: Document) -> None:
    size, arn = document["BatchSize"], document["EventSourceArn"]
    most = _MOST_FIFO if arn.endswith(".fifo") else _MOST
    if not 1 <= size <= most:
        raise _invalid(f"BatchSize {size} is not from 1 to {most}.")
    if size > 10 and not document["MaximumBatchingWindowInSeconds"]:
        raise _invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _arn_of(request: Document, function: Function) -> str:
    """The ARN of what was asked for: a version or an alias stays one."""
    asked = request["FunctionName"].rpartition(":function:")[2].partition(":")[2]
    return f"{function.arn}:{asked}" if asked else function.arn


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)


def _not_there() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
