"""One execution as the store holds it: its document, its event stream, and both changed together."""

import time
from typing import Any

from penstock.emulator.engine import events
from penstock.emulator.sagemaker.store import NotThere, Store

KIND = "PipelineExecution"
ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


class Record:
    """The execution of an ARN, `...:pipeline/<pipeline>/execution/<id>`."""

    def __init__(self, store: Store, arn: str) -> None:
        self.store = store
        self.arn = arn
        self.pipeline, self.execution_id = arn.split(":pipeline/", 1)[1].split("/execution/", 1)

    @property
    def name(self) -> str:
        return f"{self.pipeline}/{self.execution_id}"

    def document(self) -> dict[str, Any]:
        """Raises NotThere."""
        document = self.store.get(KIND, self.name)
        if document is None:
            raise NotThere(KIND, self.name)
        return document

    def stream(self) -> list[events.Event]:
        return self.store.events(self.arn)

    def append(self, event: events.Event) -> None:
        self.store.append_event(self.arn, event)

    def set_status(self, status: str, failure_reason: str | None = None) -> None:
        """Change the execution's status: an event, and the document in step with it."""
        event = events.execution_status(status, failure_reason)

        def change(document: dict[str, Any]) -> None:
            document["PipelineExecutionStatus"] = status
            document["LastModifiedTime"] = time.time()
            document.pop("FailureReason", None)
            if "FailureReason" in event:
                document["FailureReason"] = event["FailureReason"]

        with self.store.transaction():
            self.append(event)
            self.store.update(KIND, self.name, change)
