"""Every AWS service that has no handler of its own: moto, in memory, made again from a journal at the start.

What survives a restart, also a kill: all that requests made, with the same identifiers (moto draws them
from one generator, seeded for each entry) and the same times (the clock is turned back to the entry's).
What does not: KMS key material (moto takes it from the system's generator), so what was encrypted before a
restart cannot be decrypted after it. A start takes about a millisecond for each change ever made.

moto is never let near the network: operations that would call out are refused, and so are services that
nobody has looked at. It is called under one lock: identifiers must come out the same in a replay.
"""

import io
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.journal import Entry, Journal
from penstock.emulator.endpoint.payload import Payload
from penstock.emulator.endpoint.request import AwsRequest

# Signing name -> botocore's name of the service.
SERVED = {
    "s3": "s3", "sqs": "sqs", "iam": "iam", "sts": "sts", "logs": "logs", "kms": "kms", "ecr": "ecr",
    "events": "events", "lambda": "lambda", "elasticmapreduce": "emr", "emr-serverless": "emr-serverless",
}  # fmt: skip

# These would call out (HTTP, a Docker daemon), or be accepted and then never happen.
REFUSED = {
    "events": {"CreateApiDestination", "UpdateApiDestination", "CreateConnection", "UpdateConnection"},
    "lambda": {"InvokeAsync", "InvokeWithResponseStream"},
    "logs": {"PutSubscriptionFilter", "CreateExportTask"},
    "s3": {"PutBucketNotification", "PutBucketNotificationConfiguration", "PutBucketReplication",
           "PutBucketLogging", "PutBucketWebsite"},
}  # fmt: skip

# Operations that leave nothing behind. AssumeRole is answered before; what STS gives otherwise is accepted by
# nobody, so none of it is kept.
_READS = re.compile(
    r"(Get|List|Describe|Head|Search|Lookup|Filter|BatchGet|BatchCheck|Simulate|Test|Decode|Encrypt|Decrypt"
    r"|ReEncrypt|Generate|Sign|Verify|AssumeRole)"
)
# Headers that say how a request travelled, not what it asks for.
_TRANSPORT = {
    "host", "authorization", "connection", "content-length", "content-encoding", "transfer-encoding",
    "expect", "accept-encoding", "user-agent", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
    "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-decoded-content-length", "x-amz-trailer",
    "x-moto-account-id",
}  # fmt: skip

_log = logging.getLogger(__name__)


class Services:
    """moto's services for one account. One in a process: moto's state is the process's.

    `prepare` is called once moto is empty and before the journal is replayed.
    """

    def __init__(self, journal: Journal, account: str, prepare: Callable[[], None] = lambda: None) -> None:
        # Imported here: it takes half a second, and other modules want the tables above.
        from moto.core.config import default_user_config
        from moto.moto_api._internal import mock_random, moto_api_backend
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._journal = journal
        self._account = account
        self._random = mock_random
        self._application = DomainDispatcherApplication(create_backend_app)
        # Under which moto is called, and read by those who look into it.
        self.lock = threading.Lock()
        self._changed = threading.Condition(self.lock)
        self._closed = False
        # AWS's own managed policies are there for roles to attach; moto leaves them out unless told so.
        default_user_config["iam"] = {"load_aws_managed_policies": True}
        _seed_backends_apart()
        moto_api_backend.reset()
        prepare()
        self._replay()

    def __call__(self, request: AwsRequest) -> Response:
        """Answer a request. Raises AwsError for what is not served."""
        scope = request.scope
        assert scope is not None, "the guard verified the request"
        if scope.service not in SERVED:
            raise AwsError(
                "UnknownOperationException",
                f"The emulator does not serve {scope.service}; it serves SageMaker, {', '.join(SERVED)}.",
                404,
            )
        operation = operation_name(request)
        if operation in REFUSED.get(scope.service, ()):
            raise AwsError("NotImplemented", f"The emulator does not do {scope.service}:{operation}.", 501)
        body = Payload(request, request.secret).document() if request.is_s3 else request.payload_stream.read()
        entry = Entry(
            time.time(), secrets.randbits(63), request.method, request.environ["RAW_URI"],
            _asked_for(request), body,
        )  # fmt: skip
        host = request.environ["HTTP_HOST"]
        if scope.service == "sqs" and operation == "ReceiveMessage":
            return self._receive(entry, host)
        with self._changed:
            self._require_open()
            if _READS.match(operation):
                return self._run(entry, host)
            response = self._change(entry, host)
            self._changed.notify_all()
            return response

    def close(self) -> None:
        """No request changes anything from now on; who waits for messages has none."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _require_open(self) -> None:
        if self._closed:
            raise AwsError("ServiceUnavailable", "The emulator is shutting down.", 503)

    def _change(
        self, entry: Entry, host: str, happened: Callable[[Response], bool] = lambda _: True
    ) -> Response:
        # moto imports a service when it is first asked; the change is later than that second.
        self._application.get_application(_environ(entry, host, self._account))
        number = self._journal.write(replace(entry, time=time.time()))
        try:
            response = self._run(entry, host)
        except BaseException:
            self._journal.take_back(number)
            raise
        if response.status_code >= 400 or not happened(response):
            self._journal.take_back(number)
        return response

    def _receive(self, entry: Entry, host: str) -> Response:
        """SQS's long polling: moto would sleep, and others must be able to send in the meantime."""
        from penstock.emulator.endpoint import queues

        receive = queues.without_waiting(entry, self._account)
        deadline = time.monotonic() + receive.wait_seconds
        with self._changed:
            self._require_open()
            while True:
                response = self._change(receive.entry, host, queues.has_messages)
                left = deadline - time.monotonic()
                if response.status_code >= 400 or queues.has_messages(response) or left <= 0:
                    return response
                # A second at most: a message may become visible again without anybody's request.
                self._changed.wait(min(left, 1))
                if self._closed:
                    return response

    def _run(self, entry: Entry, host: str) -> Response:
        self._random.seed(entry.seed)
        try:
            return Response.from_app(self._application, _environ(entry, host, self._account), buffered=True)
        except NotImplementedError as error:
            raise AwsError("NotImplemented", str(error) or "The emulator does not do that.", 501) from error

    def _replay(self) -> None:
        entries = list(self._journal)
        if not entries:
            return
        import time_machine

        with time_machine.travel(datetime.fromtimestamp(entries[0].time, UTC)) as clock:
            for entry in entries:
                clock.move_to(datetime.fromtimestamp(entry.time, UTC))
                try:
                    response = self._run(entry, "127.0.0.1")
                except Exception:
                    _log.exception("replay of %s %s failed", entry.method, entry.uri)
                    continue
                if response.status_code >= 400:
                    _log.warning("replay of %s %s: %s", entry.method, entry.uri, response.get_data()[:500])


