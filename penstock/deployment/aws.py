"""The AWS clients of an environment, and the one place where AWS's errors become Penstock's.

boto3 finds credentials and AWS_ENDPOINT_URL as it does anywhere; nothing here asks which AWS answers.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from botocore import exceptions as failures
from botocore.parsers import ResponseParserError

import penstock
from penstock.deployment.environments import Environment
from penstock.errors import PenstockError
from penstock.service_model import loader

Result = TypeVar("Result")

# Codes of a resource that is not there. SageMaker's older operations say it as a ValidationException.
_MISSING = {
    "404",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchEntity",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
}
_CONFLICT = {
    "ConflictException",
    "ResourceConflictException",
    "ResourceInUse",
    "ResourceInUseException",
}
_THROTTLED = {
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "SlowDown",
    "RequestLimitExceeded",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
_BAD_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
}
UNREACHABLE = (
    failures.EndpointConnectionError,
    failures.ConnectTimeoutError,
    failures.ReadTimeoutError,
    failures.ConnectionClosedError,
    failures.ProxyConnectionError,
    failures.SSLError,
    failures.ResponseStreamingError,  # in the middle of what is read
    failures.IncompleteReadError,
)
_NO_CREDENTIALS = (
    failures.NoCredentialsError,
    failures.PartialCredentialsError,
    failures.CredentialRetrievalError,
    failures.ProfileNotFound,
    failures.SSOError,
    failures.TokenRetrievalError,
)


class Aws:
    """The clients that a deployment talks through. A client is made when it is first used."""

    def __init__(self, environment: Environment) -> None:
        # Commands that ask AWS nothing import this module for its types, and need not wait for boto3.
        import boto3
        import botocore.session

        self.environment = environment
        session = botocore.session.get_session()
        # A service's model takes a tenth of a second to read: requests are checked by it too.
        session.register_component("data_loader", loader())
        self._session = boto3.session.Session(region_name=environment.region, botocore_session=session)

    def client(self, service: str, attempts: int = 5) -> Any:
        from botocore.config import Config

        config = Config(
            # Standard mode retries throttling, 5xx and broken connections, with growing pauses up to 20 s.
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=10,
            user_agent_extra=f"penstock/{penstock.__version__}",
        )
        return self._session.client(service, config=config)

    @cached_property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def iam(self) -> Any:
        return self.client("iam")

    @cached_property
    def logs(self) -> Any:
        return self.client("logs")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def functions(self) -> Any:
        return self.client("lambda")

    @cached_property
    def sts(self) -> Any:
        return self.client("sts", attempts=2)  # the first call: an endpoint that is down is told at once


@contextmanager
def connect(environment: Environment) -> Iterator[Aws]:
    """The clients of an environment; AWS errors that a person can mend leave as PenstockError."""
    try:
        yield Aws(environment)
    except (failures.ClientError, failures.BotoCoreError) as error:
        explained = explain(error, environment)
        if explained is None:
            raise
        raise explained from error
    except ResponseParserError as error:
        raise PenstockError(
            "what answers there is not AWS",
            where=f"environment {environment.name}",
            remedy="Check AWS_ENDPOINT_URL and the proxy settings.",
        ) from error
    except ValueError as error:
        if not str(error).startswith("Invalid endpoint"):  # botocore, for an AWS_ENDPOINT_URL that is no URL
            raise
        raise PenstockError(
            "is not a URL", where=f"AWS_ENDPOINT_URL{str(error)[16:]}", remedy="Set it to one, or unset it."
        ) from error


def code(error: Exception) -> str:
    """AWS's code of an error; empty for what never reached AWS."""
    if not isinstance(error, failures.ClientError):
        return ""
    return str(error.response.get("Error", {}).get("Code", ""))


def message(error: failures.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "")) or "no message"


def is_missing(error: failures.ClientError) -> bool:
    """Whether AWS says that what was asked about is not there."""
    return code(error) in _MISSING or (
        code(error) == "ValidationException" and "could not find" in message(error).lower()
    )


def is_conflict(error: failures.ClientError) -> bool:
    """Whether another change of the same resource came between (facts/pipeline-execution.md, 4)."""
    return code(error) in _CONFLICT or (
        code(error) == "ValidationException" and "already exists" in message(error)
    )


def is_denied(error: failures.ClientError) -> bool:
    return code(error) in _DENIED


def is_passing(error: Exception) -> bool:
    """Whether trying again later may help: throttling, an internal error, no connection."""
    if isinstance(error, failures.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        # Neither what a service does not do (501) nor a full disk (507) mends itself.
        return code(error) in _THROTTLED or (status >= 500 and status not in (501, 507))
    return isinstance(error, UNREACHABLE)


def persistently(
    call: Callable[[], Result],
    *,
    patience: float = 300,
    pause: float = 2,
    on_trouble: Callable[[Exception], None] = lambda _: None,
) -> Result:
    """The call's result, through failures that pass within `patience` (s); `on_trouble` gets the first."""
    deadline = None
    while True:
        try:
            return call()
        except (failures.ClientError, failures.BotoCoreError) as error:
            if not is_passing(error):
                raise
            if deadline is None:
                deadline = time.monotonic() + patience
                on_trouble(error)
            elif time.monotonic() > deadline:
                raise
            time.sleep(pause)


def explain(error: Exception, environment: Environment) -> PenstockError | None:
    """Where, what, and what to do about an error of botocore; None if it is none that a person can mend."""
    here = f"environment {environment.name}"
    if isinstance(error, UNREACHABLE):
        return PenstockError(
            "cannot be reached",
            where=str(getattr(error, "kwargs", {}).get("endpoint_url", here)),
            remedy="Check the network, and AWS_ENDPOINT_URL if it is set: does what it names run"
            " (`penstock emulate`)?",
        )
    if isinstance(error, _NO_CREDENTIALS):
        return PenstockError(
            f"there are no usable AWS credentials: {_sentence(error)}",
            where=here,
            remedy="Log in (`aws sso login`, AWS_PROFILE), or run it under `penstock emulate -- ...`.",
        )
    if not isinstance(error, failures.ClientError):
        return None
    where = f"{error.operation_name} ({here})"
    if code(error) in _BAD_CREDENTIALS:
        return PenstockError(
            f"AWS refuses the credentials: {message(error)}",
            where=where,
            remedy="Log in again, and check AWS_PROFILE and the AWS_* variables.",
        )
    if is_denied(error):
        return PenstockError(
            f"access denied: {message(error)}",
            where=where,
            remedy=f"Ask whoever looks after account {environment.account} for the permission.",
        )
    if is_passing(error):
        return PenstockError(
            f"AWS is still too busy after several attempts: {code(error)}: {message(error)}",
            where=where,
            remedy="Run the command again in some minutes; what it has done so far it will not do twice.",
        )
    return PenstockError(
        f"AWS refuses the request: {code(error)}: {message(error)}",
        where=where,
        remedy="Correct what it names and run the command again.",
    )


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".")
