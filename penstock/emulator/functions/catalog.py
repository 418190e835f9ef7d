"""Finds functions in moto, which keeps them. The only module of this package that knows moto."""

import re
import threading
from typing import Any

from penstock.emulator.functions.function import LATEST, Archive, Function
from penstock.emulator.sagemaker.errors import ServiceError

# A name, or the whole or the end of an ARN; then perhaps a version or an alias.
_NAME = re.compile(
    r"(?:(?:arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):)?(?P<account>\d{12}):function:)?"
    r"(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>[A-Za-z0-9$_-]+))?"
)


class Catalog:
    """The functions of one account. `lock` is the one under which moto is called."""

    def __init__(self, account: str, lock: threading.Lock) -> None:
        self._account = account
        self._lock = lock

    def find(self, region: str, wanted: str, qualifier: str | None = None) -> Function:
        """The function that a name or an ARN means, with a version or an alias in it or beside it.

        Raises ServiceError: ResourceNotFoundException, InvalidParameterValueException for what is no name.
        """
        from moto.awslambda.exceptions import LambdaClientError
        from moto.awslambda.models import lambda_backends

        match = _NAME.fullmatch(wanted)
        if match is None:
            raise ServiceError("InvalidParameterValueException", f"Invalid function name: {wanted}")
        asked = match["qualifier"] or qualifier or LATEST
        unqualified = f"arn:aws:lambda:{region}:{self._account}:function:{match['name']}"
        arn = unqualified if asked == LATEST else f"{unqualified}:{asked}"
        missing = ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        if match["region"] not in (None, region) or match["account"] not in (None, self._account):
            raise missing
        with self._lock:
            backend = lambda_backends[self._account][region]
            try:
                latest = backend.get_function(match["name"], LATEST)
                found = backend.get_function(match["name"], asked)
            except LambdaClientError:
                raise missing from None
            layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in found.layers]
            version = LATEST if found is latest else str(found.version)
            return _function(found, unqualified, version, layers, latest)


def _function(found: Any, arn: str, version: str, layers: list[Any], latest: Any) -> Function:
    if found.package_type != "Zip":
        raise ServiceError(
            "InvalidRuntimeException",
            f"{arn} is a container image. The emulator runs functions that are zip files.",
        )
    asynchronous = found.event_invoke_config[-1].config if found.event_invoke_config else {}
    return Function(
        name=found.function_name,
        arn=arn,
        version=version,
        role=found.role,
        runtime=found.run_time,
        handler=found.handler,
        timeout=float(found.timeout),
        memory=int(found.memory_size),
        environment=tuple(sorted(found.environment_vars.items())),
        code=Archive(found.code_sha_256, found.code_bytes),
        layers=tuple(Archive(layer.code_sha_256, layer.code_bytes) for layer in layers if layer),
        concurrency=latest.reserved_concurrency,
        retries=int(asynchronous.get("MaximumRetryAttempts", 2)),
    )
