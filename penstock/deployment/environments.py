"""Where a pipeline is deployed: `environments/NAME.toml`, read and checked. It knows nothing of pipelines."""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from penstock.errors import PenstockError, UsageError
from penstock.project import Project

# What the builds of a SageMaker project are told, and which setting or tag that is (docs/ci/README.md).
_PROJECT_SETTINGS = {"SAGEMAKER_PIPELINE_ROLE_ARN": "role", "ARTIFACT_BUCKET": "bucket"}
_PROJECT_TAGS = {
    "SAGEMAKER_PROJECT_NAME": "sagemaker:project-name",
    "SAGEMAKER_PROJECT_ID": "sagemaker:project-id",
}

_ROLE = r"^arn:aws[a-z\-]*:iam::\d{12}:role/[\w+=,.@/\-]+$"
_NAME = r"^[\w+=,.@\-]{1,64}$"  # of a role or an instance profile


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
    role: Annotated[str, Field(pattern=_ROLE)]
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]$")]
    prefix: Annotated[str, Field(pattern=r"^[\w.\-]+(/[\w.\-]+)*$")] = "penstock"
    kms_key: str | None = None
    vpc: Vpc | None = None
    network_isolation: bool = False
    tags: dict[str, str] = Field(default_factory=dict)
    max_parallel_steps: Annotated[int | None, Field(ge=1)] = None
    images: dict[str, str] = Field(default_factory=dict)
    display_name_suffix: str = ""
    function_role: Annotated[str | None, Field(pattern=_ROLE)] = None
    approval_queue: Annotated[str, Field(pattern=r"^[\w\-]{1,80}$")] = "penstock-approvals"
    automatic_approval: bool = False
    emr_release: Annotated[str, Field(pattern=r"^emr-\d+\.\d+\.\d+$")] = "emr-7.5.0"
    emr_service_role: Annotated[str, Field(pattern=_NAME)] = "penstock-emr-service"
    emr_instance_profile: Annotated[str, Field(pattern=_NAME)] = "penstock-emr-instances"

    @model_validator(mode="after")
    def _roles_are_of_the_account(self) -> Self:
        for setting, role in (("role", self.role), ("function_role", self.function_role)):
            if role and role.split(":")[4] != self.account:
                raise ValueError(f"{setting} {role} is not of account {self.account}")
        return self

    @property
    def partition(self) -> str:
        """The AWS that the account is in: `aws`, `aws-cn`, `aws-us-gov`."""
        return self.role.split(":")[1]

    @property
    def approval_queue_url(self) -> str:
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{self.region}.{suffix}/{self.account}/{self.approval_queue}"

    @property
    def approval_queue_arn(self) -> str:
        return self.arn("sqs", self.approval_queue)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of the environment's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def placeholders(self) -> dict[str, Any]:
        """What `env.<name>` stands for in a definition, in the API's own shapes. None drops its key.

        vpc is a VpcConfig, tags a list of Key and Value, parallelism a ParallelismConfiguration;
        subnet is the first one of vpc.
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
            "subnet": self.vpc and self.vpc.subnets[0],
            "function_role": self.function_role,
            "approval_queue_url": self.approval_queue_url,
            "approval_queue_arn": self.approval_queue_arn,
            "automatic_approval": self.automatic_approval,
            "emr_release": self.emr_release,
            "emr_service_role": self.emr_service_role,
            "emr_instance_profile": self.emr_instance_profile,
            "emr_log_uri": f"s3://{self.bucket}/{self.prefix}/emr-logs/",
        }


def environment_names(project: Project) -> list[str]:
    return sorted(file.stem for file in project.environments.glob("*.toml"))


def load(project: Project, name: str, variables: Mapping[str, str] = os.environ) -> Environment:
    """The environment `name`, with what a SageMaker project's `variables` say instead.

    Raises UsageError if there is none, PenstockError if its file does not hold.
    """
    names = environment_names(project)
    if name not in names:
        known = f"environments/ has {', '.join(names)}." if names else "environments/ has no TOML file yet."
        raise UsageError(f"there is no environment {name!r}", remedy=known)
    file = f"environments/{name}.toml"
    try:
        settings = tomllib.loads((project.environments / f"{name}.toml").read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, or not UTF-8
        raise PenstockError(f"is not TOML: {error}", where=file, remedy="Correct that line.") from None
    given = {setting: name for name, setting in _PROJECT_SETTINGS.items() if variables.get(name)}
    try:
        return Environment.model_validate({**_overridden(settings, variables), "name": name})
    except ValidationError as error:
        raise _explained(error.errors()[0], file, given) from None


def _overridden(settings: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        setting: variables[name] for name, setting in _PROJECT_SETTINGS.items() if variables.get(name)
    }
    tags = {tag: variables[name] for name, tag in _PROJECT_TAGS.items() if variables.get(name)}
    own = settings.get("tags", {})
    if tags and isinstance(own, dict):
        values["tags"] = own | tags
    return settings | values


def _explained(error: Mapping[str, Any], file: str, given: Mapping[str, str]) -> PenstockError:
    """`given` are the settings that variables override, with the names of these."""
    key = ".".join(str(part) for part in error["loc"])
    where = f"{file}: {key}" if key else " and ".join((file, *given.values()))
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
            return PenstockError(str(error["ctx"]["error"]), where=where, remedy="Correct either of the two.")
        case _:
            complaint = error["msg"][0].lower() + error["msg"][1:]
            place = given.get(key)
            return PenstockError(
                f"{complaint}, and not {error['input']!r}",
                where=place or where,
                remedy=f"Correct {place}, or unset it." if place else f"Correct it in {file}.",
            )
