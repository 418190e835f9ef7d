"""Signature Version 4: was the request signed with this state directory's secret key?

The expected signature is computed by botocore.auth, the code that AWS's own clients sign with. Header and
presigned-URL forms; error codes as each protocol family has them (AWS General Reference, "Common errors";
Amazon S3 API Reference, "Error responses").
"""

import hashlib
import hmac
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from penstock.emulator.endpoint import signature_v2
from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.guard import MESSAGE_LIMIT
from penstock.emulator.endpoint.request import AwsRequest, Scope, claimed_scope

MAXIMUM_SKEW = timedelta(minutes=15)
MAXIMUM_EXPIRY = 7 * 24 * 3600  # seconds (Amazon S3, "Authenticating requests: using query parameters")
UNSIGNED = "UNSIGNED-PAYLOAD"
_TIMESTAMP = "%Y%m%dT%H%M%SZ"

SecretOf = Callable[[str], str | None]


@dataclass(frozen=True)
class _Claim:
    """What the request says of its signature."""

    scope: Scope
    signed_headers: list[str]
    signature: str
    timestamp: str
    expires: int | None  # seconds, for a presigned URL
    payload_hash: str


class _Expected(SigV4Auth):
    """botocore's signer, with the headers that the client signed rather than those it would choose."""

    def headers_to_sign(self, request):  # type: ignore[no-untyped-def]
        return request.headers

    def _normalize_url_path(self, path):  # type: ignore[no-untyped-def]
        # S3 alone signs the path as it is sent (AWS General Reference, "Create a canonical request").
        return path if self._service_name in ("s3", "s3express") else super()._normalize_url_path(path)


def verify(request: AwsRequest, secret_of: SecretOf) -> None:
    """Set the request's `scope`, `signature` and `secret`, or raise AwsError.

    The body of anything but S3 is read here, bound to its signed hash, and put back as bytes.
    """
    if signature_v2.is_signed(request):
        _verify_v2(request, secret_of)
        return
    claim = _claim(request)
    secret = _secret(request, secret_of, claim.scope)
    _check_time(request, claim)
    expected = _expected_signature(request, claim, secret)
    if not hmac.compare_digest(expected, claim.signature):
        raise _mismatch(request)
    request.scope = claim.scope
    request.signature = claim.signature
    request.secret = secret


def _verify_v2(request: AwsRequest, secret_of: SecretOf) -> None:
    scope = claimed_scope(request)
    assert scope is not None, "is_signed saw the access key"
    request.secret = _secret(request, secret_of, scope)
    signature_v2.verify(request, request.secret)
    request.scope = scope


def _secret(request: AwsRequest, secret_of: SecretOf, scope: Scope) -> str:
    secret = secret_of(scope.access_key_id)
    if secret is None:
        raise _unknown_key(request, scope.access_key_id)
    return secret


def signing_key(secret: str, scope: Scope) -> bytes:
    """The key that signs strings within a scope; a stream's chunks are signed with it."""
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _claim(request: AwsRequest) -> _Claim:
    authorization = request.environ.get("HTTP_AUTHORIZATION", "")
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    scope = claimed_scope(request)
    if not authorization and "X-Amz-Signature" not in query:
        raise _missing(request)
    if authorization and not authorization.startswith("AWS4-HMAC-SHA256"):
        raise _incomplete(request, "Only Signature Version 4 (AWS4-HMAC-SHA256) is supported.")
    if scope is None:
        raise _incomplete(request, "The Credential of the authorization is missing or malformed.")
    if not authorization:
        try:
            expires = int(query["X-Amz-Expires"]) if "X-Amz-Expires" in query else 900
            claim = _Claim(
                scope, query["X-Amz-SignedHeaders"].split(";"), query["X-Amz-Signature"],
                query["X-Amz-Date"], expires, "",
            )  # fmt: skip
        except (KeyError, ValueError) as error:
            raise _incomplete(request, f"The presigned URL lacks a valid {error}.") from None
        return _with_payload_hash(request, claim)
    fields = dict(
        part.strip().partition("=")[::2] for part in authorization.partition(" ")[2].split(",") if part
    )
    timestamp = request.environ.get("HTTP_X_AMZ_DATE", "")
    if not timestamp or not fields.get("Signature") or not fields.get("SignedHeaders"):
        raise _incomplete(request, "The authorization needs Signature, SignedHeaders and X-Amz-Date.")
    claim = _Claim(scope, fields["SignedHeaders"].split(";"), fields["Signature"], timestamp, None, "")
    return _with_payload_hash(request, claim)


def _with_payload_hash(request: AwsRequest, claim: _Claim) -> _Claim:
    """The hash that the canonical request holds; for all but S3 it is computed from the body itself."""
    stated = request.environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if request.is_s3:
        payload_hash = stated or UNSIGNED
    else:
        body = request.payload_stream.read(MESSAGE_LIMIT + 1)
        if len(body) > MESSAGE_LIMIT:
            raise AwsError(
                "RequestEntityTooLargeException", f"Request must be smaller than {MESSAGE_LIMIT} bytes", 413
            )
        request.environ["wsgi.input"] = io.BytesIO(body)
        request.environ["CONTENT_LENGTH"] = str(len(body))
        request.environ.pop("HTTP_TRANSFER_ENCODING", None)
        payload_hash = hashlib.sha256(body).hexdigest()
        if stated and stated not in (payload_hash, UNSIGNED):
            raise _mismatch(request)
        payload_hash = stated or payload_hash
    return _Claim(
        claim.scope, claim.signed_headers, claim.signature, claim.timestamp, claim.expires, payload_hash
    )


