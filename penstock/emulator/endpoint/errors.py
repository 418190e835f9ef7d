"""Errors in the wire format of the protocol that the client speaks.

One error, four shapes: JSON with an `x-amzn-errortype` header (SageMaker, Logs, Lambda ...), the query
protocol's XML (IAM, STS), S3's XML, and nothing but the status for HEAD.
"""

import errno
import json
import os
import sqlite3
import uuid
from pathlib import Path
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from penstock.emulator.endpoint.request import AwsRequest


class AwsError(Exception):
    """What a client gets instead of a result: AWS's code and message, the HTTP status, and, for S3, further
    members of the error document (`{"BucketName": ...}`)."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def respond(request: AwsRequest, error: AwsError) -> Response:
    identifier = str(uuid.uuid4())
    if request.is_s3:
        members = {"Code": error.code, "Message": error.message, **error.members, "RequestId": identifier}
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
        headers = {"Content-Type": "application/xml", "x-amz-request-id": identifier}
    elif request.is_form:
        fault = "Receiver" if error.status >= 500 else "Sender"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{identifier}</RequestId></ErrorResponse>"
        )
        headers = {"Content-Type": "text/xml", "x-amzn-RequestId": identifier}
    else:
        body = json.dumps({"__type": error.code, "message": error.message})
        headers = {
            "Content-Type": "application/x-amz-json-1.1" if request.target else "application/json",
            "x-amzn-RequestId": identifier,
            "x-amzn-ErrorType": error.code,
        }
    return Response(b"" if request.method == "HEAD" else body.encode(), error.status, headers)


def disk_error(error: Exception, root: Path) -> AwsError | None:
    """The answer when `error` says that the state directory's disk is full; else None.

    507 and not 500 or 503, which clients would retry.
    """
    full = (
        error.errno in (errno.ENOSPC, errno.EDQUOT)
        if isinstance(error, OSError)
        else isinstance(error, sqlite3.OperationalError) and "disk is full" in str(error)
    )
    if not full:
        return None
    return AwsError(
        "InsufficientStorage",
        f"The disk that holds {root} ({_mount_point(root)}) is full; nothing of this request was kept. "
        "Free some space and try again, or start the emulator with --state on another disk.",
        507,
    )


def _mount_point(path: Path) -> Path:
    path = path.resolve()
    while not os.path.ismount(path) and path != path.parent:
        path = path.parent
    return path
