"""Who is let in, and what the others are told, by protocol."""

import http.client
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from penstock.emulator.endpoint.guard import AWS_HOST


def send(
    emulator, headers=None, method="POST", path="/", body=b"{}", service="sagemaker", sign=True, host=None
):
    """The status and the document of one raw request, signed and then given `headers`."""
    netloc = urlsplit(emulator.endpoint_url).netloc
    target = {"X-Amz-Target": "SageMaker.ListPipelines"} if service == "sagemaker" else {}
    url = f"http://{host or netloc}{path}"
    request = AWSRequest(method, url, headers={"Host": host or netloc, **target}, data=body)
    if sign:
        keys = emulator.state.credentials
        auth = S3SigV4Auth if service == "s3" else SigV4Auth
        auth(Credentials(keys.access_key_id, keys.secret_access_key), service, "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(netloc)
    connection.request(method, path, body, {**dict(request.headers.items()), **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.read()


def said(answer):
    return answer[0], json.loads(answer[1])["message"]


def test_a_signed_request_is_let_in(emulator):
    assert send(emulator)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "sts.amazonaws.com", "10.0.0.1:80"]
)
def test_another_host_is_refused(emulator, host):
    message = f"The Host header is {host!r}; this endpoint answers to 127.0.0.1 and localhost only."
    assert said(send(emulator, {"Host": host})) == (403, message)


def test_a_web_page_is_refused(emulator):
    for origin in ("http://evil.example", "null"):
        assert said(send(emulator, {"Origin": origin})) == (
            403,
            "Requests with an Origin header (web pages) are refused.",
        )


def test_motos_control_api_is_hidden(emulator):
    for path in ("/moto-api/reset", "/MOTO-API/", "/moto-api%2freset"):
        assert said(send(emulator, path=path)) == (403, "There is no control API at this endpoint.")


def test_localhost_and_a_bucket_in_front_of_it_are_hosts_too(emulator, client, bucket):
    client("s3").put_object(Bucket=bucket, Key="a/b", Body=b"x")
    port = urlsplit(emulator.endpoint_url).port
    for host, path, answer in (
        (f"{bucket}.localhost:{port}", "/a/b", b"x"),
        (f"{bucket}.s3.localhost:{port}", "/a/b", b"x"),
        (f"localhost:{port}", f"/{bucket}/a/b", b"x"),
        (f"{bucket}.localhost:{port}", "/?list-type=2", b"<Key>a/b</Key>"),
        (f"localhost:{port}", "/", f"<Name>{bucket}</Name>".encode()),
        (f"{bucket}.localhost:{port}", "/?versioning", b"GetBucketVersioningResponse"),
    ):
        status, document = send(emulator, method="GET", path=path, body=b"", service="s3", host=host)
        assert status == 200, document
        assert answer in document


HINT = " This emulator has one key pair of its own: `penstock emulate --print-environment` shows it."
JSON_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
JSON_UNKNOWN = "The security token included in the request is invalid." + HINT


@pytest.mark.parametrize(
    ("service", "operation", "key", "status", "code", "message"),
    [
        ("sagemaker", "list_pipelines", "secret", 400, "InvalidSignatureException", JSON_MISMATCH),
        ("sagemaker", "list_pipelines", "id", 400, "UnrecognizedClientException", JSON_UNKNOWN),
        ("logs", "describe_log_groups", "id", 400, "UnrecognizedClientException", JSON_UNKNOWN),
        ("lambda", "list_functions", "secret", 403, "InvalidSignatureException", JSON_MISMATCH),
        ("lambda", "list_functions", "id", 403, "UnrecognizedClientException", JSON_UNKNOWN),
        ("iam", "list_roles", "secret", 403, "SignatureDoesNotMatch", JSON_MISMATCH),
        ("sts", "get_caller_identity", "id", 403, "InvalidClientTokenId", JSON_UNKNOWN),
        ("s3", "list_buckets", "secret", 403, "SignatureDoesNotMatch",
         "The request signature we calculated does not match the signature you provided. Check your key and "
         "signing method."),
        ("s3", "list_buckets", "id", 403, "InvalidAccessKeyId",
         "The AWS Access Key Id you provided does not exist in our records." + HINT),
    ],
)  # fmt: skip
def test_wrong_credentials_are_refused_in_the_services_own_words(
    emulator, service, operation, key, status, code, message
):
    keys = emulator.state.credentials
    client = boto3.client(
        service, endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id="AKIAWRONG" if key == "id" else keys.access_key_id,
        aws_secret_access_key="wrong" if key == "secret" else keys.secret_access_key,
    )  # fmt: skip
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)()
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, message)


