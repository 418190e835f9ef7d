"""SageMaker's control plane: one call takes a request to its operation and the answer back.

It is what HTTP and the engine both call. The dispatch table, the checks of requests and the shapes of
answers all come from botocore's model; what an operation means is in its family (families/).
It must not know of HTTP, of moto, nor of how jobs and executions are run.
"""

import time
from collections.abc import Callable
from typing import Any

from penstock.emulator.sagemaker import faults
from penstock.emulator.sagemaker.context import Context
from penstock.emulator.sagemaker.families import operations
from penstock.emulator.sagemaker.interfaces import Executions, Jobs
from penstock.emulator.sagemaker.recovery import recover
from penstock.emulator.sagemaker.requests import accept
from penstock.emulator.sagemaker.shapes import cut_answer
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.state import StateDirectory


def any_role(_: str) -> bool:
    return True


class SageMaker:
    """Thread-safe. `fetch(s3_uri)` gives the bytes of an object, or raises FileNotFoundError;
    `role_exists(arn)` says whether SageMaker may assume a role."""

    def __init__(
        self,
        store: Store,
        state: StateDirectory,
        jobs: Jobs,
        executions: Executions,
        fetch: Callable[[str], bytes],
        role_exists: Callable[[str], bool] = any_role,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._context = Context(
            store, state.account, state.region, jobs, executions, fetch, role_exists, clock
        )
        self._operations = operations()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The response of an operation, as JSON-able data in its output shape; timestamps are epoch seconds.

        Raises ServiceError: for what is wrong with the request, for an operation that is not there, and
        (InternalFailure) when the disk is full.
        """
        function = self._operations.get(operation)
        if function is None:
            raise faults.not_served(operation)
        accepted = accept(operation, request)
        with faults.full_disk():
            answer = function(self._context, accepted)
        return cut_answer(operation, answer or {})

    def recover(self) -> None:
        """After a start: what ran when the emulator stopped is Failed, with that as its reason."""
        recover(self._context)
