"""Requests of Penstock's own services (SageMaker; EMR), handed to them; first of all, for Describe calls are
polled."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from penstock.emulator.endpoint import errors
from penstock.emulator.endpoint.pipeline import Handler
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.sagemaker import protocol
from penstock.emulator.sagemaker.errors import ServiceError

ServiceCall = Callable[[str, dict[str, Any]], dict[str, Any]]


def handler(service_call: ServiceCall, root: Path, prefix: str = protocol.TARGET_PREFIX) -> Handler:
    """Answers the requests whose X-Amz-Target begins with `prefix`."""

    def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return service_call(operation, request)
        except (OSError, sqlite3.OperationalError) as error:
            full = errors.disk_error(error, root)
            if full is None:
                raise
            raise ServiceError(full.code, full.message, full.status) from error

    def answer(request: AwsRequest) -> Response | None:
        if not request.target.startswith(prefix):
            return None
        return protocol.respond(call, request.target, request.payload_stream.read())

    return answer
