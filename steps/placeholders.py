"""Placeholders: what a definition leaves open until it is deployed to an environment.

Each function gives the text that `penstock render` replaces. A string that is exactly one placeholder takes
the value's own JSON type, and a value of null drops its key; so a placeholder may stand for a boolean, a
list or an object as well. It knows the notation, and nothing of any environment's values.
"""

import re
from pathlib import PurePosixPath

from penstock.errors import PenstockError

_ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9_]*")
_IMAGE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_]*")


def env(name: str) -> str:
    """A value of the environment: `env("role")`. The names are those of environments/*.toml."""
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise PenstockError(
            f"{name!r} cannot be the name of an environment's value",
            where="env()",
            remedy='Names are lower case: env("role"), env("kms_key").',
        )
    return f"{{{{ env.{name} }}}}"


def image(name: str) -> str:
    """The registry URI of an AWS container image in the environment's region: `image("scikit-learn")`."""
    if not _IMAGE_NAME.fullmatch(name):
        raise PenstockError(
            f"{name!r} cannot be the name of an image",
            where="image()",
            remedy='Name it as AWS does, without registry or tag: image("scikit-learn").',
        )
    return f'{{{{ image("{name}") }}}}'


def asset(path: str) -> str:
    """The S3 URI that a file of the project is published at: `asset("jobs/prepare_data.py")`.

    `path` is relative to the project's root. Compile records the file's content in the manifest.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or re.search(r"[\"'\\{}]", path):
        raise PenstockError(
            f"{path!r} cannot be an asset",
            where="asset()",
            remedy='Give a path inside the project, from its root: asset("jobs/prepare_data.py").',
        )
    return f'{{{{ asset("{PurePosixPath(path)}") }}}}'


def function(name: str) -> str:
    """The ARN of a Lambda function that the pipeline brings along: `function("deploy_endpoint")`."""
    if not _FUNCTION_NAME.fullmatch(name):
        raise PenstockError(
            f"{name!r} cannot be the name of a function",
            where="function()",
            remedy='Names are lower case: function("deploy_endpoint").',
        )
    return f'{{{{ function("{name}") }}}}'


def generated(path: str) -> str:
    """The S3 URI of a file that a step generates, `STEP/FILE`: compile makes it an asset of the pipeline."""
    return f'{{{{ generated("{path}") }}}}'
