"""What the service asks of its neighbours: those who run jobs, executions and endpoints.

They are given names only: what is to be done stands in the Store, as the service wrote it there.
"""

from typing import Protocol


class Jobs(Protocol):
    """Runs the jobs whose documents are in the Store. `kind` is ProcessingJob, AutoMLJob or TransformJob."""

    def start(self, kind: str, name: str) -> None:
        """Begin a job whose document is stored already, with status InProgress. Returns at once."""

    def stop(self, kind: str, name: str) -> None:
        """Ask a running job to stop; its status is Stopping, and becomes Stopped. Returns at once."""


class Executions(Protocol):
    """Runs the pipeline executions whose documents are in the Store."""

    def start(self, execution_arn: str) -> None:
        """Begin an execution that is stored already, with status Executing. Returns at once."""

    def stop(self, execution_arn: str) -> None:
        """Ask an execution to stop; its status is Stopping, and becomes Stopped. Returns at once."""

    def limit(self, execution_arn: str, most: int) -> None:
        """From now on begin a step only while fewer than `most` run. Returns at once."""

    def retry(self, execution_arn: str) -> None:
        """Go on with an execution that Failed or Stopped; its status is Executing again. Returns at once."""


class Endpoints(Protocol):
    """Hosts the endpoints whose documents are in the Store (families/endpoints.py says what is in them)."""

    def deploy(self, name: str) -> None:
        """Begin to serve `_Becomes`; the status is Creating or Updating, and becomes InService or Failed, or
        RollingBack and InService again. Returns at once."""

    def reweigh(self, name: str) -> None:
        """Share the requests out by the document's weights from now on."""

    def remove(self, name: str) -> None:
        """Stop serving; the status is Deleting, and the document goes in the end. Returns at once."""
