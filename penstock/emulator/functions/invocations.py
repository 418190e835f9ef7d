"""What Invoke means: a function, an event and a result, at once or later.

It knows workers and what they need; nothing of HTTP, and of moto only what catalog.py tells.
"""

import json
import logging
import os
import shutil
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.emulator.access.actor import Actor
from penstock.emulator.functions.catalog import Catalog
from penstock.emulator.functions.function import Function
from penstock.emulator.functions.packages import Packages, UnsafePackage
from penstock.emulator.functions.pool import Pool
from penstock.emulator.functions.worker import Result, Worker
from penstock.emulator.jobs.logs import LogStream
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.state import StateDirectory

# Lambda's quotas of an event (s and bytes below: Lambda quotas; asynchronous retries: "Error handling").
LARGEST_EVENT = 6_291_456
LARGEST_LATER_EVENT = 1_048_576
_RETRY_AFTER = (60.0, 120.0)

_log = logging.getLogger(__name__)


class Functions:
    """`actor(function)` is the role that a function runs as. Safe to share between threads."""

    def __init__(
        self,
        catalog: Catalog,
        state: StateDirectory,
        actor: Callable[[Function], Actor],
    ) -> None:
        self.catalog = catalog
        self.actor = actor
        self._state = state
        # What an emulator that was killed left there.
        shutil.rmtree(state.functions, ignore_errors=True)
        state.functions.mkdir(parents=True, mode=0o700)
        self._packages = Packages(state.functions / "packages")
        self._pool = Pool(self._start)
        self._closing = threading.Event()

    def invoke(
        self,
        function: Function,
        event: bytes,
        *,
        qualifier: str | None = None,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> Result:
        """Run the function on an event, JSON or nothing, and wait for its end.

        Raises ServiceError for an event or a function that cannot be run; what goes wrong in the function is
        in the result.
        """
        event = _checked(event or b"{}")
        invoked = f"{function.arn}:{qualifier}" if qualifier else function.arn
        headers = {"Lambda-Runtime-Invoked-Function-Arn": invoked}
        if client_context:
            headers["Lambda-Runtime-Client-Context"] = client_context
        with self._pool.worker(function) as worker:
            return worker.invoke(request_id or str(uuid.uuid4()), event, headers)

    def invoke_later(self, function: Function, event: bytes, **details: Any) -> None:
        """Run the function on an event soon, and again (after a minute, then two) where it fails.

        `details` as for `invoke`. Raises ServiceError as `invoke` does, where that can be known now.
        """
        if len(event) > LARGEST_LATER_EVENT:
            raise _too_large(LARGEST_LATER_EVENT, "InvokeAsync")
        event = _checked(event or b"{}")

        def run() -> None:
            for attempt in range(function.retries + 1):
                try:
                    if not self.invoke(function, event, **details).is_error:
                        return
                except ServiceError as error:
                    _log.warning("%s was not invoked: %s", function.arn, error)
                if attempt < function.retries and self._closing.wait(_RETRY_AFTER[attempt]):
                    return

        threading.Thread(target=run, name=f"event for {function.name}", daemon=True).start()

    def close(self) -> None:
        """End all that runs."""
        self._closing.set()
        self._pool.close()

    def _start(self, function: Function) -> Worker:
        if not function.runtime.startswith("python"):
            raise ServiceError(
                "InvalidRuntimeException",
                f"The emulator runs functions of Python; {function.name} is of {function.runtime}.",
            )
        try:
            code = self._packages.unpack(function.code)
            layers = [self._packages.unpack(layer) for layer in function.layers]
        except UnsafePackage as error:
            raise ServiceError(
                "InvalidZipFileException",
                f"Lambda could not unzip the deployment package of {function.name}: it {error}.",
            ) from None
        name = uuid.uuid4().hex
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{name}"
        log = LogStream(self.actor(function).client("logs"), function.log_group, stream)
        # A later layer's files are laid over an earlier one's, so it is looked at first.
        inside = ("python", "python/lib/python{}.{}/site-packages".format(*sys.version_info))
        libraries = [layer / place for layer in reversed(layers) for place in inside]
        folders = [code, *(folder for folder in libraries if folder.is_dir())]
        environment = self._environment(function, code, stream)
        return Worker(function, folders, environment, self._state.functions / name, log)

    def _environment(self, function: Function, code: Path, stream: str) -> dict[str, str]:
        """Lambda's own variables (Lambda, "Defined runtime environment variables") over the function's."""
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            **dict(function.environment),
            **self.actor(function).variables,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": function.handler,
        }


def _checked(event: bytes) -> bytes:
    """An event that Lambda takes. Raises ServiceError, in Lambda's words."""
    if len(event) > LARGEST_EVENT:
        raise _too_large(LARGEST_EVENT, "InvokeFunction")
    try:
        json.loads(event)
    except (ValueError, RecursionError) as error:
        raise ServiceError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from None
    return event


def _too_large(limit: int, operation: str) -> ServiceError:
    return ServiceError(
        "RequestEntityTooLargeException",
        f"Request must be smaller than {limit} bytes for the {operation} operation",
        413,
    )
