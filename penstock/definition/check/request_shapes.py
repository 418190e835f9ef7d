"""The requests that a step's Arguments become, as botocore's shapes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from penstock.definition.check.document import PlacedStep
from penstock.definition.check.step_types import step_type
from penstock.definition.expressions import get, is_expression, items
from penstock.service_model import Path, input_shape, service_model

# The members that Pipelines fills in of the requests that are not a step's whole Arguments.
FILLED_IN = {
    "StepConfig": ("Name",),
    "ClusterConfig": ("Name",),
    "JobConfig": ("applicationId", "clientToken"),
    "ApplicationConfig": ("clientToken",),
}
_LINEAGE = {"Actions": "CreateAction", "Artifacts": "CreateArtifact", "Contexts": "CreateContext"}

# A shape resolves its members when they are first asked for, and keeps them: so it is kept, too.
_input = cache(input_shape)


@cache
def _step_config() -> Shape:
    return service_model("emr").shape_for("StepConfig")


def request_shapes(step: PlacedStep) -> Iterator[tuple[Shape, Any, Path]]:
    """Each request in a step's Arguments: its shape, its value, and the value's path."""
    arguments, path = step.arguments, step.at("Arguments")
    operation = step_type(step.type).operation
    if operation and "Arguments" in step.json:
        yield _input("sagemaker", operation), step.json["Arguments"], path
    elif step.type == "EMR":
        yield from _named(step, "emr", "AddJobFlowSteps", {"ExecutionRoleArn": "ExecutionRoleArn"})
        if "StepConfig" in arguments:
            yield _step_config(), arguments["StepConfig"], (*path, "StepConfig")
        if isinstance(arguments.get("ClusterConfig"), dict):
            cluster = arguments["ClusterConfig"]
            yield _input("emr", "RunJobFlow"), cluster, (*path, "ClusterConfig")
    elif step.type == "EMRServerless":
        yield from _named(
            step, "emr-serverless", "StartJobRun",
            {"ExecutionRoleArn": "executionRoleArn", "ApplicationId": "applicationId"},
        )  # fmt: skip
        for key, shape_name in (("JobConfig", "StartJobRun"), ("ApplicationConfig", "CreateApplication")):
            if key in arguments:
                yield _input("emr-serverless", shape_name), arguments[key], (*path, key)
    elif step.type == "Lineage":
        for key, operation in _LINEAGE.items():
            for index, entity in enumerate(items(get(arguments, key))):
                yield _input("sagemaker", operation), entity, (*path, key, index)


def _named(
    step: PlacedStep, service: str, operation: str, names: dict[str, str]
) -> Iterator[tuple[Shape, Any, Path]]:
    """Members of Arguments that are members of a request by themselves."""
    members = _input(service, operation).members
    for key, name in names.items():
        if step.arguments.get(key) is not None:
            yield members[name], step.arguments[key], step.at("Arguments", key)


def expressions_in(shape: Shape, value: Any, path: Path) -> Iterator[tuple[Shape, Any, Path]]:
    """The expressions inside a request, each with the shape of the member that it stands for."""
    if is_expression(value):
        yield shape, value, path
    elif isinstance(shape, StructureShape) and isinstance(value, dict):
        for key, item in value.items():
            if key in shape.members:
                yield from expressions_in(shape.members[key], item, (*path, key))
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            yield from expressions_in(shape.value, item, (*path, key))
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from expressions_in(shape.member, item, (*path, index))


def member(path: Path) -> str:
    """The member that a path leads to, by name: that of the list for an item of it."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")
