"""InvokeEndpoint on the wire: POST /endpoints/NAME/invocations, its headers and its errors.

The protocol is rest-json: members of the request and of the answer are headers, the bodies are the data.
The names of headers and their limits are those of botocore's model of sagemaker-runtime.
"""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Response

from penstock.emulator.endpoint.pipeline import Handler
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.hosting.invocation import Inference, Invocation, ModelFailed
from penstock.emulator.hosting.variant import BODY_LIMIT
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.wording import refusal
from penstock.service_model import input_shape, validate

Invoke = Callable[[str, Invocation], Inference]

_SERVICE = "sagemaker-runtime"
_OPERATION = "InvokeEndpoint"
_PATH = re.compile("/endpoints/([^/]*)/(invocations|async-invocations|invocations-response-stream)")
# What the emulator's endpoints do not have: no multi-model containers, inference components, explainers,
# sessions and several instances to route to.
_UNSERVED = ("TargetModel", "InferenceComponentName", "EnableExplanations", "SessionId", "PrefixAwareId")


def handler(invoke: Invoke, account: str, region: str) -> Handler:
    """`invoke(endpoint name, invocation)` raises ServiceError and ModelFailed."""

    def answer(request: AwsRequest) -> Response | None:
        if request.scope is None or request.scope.service != "sagemaker" or request.target:
            return None
        path = _PATH.fullmatch(request.raw_path)
        if path is None or request.method != "POST":
            return None
        name = unquote(path[1])
        try:
            if path[2] != "invocations":
                raise ServiceError(
                    "NotImplementedException",
                    f"Penstock's emulator does not serve {path[2]}; use invocations.",
                    501,
                )
            return _success(invoke(name, _read(request, name)))
        except ServiceError as error:
            return _error(error.status, error.code, Message=error.message)
        except ModelFailed as error:
            return _model_error(error, name, account, region)

    return answer


def _read(request: AwsRequest, name: str) -> Invocation:
    """Raises ServiceError."""
    # The data is no text to check; its size is checked where it is read.
    members: dict[str, Any] = {"EndpointName": name, "Body": b""}
    for member, shape in input_shape(_SERVICE, _OPERATION).members.items():
        if shape.serialization.get("location") == "header":
            given = request.headers.get(shape.serialization["name"])
            if given:
                members[member] = given
    problems = validate(input_shape(_SERVICE, _OPERATION), members)
    if problems:
        refused = refusal(input_shape(_SERVICE, _OPERATION), problems)
        raise ServiceError("ValidationError", refused.message)
    for member in _UNSERVED:
        if member in members:
            raise ServiceError("ValidationError", f"{member} is not served here; leave it out.")
    return Invocation(
        body=_body(request),
        content_type=members.get("ContentType", ""),
        accept=members.get("Accept", ""),
        custom_attributes=members.get("CustomAttributes", ""),
        inference_id=members.get("InferenceId", ""),
        target_variant=members.get("TargetVariant", ""),
        target_container=members.get("TargetContainerHostname", ""),
    )


def _body(request: AwsRequest) -> bytes:
    too_large = (request.content_length or 0) > BODY_LIMIT
    body = b"" if too_large else request.payload_stream.read(BODY_LIMIT + 1)
    if too_large or len(body) > BODY_LIMIT:
        raise ServiceError("413", f"HTTP content length exceeded {BODY_LIMIT} bytes.", 413)
    return body


def _success(inference: Inference) -> Response:
    headers = {
        "x-Amzn-Invoked-Production-Variant": inference.variant,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    if inference.custom_attributes:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = inference.custom_attributes
    response = Response(inference.body, 200, headers)
    # Set afterwards: werkzeug would add a charset.
    response.headers["Content-Type"] = inference.content_type or "application/octet-stream"
    return response


def _model_error(error: ModelFailed, name: str, account: str, region: str) -> Response:
    group = f"/aws/sagemaker/Endpoints/{name}"
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer"
    return _error(
        424,
        "ModelError",
        Message=f"{error} See {console}:group={group} in account {account} for more information.",
        OriginalStatusCode=error.status,
        OriginalMessage=error.said,
        LogStreamArn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
        ErrorCode="CLIENT_ERROR_FROM_MODEL" if 400 <= error.status < 500 else "INTERNAL_FAILURE_FROM_MODEL",
    )


def _error(status: int, code: str, **members: Any) -> Response:
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": str(uuid.uuid4()),
        "x-amzn-ErrorType": code,
    }
    return Response(json.dumps(members).encode(), status, headers)
