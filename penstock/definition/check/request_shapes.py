"""The requests that a step's Arguments become, as botocore's shapes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

from penstock.definition.check.document import PlacedStep
from penstock.definition.check.step_types import step_type
from penstock.definition.expressions import get, items
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
        if "StepConfig" in arguments:
            yield _step_config(), arguments["StepConfig"], (*path, "StepConfig")
        if isinstance(arguments.get("ClusterConfig"), dict):
            cluster = arguments["ClusterConfig"]
            yield _input("emr", "RunJobFlow"), cluster, (*path, "ClusterConfig")
    elif step.type == "EMRServerless":
        for key, shape_name in (("JobConfig", "StartJobRun"), ("ApplicationConfig", "CreateApplication")):
            if key in arguments:
                yield _input("emr-serverless", shape_name), arguments[key], (*path, key)
    elif step.type == "Lineage":
        for key, operation in _LINEAGE.items():
            for index, entity in enumerate(items(get(arguments, key))):
                yield _input("sagemaker", operation), entity, (*path, key, index)
