"""What the kinds of jobs have in common: they are created, described, stopped, listed and recovered alike."""

from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.emulator.sagemaker import resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.store import NotThere

IN_PROGRESS = "InProgress"
STOPPING = "Stopping"
FAILED = "Failed"


def _no_more(_: str) -> Document:
    return {}


@dataclass(frozen=True)
class JobKind:
    """A kind of job and the names that the API has for what belongs to it.

    `kind` is the Store's ("ProcessingJob") and begins the names of its members; `resource` is the ARN's
    ("processing-job"); `end_time` is the member that says when a job ended. `with_status` gives the members
    that change along with the status.
    """

    kind: str
    resource: str
    noun: str
    end_time: str
    listing: Listing
    with_status: Callable[[str], Document] = field(default=_no_more)

    @property
    def name(self) -> str:
        return f"{self.kind}Name"

    @property
    def status(self) -> str:
        return f"{self.kind}Status"

    def create(self, context: Context, request: Document) -> Document:
        """Store the job and have it started. Raises ServiceError: ResourceInUse for a name that is taken."""
        name, now = request[self.name], context.now()
        arn = context.arn(f"{self.resource}/{name}")
        document = {
            **resources.members_of(request),
            f"{self.kind}Arn": arn,
            "CreationTime": now,
            "LastModifiedTime": now,
            **self._status_members(IN_PROGRESS),
        }
        taken = ServiceError(
            "ResourceInUse",
            "Job name must be unique within an AWS account and region, and a job with this name already"
            f" exists ({arn})",
        )
        resources.create(context, self.kind, name, arn, document, request.get("Tags", []), taken)
        context.jobs.start(self.kind, name)
        return {f"{self.kind}Arn": arn}

    def get(self, context: Context, name: str) -> Document:
        """Raises ServiceError: ResourceNotFound."""
        document = context.store.get(self.kind, name)
        if document is None:
            raise self.not_found(name)
        return document

    def stop(self, context: Context, name: str) -> None:
        """Raises ServiceError: ResourceNotFound, or ValidationException if the job does not run any more."""

        def stopping(document: Document) -> None:
            self._need_status(document, IN_PROGRESS)
            document.update(LastModifiedTime=context.now(), **self._status_members(STOPPING))

        try:
            context.store.update(self.kind, name, stopping)
        except NotThere:
            raise self.not_found(name) from None
        context.jobs.stop(self.kind, name)

    def delete(self, context: Context, name: str) -> None:
        """Raises ServiceError: ResourceNotFound, or ResourceInUse if the job has not ended."""
        with context.store.transaction():
            document = self.get(context, name)
            status = document[self.status]
            if status in (IN_PROGRESS, STOPPING):
                raise ServiceError(
                    "ResourceInUse", f"The {self.noun} {document[f'{self.kind}Arn']} is in status {status}."
                )
            resources.remove(context, self.kind, name, document[f"{self.kind}Arn"])

    def list(self, context: Context, request: Document) -> Document:
        return self.listing.answer(request, context.store.all(self.kind))

    def fail_running(self, context: Context, reason: str) -> None:
        """Fail every job that runs by its document."""
        for job in context.store.all(self.kind):
            if job[self.status] in (IN_PROGRESS, STOPPING):
                context.store.update(
                    self.kind, job[self.name], lambda it: self._fail(it, context.now(), reason)
                )

    def not_found(self, name: str) -> ServiceError:
        return ServiceError("ResourceNotFound", f"Could not find requested job with name: {name}")

    def _fail(self, document: Document, now: float, reason: str) -> None:
        document.update(self._status_members(FAILED))
        document.update({"FailureReason": reason, "LastModifiedTime": now, self.end_time: now})

    def _need_status(self, document: Document, needed: str) -> None:
        status = document[self.status]
        if status != needed:
            raise ServiceError(
                "ValidationException",
                f"The request was rejected because the {self.noun} is in status {status}.",
            )

    def _status_members(self, status: str) -> Document:
        return {self.status: status, **self.with_status(status)}
