"""Lambda's data plane over HTTP: Invoke, and the event source mappings. All else of Lambda is moto's.

It turns requests into calls and results into answers, in the shapes of Lambda's REST API. Code that moto is
to take from S3 is put into its request: Lambda copies it then, and the object may be gone when a restart
repeats the request.
"""

import base64
import io
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Response

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.pipeline import Handler
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.endpoint.services import route
from penstock.emulator.functions.invocations import Functions
from penstock.emulator.functions.mappings import Mappings
from penstock.emulator.sagemaker.errors import ServiceError

# The operations that may bring a role.
_ROLE = ("CreateFunction", "UpdateFunctionConfiguration")
# The operations that bring code, and the member of their requests that it stands in ("": the request).
_CODE = {"CreateFunction": "Code", "UpdateFunctionCode": "", "PublishLayerVersion": "Content"}


def handler(
    functions: Functions,
    mappings: Mappings,
    read_object: Callable[[str], bytes],
    may_be_assumed: Callable[[str], bool],
) -> Handler:
    """`read_object(s3_uri)` gives an object's bytes or raises FileNotFoundError; `may_be_assumed(role)` says
    whether Lambda may act as a role."""

    def answer(request: AwsRequest) -> Response | None:
        scope = request.scope
        if scope is None or scope.service != "lambda":
            return None
        operation, labels = route(request)
        try:
            if operation.name == "Invoke":
                return _invoke(functions, scope.region, labels["FunctionName"], request)
            if operation.name in mappings.operations:
                asked = _members(request, operation.input_shape) | labels
                found = mappings.operations[operation.name](scope.region, asked)
                return _json(found, operation.http["responseCode"])
            if operation.name in _ROLE:
                _check_role(request, may_be_assumed)
            if operation.name in _CODE:
                _put_code(request, _CODE[operation.name], read_object)
        except ServiceError as error:
            raise AwsError(error.code, error.message, error.status) from error
        return None

    return answer


def _check_role(request: AwsRequest, may_be_assumed: Callable[[str], bool]) -> None:
    body = request.payload_stream.read()
    request.environ["wsgi.input"] = io.BytesIO(body)
    try:
        role = json.loads(body)["Role"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # unchanged, or malformed, which is for moto to say
    if not may_be_assumed(str(role)):
        raise ServiceError(
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )


def _invoke(functions: Functions, region: str, name: str, request: AwsRequest) -> Response:
    qualifier = dict(parse_qsl(request.raw_query)).get("Qualifier")
    function = functions.catalog.find(region, name, qualifier)
    qualifier = name.rpartition(":function:")[2].partition(":")[2] or qualifier
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": function.version}
    kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
    event = request.payload_stream.read()
    details: dict[str, Any] = {
        "qualifier": qualifier,
        "request_id": request_id,
        "client_context": _client_context(request),
    }
    match kind:
        case "DryRun":
            return Response(b"", 204, headers)
        case "Event":
            functions.invoke_later(function, event, **details)
            return Response(b"", 202, headers)
        case "RequestResponse":
            result = functions.invoke(function, event, **details)
        case _:
            raise ServiceError(
                "InvalidParameterValueException",
                f"Value '{kind}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum"
                " value set: [Event, RequestResponse, DryRun]",
            )
    if result.is_error:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if request.headers.get("X-Amz-Log-Type") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(result.tail).decode()
    return Response(result.payload, 200, {**headers, "Content-Type": "application/json"})


def _client_context(request: AwsRequest) -> str | None:
    sent = request.headers.get("X-Amz-Client-Context")
    if not sent:
        return None
    try:
        return json.dumps(json.loads(base64.b64decode(sent, validate=True)))
    except ValueError:
        raise ServiceError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from None


def _put_code(request: AwsRequest, member: str, read_object: Callable[[str], bytes]) -> None:
    """Replace S3Bucket and S3Key in a request's body by the ZipFile that they mean."""
    body = request.payload_stream.read()
    request.environ["wsgi.input"] = io.BytesIO(body)
    try:
        asked = json.loads(body)
        code = asked[member] if member else asked
        uri = f"s3://{code['S3Bucket']}/{code['S3Key']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # no code in S3, or malformed, which is for moto to say
    if code.get("S3ObjectVersion"):
        return
    try:
        content = read_object(uri)
    except FileNotFoundError:
        raise ServiceError(
            "InvalidParameterValueException",
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key"
            " does not exist.",
        ) from None
    del code["S3Bucket"], code["S3Key"]
    code["ZipFile"] = base64.b64encode(content).decode()
    request.environ["wsgi.input"] = io.BytesIO(json.dumps(asked).encode())


def _members(request: AwsRequest, shape: Any) -> dict[str, Any]:
    """The members of a request: its query's, by their names on the wire, and its JSON body's."""
    query = dict(parse_qsl(request.raw_query))
    members = {
        name: query[member.serialization["name"]]
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring" and member.serialization["name"] in query
    }
    body = request.payload_stream.read()
    try:
        sent = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        raise ServiceError("SerializationException", "The request body is not JSON.") from None
    return {**sent, **members} if isinstance(sent, dict) else members


def _json(answer: dict[str, Any], status: int) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(json.dumps(answer), status, headers)
