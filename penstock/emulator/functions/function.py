"""A function as it is run: one version of its code and configuration, as plain data."""

from dataclasses import dataclass, field

LATEST = "$LATEST"


@dataclass(frozen=True)
class Archive:
    """A zip file, told from others by its digest."""

    digest: str
    content: bytes = field(compare=False, repr=False)


@dataclass(frozen=True)
class Function:
    """`arn` has no qualifier; `version` is $LATEST or a number; `role` is an ARN. `memory` is in MB,
    `timeout` in seconds.

    Equal functions are interchangeable: a worker of one can run the other. `concurrency` is how many
    invocations may run at once (None: the account's limit), `retries` how often a failed asynchronous
    invocation is tried again.
    """

    name: str
    arn: str
    version: str
    role: str
    runtime: str
    handler: str
    timeout: float
    memory: int
    environment: tuple[tuple[str, str], ...]
    code: Archive
    layers: tuple[Archive, ...] = ()
    concurrency: int | None = field(default=None, compare=False)
    retries: int = field(default=2, compare=False)

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"
