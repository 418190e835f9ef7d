"""Starting an execution, with parameters that are checked before any call starts it."""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from penstock.deployment.aws import Aws
from penstock.deployment.plan import describe
from penstock.errors import PenstockError, UsageError

_LONGEST_VALUE = 1024  # sagemaker PipelineParameter Value, service-2.json


def start(aws: Aws, pipeline: str, given: Mapping[str, str]) -> str:
    """Start the deployed pipeline with `given` parameters and return the execution's ARN.

    Raises PenstockError if the pipeline is not deployed, UsageError if the parameters do not fit it.
    """
    deployed = describe(aws, pipeline)
    if deployed is None:
        raise PenstockError(
            f"pipeline {pipeline} is not deployed",
            where=f"environment {aws.environment.name}",
            remedy="Deploy it with `penstock deploy` first.",
        )
    declared = json.loads(deployed["PipelineDefinition"]).get("Parameters") or []
    check(declared, given)
    parameters = [{"Name": name, "Value": value} for name, value in given.items()]
    # botocore makes a ClientRequestToken, so a call that is retried starts one execution.
    started = aws.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=parameters)
    return str(started["PipelineExecutionArn"])


def parse(given: Iterable[str], option: str = "-p") -> dict[str, str]:
    """The `Name=Value` texts of a command's option as a mapping. Raises UsageError."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(
                f"{text!r} is not NAME=VALUE", where=option, remedy=f"Write {option} Name=Value."
            )
        if name in values:
            raise UsageError(f"{name} is given twice", where=f"{option} {text}", remedy="Give it once.")
        values[name] = value
    return values


def check(declared: Iterable[Mapping[str, Any]], given: Mapping[str, str]) -> None:
    """Raises UsageError if `given` does not fit the definition's Parameters."""
    parameters = {parameter["Name"]: parameter for parameter in declared}
    for name, value in given.items():
        if name not in parameters:
            close = get_close_matches(name, parameters, n=1)
            raise UsageError(
                f"the pipeline has no such parameter{f'; did you mean {close[0]}?' if close else ''}",
                where=f"-p {name}",
                remedy=f"It has {', '.join(parameters)}." if parameters else "It has no parameters.",
            )
        _check_value(parameters[name], value)
    missing = [name for name in parameters if name not in given and "DefaultValue" not in parameters[name]]
    if missing:
        raise UsageError(
            f"the pipeline has no default for {', '.join(missing)}",
            remedy=f"Add {' '.join(f'-p {name}=...' for name in missing)}.",
        )


def _check_value(parameter: Mapping[str, Any], value: str) -> None:
    where = f"-p {parameter['Name']}={value}"
    kind = parameter.get("Type", "String")
    if not value:
        # The service refuses empty values of every type (facts/pipeline-execution.md, 1).
        raise UsageError(
            "the value is empty", where=where, remedy="Give a value, or leave it to its default."
        )
    if len(value) > _LONGEST_VALUE:
        raise UsageError(
            f"the value has {len(value)} characters, and AWS takes {_LONGEST_VALUE}",
            where=where[:80] + "...",
            remedy="Put it into a file in S3 and give its URI.",
        )
    if not _fits(kind, value):
        examples = {"Integer": "42", "Float": "0.85", "Boolean": "true or false"}
        raise UsageError(
            f"{value!r} is not of type {kind}",
            where=where,
            remedy=f"Give a value like {examples.get(kind, 'text')}.",
        )
    allowed = [str(item) for item in parameter.get("EnumValues") or []]
    if allowed and value not in allowed:
        raise UsageError(
            f"{value!r} is not one of the values it can take",
            where=where,
            remedy=f"They are {', '.join(allowed)}.",
        )


def _fits(kind: str, value: str) -> bool:
    if kind == "Boolean":
        return value in ("true", "false")
    if kind in ("Integer", "Float"):
        try:
            int(value) if kind == "Integer" else float(value)
        except ValueError:
            return False
    return True
