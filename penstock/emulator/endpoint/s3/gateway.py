"""S3 on the wire: which operation a request is, its parameters, and its answer, all by botocore's model.

Requests whose URI holds no key, bucket settings and the like, pass on to moto.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.payload import Payload
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.endpoint.s3 import buckets, listing, multipart, transfers
from penstock.emulator.endpoint.s3.call import Call, Operation, Result, malformed_xml
from penstock.emulator.endpoint.s3.conditions import NotModified
from penstock.emulator.endpoint.s3.objects import Objects
from penstock.emulator.endpoint.services import route

OPERATIONS: dict[str, Operation] = transfers.OPERATIONS | listing.OPERATIONS | multipart.OPERATIONS
_STREAMED = ("PutObject", "UploadPart")


def handler(
    objects: Objects, account: str, require: Callable[..., None]
) -> Callable[[AwsRequest], Response | None]:
    """`require(request, *needs)` raises AwsError for what its sender may not do: what only the operation
    knows."""

    def bucket_named(name: str) -> buckets.Bucket:
        return buckets.find(account, name)

    def answer(request: AwsRequest) -> Response | None:
        if not request.is_s3:
            return None
        model, labels = route(request)
        if model.name == "DeleteBucket":
            _refuse_unless_empty(objects, labels["Bucket"])
            return None
        if model.name not in OPERATIONS:
            if "Key" in labels:
                raise AwsError("NotImplemented", f"The emulator does not do s3:{model.name}.", 501)
            return None
        payload = Payload(request, request.secret)
        params = _parsed(model, request, labels, b"" if model.name in _STREAMED else payload.document())
        owner = params.get("ExpectedBucketOwner")
        if owner and owner != account:
            raise AwsError("AccessDenied", "Access Denied", 403)
        bucket = bucket_named(params["Bucket"])
        call = Call(objects, bucket, params, request, payload, bucket_named, partial(require, request))
        try:
            return _serialised(model, OPERATIONS[model.name](call))
        except NotModified:
            return Response(b"", 304)

    return answer


def show_to_moto(objects: Objects, account: str) -> None:
    """Let moto's other services (Lambda reads its code from S3) find the objects that are kept here."""
    from moto.s3.models import FakeKey, s3_backends

    def get_object(
        bucket_name: str, key_name: str, version_id: str | None = None, **_: Any
    ) -> FakeKey | None:
        found = objects.find(bucket_name, key_name, version_id)
        if found is None or found.file is None:
            return None
        content = objects.path(found.file).read_bytes()
        return FakeKey(key_name, content, account, "us-east-1", bucket_name=bucket_name)

    vars(s3_backends[account]["aws"])["get_object"] = get_object


def _refuse_unless_empty(objects: Objects, bucket: str) -> None:
    if not objects.is_empty(bucket):
        raise AwsError(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", 409, BucketName=bucket
        )
    objects.forget_bucket(bucket)


def _parsed(model: Any, request: AwsRequest, labels: dict[str, str], body: bytes) -> dict[str, Any]:
    from moto.core.parse import RequestParserError, RestXMLParser

    try:
        parsed: dict[str, Any] = RestXMLParser(model).parse(
            {
                "method": request.method,
                "values": request.args,
                "headers": Headers(request.sent_headers),
                "body": body,
                "url_path": request.path,
                "url_params": labels,
            }
        )
    except RequestParserError:
        raise malformed_xml() from None
    except ValueError as error:
        raise AwsError("InvalidArgument", f"A parameter of {model.name} is malformed: {error}") from None
    return parsed


def _serialised(model: Any, result: Result) -> Response:
    from moto.core.serialize import S3Serializer

    made = S3Serializer(operation_model=model).serialize(result.members)
    headers = Headers({**made["headers"], **result.headers})
    # An empty sequence and not b"", whose length would replace that of HeadObject's headers.
    body: Any = result.body if result.body is not None else made["body"] or ()
    response = Response(body, result.status or made["status_code"], headers)
    if not made["body"] and result.body is None and "content-type" not in headers:
        del response.headers["Content-Type"]  # werkzeug's default, which says nothing of an empty answer
    return response
