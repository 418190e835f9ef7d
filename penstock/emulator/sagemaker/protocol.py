"""AWS's JSON 1.1 protocol: a POST with an operation's name in X-Amz-Target, JSON in and JSON out.

Timestamps are epoch seconds, as numbers, in both directions. An error's body is
`{"__type": code, "message": text}`. It knows no operation, and not what the endpoint guards.
"""

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from penstock.emulator.sagemaker.errors import ServiceError

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "SageMaker."

_log = logging.getLogger(__name__)


def respond(
    service_call: Callable[[str, dict[str, Any]], dict[str, Any]], target: str, body: bytes
) -> Response:
    """Answer one request. `target` is the X-Amz-Target header: `SageMaker.DescribeModel`.

    Never raises: what `service_call` raises and did not mean to is an InternalFailure in the answer and a
    traceback in the log.
    """
    operation = target.rpartition(".")[2]
    try:
        return _answer(service_call(operation, _read(body)), 200)
    except ServiceError as error:
        return _failure(error)
    except Exception:
        _log.exception("%s failed", operation)
        return _failure(
            ServiceError(
                "InternalFailure", f"{operation} failed in the emulator; its log has the cause.", 500
            )
        )


def _read(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}", parse_constant=_no_number)
    except ValueError as error:
        raise _unreadable(f"The request body is not JSON: {error}.") from None
    except RecursionError:
        raise _unreadable("The request body is not JSON: it is nested too deeply.") from None
    if not isinstance(request, dict):
        raise _unreadable("The request body is not a JSON object.")
    return request


def _no_number(name: str) -> None:
    # Python's reader takes NaN and Infinity; JSON has neither.
    raise ValueError(f"{name} is no JSON number")


def _unreadable(message: str) -> ServiceError:
    return ServiceError("SerializationException", message)


def _failure(error: ServiceError) -> Response:
    # The model names the member of its errors Message; SDKs read `message` of any error.
    answer = _answer({"__type": error.code, "message": error.message, "Message": error.message}, error.status)
    answer.headers["x-amzn-ErrorType"] = error.code
    return answer


def _answer(data: dict[str, Any], status: int) -> Response:
    answer = Response(json.dumps(data, separators=(",", ":")), status=status, content_type=CONTENT_TYPE)
    answer.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return answer
