"""Function: a Lambda function that a pipeline brings along, made from a script or a folder of the project.

Compile writes it into the manifest, deploy creates the function or updates what changed. It knows Lambda's
configuration, and nothing of steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from penstock.errors import PenstockError
from steps.placeholders import asset, env, function
from steps.request import check_request


@dataclass(frozen=True)
class Function:
    """`source` is a Python file, or a folder of files, by its path from the project's root.

    Its name at AWS is `<pipeline name>-<name>`, with hyphens for underscores. `handler` is MODULE.FUNCTION,
    by default `handler` in the script. `timeout` is in seconds, `memory` in MB. The values of `environment`
    may hold placeholders. The messages of `queue` (an ARN) invoke the function, if it is given. What is not
    `enabled` (a boolean, or a placeholder that gives one) is not deployed.
    """

    name: str
    source: str
    description: str
    handler: str = ""
    runtime: str = "python3.11"
    timeout: int = 600
    memory: int = 256
    role: str = field(default_factory=lambda: env("function_role"))
    environment: Mapping[str, str] = field(default_factory=dict)
    queue: str | None = None
    enabled: bool | str = True

    def __post_init__(self) -> None:
        """Raises PenstockError if the configuration does not fit CreateFunction."""
        where = f"function {self.name}"
        function(self.name)
        asset(self.source)
        if not self.description:
            raise PenstockError("description is missing", where=where)
        if not self.handler:
            path = PurePosixPath(self.source)
            if path.suffix != ".py":
                raise PenstockError(
                    "handler is missing",
                    where=where,
                    remedy="For a folder, give it as MODULE.FUNCTION.",
                )
            object.__setattr__(self, "handler", f"{path.stem}.handler")
        request = {
            "FunctionName": self.name,
            "Code": {"ZipFile": ""},
            "Handler": self.handler,
            "Description": self.description,
            "Runtime": self.runtime,
            "Timeout": self.timeout,
            "MemorySize": self.memory,
            "Role": self.role,
            "Environment": {"Variables": dict(self.environment)},
        }
        check_request(where, "CreateFunction", request, service="lambda")

    @property
    def arn(self) -> str:
        """The placeholder of its ARN."""
        return function(self.name)

    def to_manifest(self) -> dict[str, Any]:
        """Its entry in the manifest, but for the digest of the code."""
        return {
            "source": str(PurePosixPath(self.source)),
            "handler": self.handler,
            "description": self.description,
            "runtime": self.runtime,
            "timeout": self.timeout,
            "memory": self.memory,
            "role": self.role,
            "environment": dict(self.environment),
            "queue": self.queue,
            "enabled": self.enabled,
        }