def _expected_signature(request: AwsRequest, claim: _Claim, secret: str) -> str:
    wanted = {name.lower() for name in claim.signed_headers}
    if "host" not in wanted:
        raise _incomplete(request, "The Host header must be signed.")
    query = request.raw_query
    if claim.expires is not None:
        query = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
    signed = AWSRequest(
        method=request.method, url=f"http://{request.host}{request.raw_path}" + (f"?{query}" if query else "")
    )
    for name, value in request.sent_headers:
        if name.lower() in wanted:
            signed.headers.add_header(name.lower(), value)
    signed.context["timestamp"] = claim.timestamp
    scope = claim.scope
    auth = _Expected(SigningCredentials(scope.access_key_id, secret), scope.service, scope.region)
    canonical = auth.canonical_request(signed)
    # The hash is canonical_request's last line; it reads the body, which here may be a stream still to come.
    canonical = canonical.rpartition("\n")[0] + "\n" + claim.payload_hash
    return str(auth.signature(auth.string_to_sign(signed, canonical), signed))


def _check_time(request: AwsRequest, claim: _Claim) -> None:
    try:
        signed_at = datetime.strptime(claim.timestamp, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _incomplete(
            request, f"The date {claim.timestamp!r} is not of the form YYYYMMDDTHHMMSSZ."
        ) from None
    now = datetime.now(UTC)
    if claim.expires is not None:
        if not 0 < claim.expires <= MAXIMUM_EXPIRY:
            raise _incomplete(request, f"X-Amz-Expires must be between 1 and {MAXIMUM_EXPIRY} seconds.")
        if now > signed_at + timedelta(seconds=claim.expires):
            if request.is_s3:
                raise AwsError("AccessDenied", "Request has expired", 403)
            raise _skewed(request, signed_at, now)
        if signed_at - now > MAXIMUM_SKEW:
            raise _skewed(request, signed_at, now)
    elif abs(now - signed_at) > MAXIMUM_SKEW:
        raise _skewed(request, signed_at, now)
    if not claim.timestamp.startswith(claim.scope.date):
        raise _mismatch(request)


def _skewed(request: AwsRequest, signed_at: datetime, now: datetime) -> AwsError:
    if request.is_s3:
        return AwsError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.", 403,
            RequestTime=signed_at.strftime(_TIMESTAMP), ServerTime=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            MaxAllowedSkewMilliseconds=str(int(MAXIMUM_SKEW.total_seconds() * 1000)),
        )  # fmt: skip
    late = signed_at < now
    limit = now - MAXIMUM_SKEW if late else now + MAXIMUM_SKEW
    message = (
        f"Signature {'expired' if late else 'not yet current'}: {signed_at.strftime(_TIMESTAMP)} is "
        f"{'now earlier' if late else 'still later'} than {limit.strftime(_TIMESTAMP)} "
        f"({now.strftime(_TIMESTAMP)} {'-' if late else '+'} 15 min.)"
    )
    return _refused(request, "SignatureDoesNotMatch", "InvalidSignatureException", message)


def _mismatch(request: AwsRequest) -> AwsError:
    if request.is_s3:
        return AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
    return _refused(
        request, "SignatureDoesNotMatch", "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.",
    )  # fmt: skip


def _unknown_key(request: AwsRequest, access_key_id: str) -> AwsError:
    remedy = " This emulator has one key pair of its own: `penstock emulate --print-environment` shows it."
    if request.is_s3:
        message = "The AWS Access Key Id you provided does not exist in our records." + remedy
        return AwsError("InvalidAccessKeyId", message, 403, AWSAccessKeyId=access_key_id)
    message = "The security token included in the request is invalid." + remedy
    return _refused(request, "InvalidClientTokenId", "UnrecognizedClientException", message)


def _missing(request: AwsRequest) -> AwsError:
    if request.is_s3:
        return AwsError("AccessDenied", "Access Denied", 403)
    return _refused(
        request, "MissingAuthenticationToken", "MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
    )  # fmt: skip


def _incomplete(request: AwsRequest, message: str) -> AwsError:
    if request.is_s3:
        return AwsError("AuthorizationHeaderMalformed", message, 400)
    return _refused(request, "IncompleteSignature", "IncompleteSignatureException", message)


def _refused(request: AwsRequest, query_code: str, json_code: str, message: str) -> AwsError:
    """403 in the query and REST protocols, 400 with a code ending in Exception in JSON 1.x."""
    if request.is_form:
        return AwsError(query_code, message, 403)
    return AwsError(json_code, message, 400 if request.target else 403)
