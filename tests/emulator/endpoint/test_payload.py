"""aws-chunked content, signed and not; the signed one is the example of Amazon S3's own documentation."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.payload import Payload
from penstock.emulator.endpoint.request import AwsRequest, Scope

# Amazon S3 API Reference, "Signature calculations for the Authorization header: transferring payload in
# multiple chunks", the example's credentials and signatures.
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = (
    (b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
)


def payload(body: bytes, binding: str, decoded: int | None = None) -> Payload:
    request = AwsRequest(
        {
            "wsgi.input": io.BytesIO(body),
            "HTTP_X_AMZ_CONTENT_SHA256": binding,
            "HTTP_X_AMZ_DATE": "20130524T000000Z",
            **({} if decoded is None else {"HTTP_X_AMZ_DECODED_CONTENT_LENGTH": str(decoded)}),
        },
        populate_request=False,
    )
    request.scope = Scope("AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3")
    request.signature = SEED
    return Payload(request, SECRET)


def signed_body(chunks) -> bytes:
    return b"".join(
        f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + b"\r\n"
        for data, signature in chunks
    )


def refusal(made: Payload) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        list(made)
    return caught.value.code, caught.value.message


def test_the_documentations_signed_chunks_are_accepted():
    made = payload(signed_body(CHUNKS), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 66560)
    assert b"".join(made) == b"a" * 66560


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_chunk_that_was_changed_is_refused(which):
    chunks = list(CHUNKS)
    data, signature = chunks[which]
    chunks[which] = (data, signature.replace(signature[0], "0" if signature[0] != "0" else "1", 1))
    assert refusal(payload(signed_body(chunks), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")) == (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
    )


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_unsigned_chunks_and_their_trailer_come_out_as_they_went_in(parts):
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    body += b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    made = payload(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", sum(map(len, parts)))
    assert b"".join(made) == b"".join(parts)
    assert made.trailers == {"x-amz-checksum-crc32": "AAAAAA=="}


@given(st.binary(max_size=300))
def test_any_bytes_are_content_or_are_refused(body):
    made = payload(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    try:
        list(made)
    except AwsError as error:
        assert error.code in ("InvalidRequest", "IncompleteBody")


@pytest.mark.parametrize(
    ("body", "binding", "decoded", "code", "message"),
    [
        (b"5\r\nab", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", None, "InvalidRequest",
         "The body is not well-formed aws-chunked content."),
        (b"1\r\na\r\n0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 2, "IncompleteBody",
         "You did not provide the number of bytes specified by the Content-Length HTTP header"),
        (b"a", "0" * 64, None, "XAmzContentSHA256Mismatch",
         "The provided 'x-amz-content-sha256' header does not match what was computed."),
        (b"a", "nonsense", None, "InvalidArgument",
         "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 "
         "value."),
    ],
)  # fmt: skip
def test_what_is_not_what_it_says_is_refused(body, binding, decoded, code, message):
    assert refusal(payload(body, binding, decoded)) == (code, message)
