"""SageMaker's control plane: one call takes a request to its operation and the answer back.

It is what HTTP and the engine both call. The dispatch table, the checks of requests and the shapes of
answers all come from botocore's model; what an operation means is in its family (families/).
It must not know of HTTP, of moto, nor of how jobs, executions and endpoints are run.
"""

import time
from collections.abc import Callable
from typing import Any

from penstock.emulator.sagemaker.context import Context
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families import operations
from penstock.emulator.sagemaker.interfaces import Endpoints, Executions, Jobs
from penstock.emulator.sagemaker.recovery import recover
from penstock.emulator.sagemaker.requests import accept
from penstock.emulator.sagemaker.shapes import cut_answer
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.state import StateDirectory
from penstock.service_model import service_model


def any_role(_: str) -> bool:
    return True


class SageMaker:
    """Thread-safe. `fetch(s3_uri)` gives the bytes of an object, or raises FileNotFoundError;
    `may_assume(arn)` says whether SageMaker may assume a role."""

    def __init__(
        self,
        store: Store,
        state: StateDirectory,
        jobs: Jobs,
        executions: Executions,
        endpoints: Endpoints,
        fetch: Callable[[str], bytes],
        may_assume: Callable[[str], bool] = any_role,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._context = Context(
            store, state.account, state.region, jobs, executions, endpoints, fetch, may_assume, clock
        )
        self._operations = operations()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The response of an operation, as JSON-able data in its output shape; timestamps are epoch seconds.

        Raises ServiceError, for what is wrong with the request and for an operation that is not there. A full
        disk raises what the store raises: the endpoint has one answer to that for all services.
        """
        function = self._operations.get(operation)
        if function is None:
            raise _not_served(operation)
        answer = function(self._context, accept(operation, request))
        return cut_answer(operation, answer or {})

    def recover(self) -> None:
        """After a start: what ran when the emulator stopped is Failed, with that as its reason."""
        recover(self._context)


def _not_served(operation: str) -> ServiceError:
    """UnknownOperationException if SageMaker has no such operation. If it has, NotImplementedException with
    501: it says what is so, it cannot be taken for a fault in the request (ValidationException), and no AWS
    SDK retries it (they retry 500, 502, 503 and 504)."""
    if operation in service_model("sagemaker").operation_names:
        return ServiceError(
            "NotImplementedException", f"Penstock's emulator does not serve {operation}.", 501
        )
    return ServiceError("UnknownOperationException", f"SageMaker has no operation '{operation}'.")
