"""What happens to a request, in order: read `Pipeline.handlers` from top to bottom.

A handler answers, or raises AwsError, or returns None to pass the request on to the next. It knows no
operation of any service.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Response

from penstock.emulator.endpoint import errors, guard, signature
from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.request import AwsRequest

Handler = Callable[[AwsRequest], Response | None]

_log = logging.getLogger(__name__)


class Pipeline:
    """The endpoint as a WSGI application.

    `services` are tried in their order after the guard; the last must answer everything. `root` is the state
    directory, whose disk may be full.
    """

    def __init__(self, root: Path, secret_of: signature.SecretOf, services: Iterable[Handler]) -> None:
        def check_signature(request: AwsRequest) -> None:
            signature.verify(request, secret_of)

        self._root = root
        self.handlers: list[Callable[[AwsRequest], Response | None]] = [
            guard.check_size,
            guard.check_caller,
            check_signature,
            *services,
        ]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = AwsRequest(environ, populate_request=False)
        return self.answer(request)(environ, start_response)

    def answer(self, request: AwsRequest) -> Response:
        try:
            for handler in self.handlers:
                response = handler(request)
                if response is not None:
                    return response
            raise AssertionError("no service answered")
        except AwsError as error:
            return errors.respond(request, error)
        except (ConnectionError, TimeoutError, ClientDisconnected):
            raise
        except Exception as error:
            full = errors.disk_error(error, self._root)
            if full is None:
                _log.exception("%s %s failed", request.method, request.raw_path)
                full = AwsError("InternalFailure", "A bug in the emulator; its log has the cause.", 500)
            return errors.respond(request, full)
