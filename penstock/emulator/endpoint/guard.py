"""Who may talk to the endpoint at all: design, decision 7. Loopback is not a fence, a web page can reach it.

It decides by the request line and the headers alone; who signed the request is signature.py's business.
"""

import re

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.request import AwsRequest

MEBIBYTE = 1024 * 1024
# S3 takes up to 5 GiB in one request (AWS: "EntityTooLarge"); of the others Lambda's zip of 50 MB, as
# base64, is the largest (AWS Lambda, quotas).
OBJECT_LIMIT = 5 * 1024 * MEBIBYTE
MESSAGE_LIMIT = 70 * MEBIBYTE

# `bucket.localhost` and `bucket.s3.localhost` are S3's virtual-hosted style on this machine.
_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|\[::1\]|([a-z0-9][a-z0-9.-]*\.)?localhost)(:\d+)?", re.IGNORECASE)
AWS_HOST = re.compile(
    r"([a-z0-9*][a-z0-9._-]*\.)*(amazonaws\.com|amazonaws\.com\.cn|api\.aws)(:443)?", re.IGNORECASE
)


def check_size(request: AwsRequest) -> None:
    """Raises EntityTooLarge or RequestEntityTooLarge for a body that no operation takes."""
    length = request.content_length or 0
    if request.is_s3 and length > OBJECT_LIMIT:
        raise AwsError(
            "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400,
            ProposedSize=str(length), MaxSizeAllowed=str(OBJECT_LIMIT),
        )  # fmt: skip
    if not request.is_s3 and length > MESSAGE_LIMIT:
        raise AwsError(
            "RequestEntityTooLargeException", f"Request must be smaller than {MESSAGE_LIMIT} bytes", 413
        )


def check_caller(request: AwsRequest) -> None:
    """Refuses what a web page could have caused, and moto's control API, which knows no credentials."""
    host = request.environ.get("HTTP_HOST", "")
    allowed = AWS_HOST if request.proxied_host else _LOCAL_HOST
    if not allowed.fullmatch(host):
        raise AwsError(
            "AccessDenied",
            f"The Host header is {host!r}; this endpoint answers to 127.0.0.1 and localhost only.",
            403,
        )
    if "HTTP_ORIGIN" in request.environ:
        raise AwsError("AccessDenied", "Requests with an Origin header (web pages) are refused.", 403)
    if request.environ.get("PATH_INFO", "").lower().startswith("/moto-api"):
        raise AwsError("AccessDenied", "There is no control API at this endpoint.", 403)
