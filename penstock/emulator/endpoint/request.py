"""The request as every handler of the endpoint reads it.

What was sent stays readable as it was sent: the percent-encoded path (S3 keys hold `%2F`), the names of
headers (S3 metadata holds underscores) and the body as a stream (an object may be larger than memory).
It knows no service.
"""

from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote

from werkzeug.wrappers import Request

from penstock.emulator.access.identities import Session

# Set by the server: the headers in the order and spelling in which they came.
SENT_HEADERS = "penstock.headers"
# Set by the proxy: the host that the client meant to talk to, such as s3.us-east-1.amazonaws.com.
PROXIED_HOST = "penstock.proxied_host"


@dataclass(frozen=True)
class Scope:
    """A SigV4 credential: whose key, for which day (YYYYMMDD), region and service."""

    access_key_id: str
    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.access_key_id}/{self.date}/{self.region}/{self.service}/aws4_request"

    @classmethod
    def parse(cls, credential: str) -> "Scope | None":
        """`KEY/20260101/us-east-1/s3/aws4_request`, or None when it is something else."""
        parts = credential.split("/")
        if len(parts) != 5 or parts[4] != "aws4_request":
            return None
        return cls(*parts[:4])


class AwsRequest(Request):
    """A request to any AWS service.

    `scope` is None until the signature was verified; `signature` is then the hexadecimal signature,
    which seeds those of a stream's chunks.
    """

    # Bodies of forms are read as bytes, never parsed into files.
    want_form_data_parsed = False
    scope: Scope | None = None
    signature: str = ""
    # With what it was signed, and, where that is a role's key, whose it is.
    secret: str = ""
    session: Session | None = None

    @property
    def sent_headers(self) -> list[tuple[str, str]]:
        sent: list[tuple[str, str]] = self.environ[SENT_HEADERS]
        return sent

    @property
    def raw_path(self) -> str:
        """The path, percent-encoded as it was sent, beginning with a slash."""
        uri: str = self.environ["RAW_URI"].partition("?")[0]
        return uri if uri.startswith("/") else "/" + uri

    @property
    def raw_query(self) -> str:
        query: str = self.environ["RAW_URI"].partition("?")[2]
        return query

    @property
    def proxied_host(self) -> str | None:
        return self.environ.get(PROXIED_HOST)

    @property
    def target(self) -> str:
        """`SageMaker.DescribePipeline` of the JSON protocols, else empty."""
        target: str = self.environ.get("HTTP_X_AMZ_TARGET", "")
        return target

    @property
    def is_s3(self) -> bool:
        """Whether S3 answers this: by the signature's service, else by what no other service looks like."""
        if self.scope is not None:
            return self.scope.service in ("s3", "s3express")
        claimed = claimed_scope(self)
        if claimed is not None:
            return claimed.service in ("s3", "s3express")
        return not self.target and not self.is_form

    @property
    def is_form(self) -> bool:
        """Whether the body is of the query protocol (IAM, STS): Action=...&Version=..."""
        kind: str = self.environ.get("CONTENT_TYPE", "")
        return kind.startswith("application/x-www-form-urlencoded")

    @property
    def payload_stream(self) -> BinaryIO:
        """The body as it comes off the wire; reading raises ClientDisconnected when it ends too early."""
        stream: Any = self.environ["wsgi.input"]
        return stream


def claimed_scope(request: AwsRequest) -> Scope | None:
    """The credential that the request names in its header or its query, not yet believed."""
    authorization = request.environ.get("HTTP_AUTHORIZATION", "")
    if authorization.startswith("AWS4-HMAC-SHA256"):
        _, _, rest = authorization.partition("Credential=")
        return Scope.parse(rest.partition(",")[0].strip())
    for pair in request.raw_query.split("&"):
        name, _, value = pair.partition("=")
        if name == "X-Amz-Credential":
            return Scope.parse(unquote(value))
        if name == "AWSAccessKeyId":  # Signature Version 2, which has no scope and is S3's alone
            return Scope(unquote(value), "", "us-east-1", "s3")
    return None
