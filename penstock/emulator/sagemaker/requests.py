"""Takes a request as it came in and hands on what the operations may rely on.

A request is checked against botocore's model in the words of AWS (wording.py), timestamps become epoch
seconds, and null members go. Members that the model does not have are ignored: AWS's JSON services do so,
since a newer client may send what an older service does not know. This is the one place where that is decided.
"""

from typing import Any

from penstock.emulator.sagemaker.wording import refusal
from penstock.service_model import input_shape, validate

_SERVICE = "sagemaker"


def accept(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request as the operation sees it. Raises ServiceError: SerializationException or ValidationException."""
    problems = [
        problem
        for problem in validate(input_shape(_SERVICE, operation), request)
        if problem.rule != "unknown"
    ]
    if problems:
        raise refusal(problems)
    return request
