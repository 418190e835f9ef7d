"""The functions that a manifest asks for, as Lambda knows them: names, requests and code. No call is made."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from penstock.definition.compiled import Function, Manifest
from penstock.deployment import assets, tags
from penstock.deployment.assets import Upload
from penstock.deployment.environments import Environment
from penstock.deployment.functions.package import package
from penstock.deployment.render import render
from penstock.errors import PenstockError
from penstock.project import Project
from penstock.service_model import input_shape, validate

# The tag that says which pipeline brought a function along.
PIPELINE_TAG = "penstock:pipeline"

_LONGEST_NAME = 64  # Lambda's; the service model has the limit of an ARN
_LARGEST_PACKAGE = 50_000_000  # bytes, of a zip file that is sent with the request


@dataclass(frozen=True)
class Wanted:
    """A function as it should be. `configuration` holds members of CreateFunction, `code` is the zip file.

    `queue` is the ARN of the SQS queue whose messages invoke it, None if there is none.
    """

    name: str
    configuration: dict[str, Any]
    code: Upload
    tags: dict[str, str]
    queue: str | None

    @property
    def code_sha256(self) -> str:
        """As Lambda's CodeSha256 gives it."""
        return base64.b64encode(bytes.fromhex(self.code.sha256)).decode()

    def request(self, code: bytes) -> dict[str, Any]:
        """The CreateFunction request, with the content of the zip file."""
        given = {"ZipFile": code}
        return {"FunctionName": self.name, **self.configuration, "Code": given, "Tags": self.tags}


def function_name(pipeline: str, name: str) -> str:
    """The FunctionName of the pipeline's function `name`."""
    return f"{pipeline}-{name.replace('_', '-')}"


def is_enabled(function: Function, names: Mapping[str, Any], where: str) -> bool:
    """Whether the function is deployed where `names` are what placeholders can use.

    Raises PenstockError, which names `where`, if that cannot be rendered.
    """
    return bool(render({"enabled": function.enabled}, names, where).get("enabled"))


def function_arn(manifest: Manifest, environment: Environment, pipeline: str, name: str) -> str:
    """The ARN that the function has in the environment, deployed or not.

    Raises PenstockError if the manifest has no such function, or the environment does without it.
    """
    if name not in manifest.functions:
        raise PenstockError(
            f"{name!r} is not a function of the manifest",
            remedy=f"The functions are {', '.join(sorted(manifest.functions)) or 'none'}.",
        )
    function = manifest.functions[name]
    if not is_enabled(function, {"env": environment.placeholders()}, _place(manifest, name)):
        raise PenstockError(
            f"function {name!r} is not deployed in environment {environment.name}",
            remedy=f"Its `enabled` is {function.enabled}: change that, or do without the function.",
        )
    return environment.arn("lambda", f"function:{function_name(pipeline, name)}")


def of_manifest(
    project: Project,
    manifest: Manifest,
    environment: Environment,
    pipeline: str,
    names: Mapping[str, Any],
) -> list[Wanted]:
    """The functions that are deployed in the environment; `names` are what their placeholders can use.

    Raises PenstockError for what cannot be rendered, or what Lambda does not take.
    """
    return [
        _wanted(project, environment, pipeline, name, function, names, _place(manifest, name))
        for name, function in sorted(manifest.functions.items())
        if is_enabled(function, names, _place(manifest, name))
    ]


def _wanted(
    project: Project,
    environment: Environment,
    pipeline: str,
    name: str,
    function: Function,
    names: Mapping[str, Any],
    where: str,
) -> Wanted:
    rendered = render(asdict(function), names, where)
    if "role" not in rendered:
        raise PenstockError(
            f"is not set, and the pipeline brings a function along ({name})",
            where=f"environments/{environment.name}.toml: function_role",
            remedy=f"Add function_role to environments/{environment.name}.toml.",
        )
    variables = {key: _text(value) for key, value in rendered["environment"].items()}
    code = package(project.root / function.source)
    labels = [*environment.placeholders()["tags"], {"Key": PIPELINE_TAG, "Value": pipeline}]
    wanted = Wanted(
        name=function_name(pipeline, name),
        configuration={
            "Role": rendered["role"],
            "Handler": function.handler,
            "Runtime": function.runtime,
            "Timeout": function.timeout,
            "MemorySize": function.memory,
            "Description": function.description,
            "Environment": {"Variables": variables},
        },
        code=assets.of_bytes(f"{name}.zip", code, environment),
        tags=tags.as_dict(tags.marked(labels)),
        queue=rendered.get("queue"),
    )
    _check(wanted, code, where)
    return wanted


def _check(wanted: Wanted, code: bytes, where: str) -> None:
    if len(wanted.name) > _LONGEST_NAME:
        raise PenstockError(
            f"the name {wanted.name} has {len(wanted.name)} characters, and Lambda takes {_LONGEST_NAME}",
            where=where,
            remedy="Shorten the name of the function, or of its pipeline.",
        )
    if wanted.code.size > _LARGEST_PACKAGE:
        raise PenstockError(
            f"the code is {wanted.code.size:,} bytes, and Lambda takes {_LARGEST_PACKAGE:,}",
            where=where,
            remedy="Leave out of its folder what the function does not need.",
        )
    problems = validate(input_shape("lambda", "CreateFunction"), wanted.request(code))
    if problems:
        raise PenstockError(problems[0].message, where=where, remedy="Correct it in the pipeline's module.")


def _place(manifest: Manifest, name: str) -> str:
    return f"compiled/{manifest.name}.assets.json: functions.{name}"


def _text(value: Any) -> str:
    """A placeholder's value as the text of an environment variable."""
    return value if isinstance(value, str) else json.dumps(value)
