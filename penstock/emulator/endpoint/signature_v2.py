"""Presigned URLs of S3 in Signature Version 2, which boto3 still makes by default in us-east-1.

The expected signature is computed by botocore.auth. Rules: Amazon S3 API Reference, "Signing and
authenticating REST requests (AWS Signature Version 2)", query string request authentication alternative.
"""

import hmac
import time
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as SigningCredentials

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.request import AwsRequest


class _Expected(HmacV1QueryAuth):
    """botocore's signer, with the expiry that the URL states."""

    def _get_date(self):  # type: ignore[no-untyped-def]
        return self._expires


def is_signed(request: AwsRequest) -> bool:
    query = dict(parse_qsl(request.raw_query))
    return {"AWSAccessKeyId", "Signature", "Expires"} <= query.keys()


def verify(request: AwsRequest, secret: str) -> None:
    """Raises AwsError."""
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    expires = query["Expires"]
    if not expires.isdigit() or time.time() > int(expires):
        raise AwsError("AccessDenied", "Request has expired", 403)
    headers = HTTPHeaders()
    for name, value in (*request.sent_headers, *query.items()):
        if name.lower().startswith("x-amz-") or name.lower() in ("content-md5", "content-type"):
            headers.add_header(name.lower(), value)
    signer = _Expected(SigningCredentials(query["AWSAccessKeyId"], secret), expires)
    url = urlsplit(f"http://{request.host}{request.raw_path}?{request.raw_query}")
    if not hmac.compare_digest(signer.get_signature(request.method, url, headers), query["Signature"]):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
