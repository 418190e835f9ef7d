"""Where a pipeline is deployed: `environments/NAME.toml`, read and checked. It knows nothing of pipelines."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from penstock.errors import PenstockError, UsageError
from penstock.project import Project


class _Settings(BaseModel):
    # Strict: an account id without quotes is a number that has lost its leading zeros, not an account id.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Vpc(_Settings):
    subnets: Annotated[list[str], Field(min_length=1, max_length=16)]
    security_group_ids: Annotated[list[str], Field(min_length=1, max_length=5)]


class Environment(_Settings):
    """The account and the infrastructure that the placeholders of a definition stand for."""

    name: str
    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d$")]
    role: Annotated[str, Field(pattern=r"^arn:aws[a-z\-]*:iam::\d{12}:role/[\w+=,.@/\-]+$")]
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]$")]
    prefix: Annotated[str, Field(pattern=r"^[\w.\-]+(/[\w.\-]+)*$")] = "penstock"
    kms_key: str | None = None
    vpc: Vpc | None = None
    network_isolation: bool = False
    tags: dict[str, str] = Field(default_factory=dict)
    max_parallel_steps: Annotated[int | None, Field(ge=1)] = None
    images: dict[str, str] = Field(default_factory=dict)
    display_name_suffix: str = ""

    @model_validator(mode="after")
    def _role_is_of_the_account(self) -> Self:
        if self.role.split(":")[4] != self.account:
            raise ValueError(f"role {self.role} is not of account {self.account}")
        return self

    @property
    def role_name(self) -> str:
        return self.role.rpartition("/")[2]

    def placeholders(self) -> dict[str, Any]:
        """What `env.<name>` stands for in a definition, in the API's own shapes. None drops its key.

        vpc is a VpcConfig, tags a list of Key and Value, parallelism a ParallelismConfiguration.
        """
        return {
            "name": self.name,
            "account": self.account,
            "region": self.region,
            "role": self.role,
            "bucket": self.bucket,
            "prefix": self.prefix,
            "kms_key": self.kms_key,
            "vpc": self.vpc
            and {"SecurityGroupIds": self.vpc.security_group_ids, "Subnets": self.vpc.subnets},
            "network_isolation": self.network_isolation,
            "tags": [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())],
            "parallelism": self.max_parallel_steps and {"MaxParallelExecutionSteps": self.max_parallel_steps},
            "display_name_suffix": self.display_name_suffix,
        }


def environment_names(project: Project) -> list[str]:
    return sorted(file.stem for file in project.environments.glob("*.toml"))


def load(project: Project, name: str) -> Environment:
    """The environment `name`. Raises UsageError if there is none, PenstockError if its file does not hold."""
    names = environment_names(project)
    if name not in names:
        known = f"environments/ has {', '.join(names)}." if names else "environments/ has no TOML file yet."
        raise UsageError(f"there is no environment {name!r}", remedy=known)
    file = f"environments/{name}.toml"
    try:
        settings = tomllib.loads((project.environments / f"{name}.toml").read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, or not UTF-8
        raise PenstockError(f"is not TOML: {error}", where=file, remedy="Correct that line.") from None
    try:
        return Environment.model_validate({**settings, "name": name})
    except ValidationError as error:
        raise _explained(error.errors()[0], file) from None


def _explained(error: Mapping[str, Any], file: str) -> PenstockError:
    key = ".".join(str(part) for part in error["loc"])
    where = f"{file}: {key}" if key else file
    match error["type"]:
        case "missing":
            return PenstockError("is missing", where=where, remedy=f"Add {key} to {file}.")
        case "extra_forbidden":
            settings = sorted(set(Environment.model_fields) - {"name"})
            close = get_close_matches(key, settings, n=1)
            return PenstockError(
                f"is not a setting{f'; did you mean {close[0]}?' if close else ''}",
                where=where,
                remedy=f"The settings are {', '.join(settings)}.",
            )
        case "value_error":
            return PenstockError(str(error["ctx"]["error"]), where=file, remedy="Correct either of the two.")
        case _:
            complaint = error["msg"][0].lower() + error["msg"][1:]
            return PenstockError(
                f"{complaint}, and not {error['input']!r}", where=where, remedy=f"Correct it in {file}."
            )
