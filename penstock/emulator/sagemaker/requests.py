"""Takes a request as it came in and hands on what the operations may rely on.

It is checked against botocore's model, refused in AWS's words, and cut to its shape. Members that the model
does not have are ignored, at every depth: AWS's JSON services do so, since a newer client may send what an
older service does not know. This is the one place where that is decided.
"""

from typing import Any

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.shapes import SERVICE, cut_request
from penstock.emulator.sagemaker.wording import refusal
from penstock.service_model import input_shape, validate


def accept(operation: str, request: dict[str, Any], service: str = SERVICE) -> dict[str, Any]:
    """The request as the operation sees it: a copy, with its timestamps as epoch seconds.

    Raises ServiceError: SerializationException for a wrong type, ValidationException for the rest.
    """
    shape = input_shape(service, operation)
    problems = [problem for problem in validate(shape, request) if problem.rule != "unknown"]
    if problems:
        raise refusal(shape, problems)
    try:
        return cut_request(operation, request, service)
    except ValueError as error:
        raise ServiceError("SerializationException", f"{error}.") from None
