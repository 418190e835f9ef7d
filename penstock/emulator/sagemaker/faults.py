"""Errors that are nobody's request's fault, and those of operations that are not here."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.service_model import service_model


def not_served(operation: str) -> ServiceError:
    """UnknownOperationException if SageMaker has no such operation. If it has, NotImplementedException with
    501: it says what is so, it cannot be taken for a fault in the request (ValidationException), and no AWS
    SDK retries it (they retry 500, 502, 503 and 504)."""
    if operation in service_model("sagemaker").operation_names:
        return ServiceError(
            "NotImplementedException", f"Penstock's emulator does not serve {operation}.", 501
        )
    return ServiceError("UnknownOperationException", f"SageMaker has no operation {operation!r}.")


@contextmanager
def full_disk() -> Iterator[None]:
    """Turns a full disk into InternalFailure. An SDK retries that (some seconds) before it shows it, and goes
    on if room was made meanwhile."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        full = (
            error.errno in (errno.ENOSPC, errno.EDQUOT)
            if isinstance(error, OSError)
            else getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        )
        if not full:
            raise
        raise ServiceError(
            "InternalFailure",
            "The disk that holds the emulator's state directory is full. Make room on it and try again.",
            500,
        ) from error
