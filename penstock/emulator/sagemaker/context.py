"""What every operation is given: the store, the neighbours, the account it answers for, and the time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.emulator.sagemaker.interfaces import Endpoints, Executions, Jobs
from penstock.emulator.sagemaker.store import Store

Document = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """`fetch(s3_uri)` gives an object's bytes or raises FileNotFoundError; `clock()` gives epoch seconds."""

    store: Store
    account: str
    region: str
    jobs: Jobs
    executions: Executions
    endpoints: Endpoints
    fetch: Callable[[str], bytes]
    may_assume: Callable[[str], bool]
    clock: Callable[[], float]

    def now(self) -> float:
        """Epoch seconds with the milliseconds that SageMaker keeps."""
        return round(self.clock(), 3)

    def arn(self, resource: str) -> str:
        """The ARN of `model/name`, `pipeline/name/execution/id` ... in this account and region."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{resource}"
