"""What the engine has of AWS: everything that an execution does is done through one of these, as its role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.emulator.access.actor import Actor


@dataclass(frozen=True)
class Aws:
    """`call(operation, request)` is SageMaker's and raises ServiceError; `read_object(s3_uri)` gives an
    object's bytes and raises FileNotFoundError, or PermissionError; `actor` has the other services."""

    call: Callable[[str, dict[str, Any]], dict[str, Any]]
    read_object: Callable[[str], bytes]
    actor: Actor