def _seed_backends_apart() -> None:
    """Give each of moto's backends a seed of its own for what it makes when it is first asked for (IAM's
    managed policies), which may be during another request in a replay than it was at first."""
    from moto.core.base_backend import AccountSpecificBackend
    from moto.moto_api._internal import mock_random

    get = AccountSpecificBackend.__getitem__
    if getattr(get, "is_seeded", False):
        return

    def get_or_make(self: Any, region: str) -> Any:
        if region in self.keys():
            return get(self, region)
        state = mock_random.getstate()
        mock_random.seed(f"{self.service_name} {self.account_id} {region}")
        try:
            return get(self, region)
        finally:
            mock_random.setstate(state)

    get_or_make.is_seeded = True  # type: ignore[attr-defined]
    AccountSpecificBackend.__getitem__ = get_or_make  # type: ignore[method-assign]


def operation_name(request: AwsRequest) -> str:
    """`CreateRole`, by the target, the action or the botocore model's routes. Raises AwsError."""
    if request.target:
        return request.target.rpartition(".")[2]
    if request.is_form:
        body = request.payload_stream.read()
        request.environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return str(route(request)[0].name)


def route(request: AwsRequest) -> tuple[Any, dict[str, str]]:
    """The operation (moto's extension of botocore's OperationModel) and the labels of its URI, decoded."""
    from moto.core.request import Request as MotoRequest
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    assert request.scope is not None, "the guard verified the request"
    try:
        return get_service_router(SERVED[request.scope.service]).match(
            MotoRequest(request.environ, populate_request=False)
        )
    except NotFound:
        raise AwsError("UnknownOperationException", "There is no such operation.", 404) from None


def _asked_for(request: AwsRequest) -> dict[str, str]:
    scope = request.scope
    assert scope is not None, "the guard verified the request"
    headers = {name: value for name, value in request.sent_headers if name.lower() not in _TRANSPORT}
    # moto finds region and service in the credential; a signature is not kept.
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=, Signature="
    return headers


def _environ(entry: Entry, host: str, account: str) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    builder = EnvironBuilder(
        method=entry.method,
        path=entry.uri,
        base_url=f"http://{host}",
        headers=list(entry.headers.items()),
        data=entry.body,
    )
    environ = builder.get_environ()
    environ["RAW_URI"] = environ["REQUEST_URI"] = entry.uri
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    environ.setdefault("CONTENT_LENGTH", str(len(entry.body)))
    return environ