def test_a_request_without_a_signature_is_refused(emulator):
    assert said(send(emulator, sign=False)) == (400, "Request is missing Authentication Token")
    status, document = send(emulator, sign=False, service="s3", method="GET", body=b"", path="/bucket/key")
    assert status == 403
    assert b"<Code>AccessDenied</Code><Message>Access Denied</Message>" in document
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, document = send(
        emulator, form, sign=False, service="iam", body=b"Action=ListRoles&Version=2010-05-08"
    )
    assert status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in document


def test_a_signature_of_another_time_is_refused(emulator):
    import time_machine

    with time_machine.travel("2020-01-01T00:00:00Z"):
        status, message = said(send(emulator))
    assert (status, message.split(" is now earlier than ")[0]) == (400, "Signature expired: 20200101T000000Z")
    with time_machine.travel("2099-01-01T00:00:00Z"):
        status, message = said(send(emulator))
    assert (status, message.split(" is still later than ")[0]) == (
        400,
        "Signature not yet current: 20990101T000000Z",
    )
    with time_machine.travel("2020-01-01T00:00:00Z"):
        status, document = send(emulator, service="s3", method="GET", body=b"")
    assert status == 403
    assert (
        b"<Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current "
        b"time is too large.</Message>" in document
    )


def test_a_body_that_was_not_signed_is_refused(emulator):
    netloc = urlsplit(emulator.endpoint_url).netloc
    keys = emulator.state.credentials
    request = AWSRequest(
        "POST", emulator.endpoint_url + "/",
        headers={"Host": netloc, "X-Amz-Target": "SageMaker.ListPipelines"}, data=b"{}",
    )  # fmt: skip
    credentials = Credentials(keys.access_key_id, keys.secret_access_key)
    SigV4Auth(credentials, "sagemaker", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(netloc)
    connection.request("POST", "/", b'{"MaxResults":1}', dict(request.headers.items()))
    answer = connection.getresponse()
    assert said((answer.status, answer.read())) == (400, JSON_MISMATCH)


def test_a_body_that_no_operation_takes_is_refused(emulator):
    huge = str(71 * 1024 * 1024)
    status, document = send(emulator, {"Content-Length": huge})
    assert (status, json.loads(document)["message"]) == (413, "Request must be smaller than 73400320 bytes")


def test_malformed_authorizations_are_refused(emulator):
    for header, message in (
        ("Basic abc", "Only Signature Version 4 (AWS4-HMAC-SHA256) is supported."),
        ("AWS4-HMAC-SHA256 nonsense", "The Credential of the authorization is missing or malformed."),
        (
            "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sagemaker/aws4_request",
            "The authorization needs Signature, SignedHeaders and X-Amz-Date.",
        ),
    ):
        assert said(send(emulator, {"Authorization": header})) == (400, message)


def test_a_connection_carries_many_requests(emulator):
    netloc = urlsplit(emulator.endpoint_url).netloc
    connection = http.client.HTTPConnection(netloc)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        connection.request("POST", "/", b"x" * 100, {"X-Amz-Target": "SageMaker.ListPipelines"})
        assert connection.getresponse().read()
        assert connection.sock.getsockname() == local


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        ("sts.us-east-1.amazonaws.com", True), ("my.bucket.s3.us-east-1.amazonaws.com", True),
        ("sts.cn-north-1.amazonaws.com.cn:443", True), ("s3.us-east-1.api.aws", True),
        ("example.com", False), ("amazonaws.com.evil.example", False), ("evilamazonaws.com", False),
        ("sts.amazonaws.com:22", False), ("", False),
    ],
)  # fmt: skip
def test_awss_hosts_are_told_from_others(host, is_aws):
    assert bool(AWS_HOST.fullmatch(host)) is is_aws
