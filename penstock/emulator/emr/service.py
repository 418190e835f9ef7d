"""EMR's control plane: one call takes a request to its operation and the answer back.

As SageMaker's, it is driven by botocore's model: the checks of requests, the shapes of answers and the
dispatch table come from there. It must not know of HTTP, nor of the engine.
"""

from collections.abc import Callable
from typing import Any

from botocore import xform_name

from penstock.emulator.emr import cluster_operations, step_operations
from penstock.emulator.emr.context import Context
from penstock.emulator.emr.documents import Document
from penstock.emulator.emr.runner import Clusters
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.requests import accept
from penstock.emulator.sagemaker.shapes import cut_answer
from penstock.emulator.sagemaker.store import Store
from penstock.service_model import service_model

SERVICE = "emr"
TARGET_PREFIX = "ElasticMapReduce."

Operation = Callable[[Context, Document], Document | None]


class Emr:
    """Thread-safe."""

    def __init__(self, store: Store, clusters: Clusters, account: str, region: str) -> None:
        self._context = Context(store, clusters, account, region)
        self._operations = _operations()

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The response of an operation, as JSON-able data in its output shape; timestamps are epoch seconds.

        Raises ServiceError.
        """
        function = self._operations.get(operation)
        if function is None:
            raise _not_served(operation)
        answer = function(self._context, accept(operation, request, SERVICE))
        return cut_answer(operation, answer or {}, SERVICE)


def _operations() -> dict[str, Operation]:
    table: dict[str, Operation] = {}
    for name in service_model(SERVICE).operation_names:
        for module in (cluster_operations, step_operations):
            function = vars(module).get(xform_name(name))
            if function is not None:
                table[name] = function
    return table


def _not_served(operation: str) -> ServiceError:
    if operation in service_model(SERVICE).operation_names:
        return ServiceError(
            "NotImplementedException", f"Penstock's emulator does not serve EMR's {operation}.", 501
        )
    return ServiceError("UnknownOperationException", f"EMR has no operation '{operation}'.")
