"""The content of an S3 upload, as a stream: decoded, and proven to be what was signed.

`x-amz-content-sha256` says how the body is bound to the signature: by its hash, not at all, or in the
aws-chunked encoding, whose chunks may be signed one by one and which may end with trailing headers
(Amazon S3 API Reference, "Signature calculations for the Authorization header: transferring payload in
multiple chunks"). It knows no bucket and no key.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.endpoint.signature import UNSIGNED, signing_key

BLOCK = 1024 * 1024
# A completed upload lists up to 10,000 parts, a few hundred bytes each.
_DOCUMENT_LIMIT = 8 * 1024 * 1024
_LINE_LIMIT = 16 * 1024
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_HASH = re.compile("[0-9a-f]{64}")


class Payload:
    """Iterate once for the content in blocks. `trailers` (lower-case names) is complete after the last block.

    Iteration raises AwsError where the content is not what was signed; what was read until then must be
    thrown away.
    """

    def __init__(self, request: AwsRequest, secret: str) -> None:
        self.trailers: dict[str, str] = {}
        self._request = request
        self._stream = request.payload_stream
        self._secret = secret

    def __iter__(self) -> Iterator[bytes]:
        binding = self._request.headers.get("x-amz-content-sha256", UNSIGNED)
        if binding == UNSIGNED:
            return self._plain()
        if _HASH.fullmatch(binding):
            return self._hashed(binding)
        if binding == "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
            return self._chunks(None)
        if binding in ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"):
            return self._chunks(_ChunkSignatures(self._request, self._secret))
        raise AwsError(
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid "
            "sha256 value.",
            ArgumentName="x-amz-content-sha256",
            ArgumentValue=binding,
        )

    def document(self) -> bytes:
        """The whole content, where it is XML. Raises AwsError when no operation takes that much."""
        content = b""
        for block in self:
            content += block
            if len(content) > _DOCUMENT_LIMIT:
                raise AwsError("MaxMessageLengthExceeded", "Your request was too big.")
        return content

    def _plain(self) -> Iterator[bytes]:
        while block := self._stream.read(BLOCK):
            yield block

    def _hashed(self, expected: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for block in self._plain():
            digest.update(block)
            yield block
        if digest.hexdigest() != expected:
            raise AwsError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                ClientComputedContentSHA256=expected,
                S3ComputedContentSHA256=digest.hexdigest(),
            )

    def _chunks(self, signatures: "_ChunkSignatures | None") -> Iterator[bytes]:
        total = 0
        while True:
            size, signature = self._chunk_header()
            digest = hashlib.sha256()
            left = size
            while left:
                block = self._stream.read(min(left, BLOCK))
                if not block:
                    raise _malformed()
                left -= len(block)
                total += len(block)
                if signatures:
                    digest.update(block)
                yield block
            if signatures:
                signatures.check_chunk(digest.hexdigest(), signature)
            if size == 0:
                break
            if self._stream.readline(_LINE_LIMIT) != b"\r\n":
                raise _malformed()
        self._read_trailers(signatures)
        stated = self._request.headers.get("x-amz-decoded-content-length")
        if stated and stated != str(total):
            raise AwsError(
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )

    def _chunk_header(self) -> tuple[int, str]:
        line = self._stream.readline(_LINE_LIMIT)
        size, _, extension = line.strip().partition(b";")
        try:
            return int(size, 16), extension.removeprefix(b"chunk-signature=").decode("ascii")
        except ValueError:
            raise _malformed() from None

    def _read_trailers(self, signatures: "_ChunkSignatures | None") -> None:
        signed = b""
        while line := self._stream.readline(_LINE_LIMIT).strip():
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.strip().lower(), value.strip()
            if name == "x-amz-trailer-signature":
                if signatures:
                    signatures.check_trailer(hashlib.sha256(signed).hexdigest(), value)
                continue
            signed += f"{name}:{value}\n".encode("latin-1")
            self.trailers[name] = value
        if signed and signatures and not signatures.trailer_checked:
            raise _malformed()


class _ChunkSignatures:
    """Each chunk's signature holds the one before it; the first holds the request's."""

    def __init__(self, request: AwsRequest, secret: str) -> None:
        scope = request.scope
        assert scope is not None, "the guard verified the request"
        self._key = signing_key(secret, scope)
        self._context = (
            f"{request.headers.get('x-amz-date', '')}\n"
            f"{scope.date}/{scope.region}/{scope.service}/aws4_request"
        )
        self._previous = request.signature
        self.trailer_checked = False

    def check_chunk(self, content_hash: str, signature: str) -> None:
        self._check(f"AWS4-HMAC-SHA256-PAYLOAD\n{{}}\n{_EMPTY_HASH}\n{content_hash}", signature)

    def check_trailer(self, content_hash: str, signature: str) -> None:
        self._check(f"AWS4-HMAC-SHA256-TRAILER\n{{}}\n{content_hash}", signature)
        self.trailer_checked = True

    def _check(self, form: str, signature: str) -> None:
        text = form.format(f"{self._context}\n{self._previous}")
        expected = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            raise AwsError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                403,
            )
        self._previous = expected


def _malformed() -> AwsError:
    return AwsError("InvalidRequest", "The body is not well-formed aws-chunked content.")
