"""What a reference leads to: the members of a step's Describe response, by botocore's models.

It follows a path into a shape and says the type that it ends at, or where it stops. It knows nothing of
rules. The responses by step type: facts/pipeline-execution.md, section 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape

from penstock.definition.check.document import Document, PlacedStep, parameter_type
from penstock.definition.check.step_types import STEP_TYPES, step_type
from penstock.definition.expressions import Reference, get, items
from penstock.service_model import Path, service_model

ANY = "any"

_SHAPES = {
    "Processing": "DescribeProcessingJobResponse",
    "Training": "DescribeTrainingJobResponse",
    "Tuning": "DescribeHyperParameterTuningJobResponse",
    "AutoML": "DescribeAutoMLJobResponse",
    "Transform": "DescribeTransformJobResponse",
    "Model": "DescribeModelOutput",
    "RegisterModel": "DescribeModelPackageOutput",
    "EndpointConfig": "DescribeEndpointConfigOutput",
    "Endpoint": "DescribeEndpointOutput",
    "InferenceComponent": "DescribeInferenceComponentOutput",
    "Job": "DescribeJobResponse",
}
_CHECK = {"CalculatedBaselineConstraints": "string", "BaselineUsedForDriftCheckConstraints": "string"}
_COUNTS = ("InputItemCount", "TotalStepCount", "SucceededStepCount", "FailedStepCount", "StoppedStepCount")
# What Pipelines adds to the response, and the responses that are its own.
_OWN: dict[str, dict[str, Any]] = {
    "AutoML": {
        "BestCandidateProperties": {
            "ModelInsightsJsonReportPath": "string",
            "ExplainabilityJsonReportPath": "string",
        }
    },
    "QualityCheck": {
        **_CHECK,
        "CalculatedBaselineStatistics": "string",
        "BaselineUsedForDriftCheckStatistics": "string",
    },
    "ClarifyCheck": _CHECK,
    "Condition": {"Outcome": "boolean"},
    "EMR": {"ClusterId": "string", "ClusterConfig": ANY},
    "Job": {"JobConfigDocument": ANY},  # a JSON string whose members can be referred to (SDK3 steps.py)
    "Lineage": {"ActionArns": ANY, "ArtifactArns": ANY, "ContextArns": ANY, "Associations": ANY},
    "ForEach": {"Status": "string", **dict.fromkeys(_COUNTS, "integer")},
}
# A list may be read by the name of its items (section 1.1).
_NAME_MEMBERS = ("OutputName", "InputName", "MetricName", "ChannelName")

Node: TypeAlias = Shape | Mapping[Any, Any] | str


@dataclass(frozen=True)
class Dead:
    """A path that leads nowhere: the part that is not there, what it was looked for in, and what is there."""

    part: str | int
    within: str
    known: tuple[str, ...]
    of_list: bool = False


def has_response(step: PlacedStep) -> bool:
    """Whether there is anything to refer to; of a Fail or Cleanup step there is not."""
    return step.type not in ("Fail", "Cleanup")


def follow(document: Document, step: PlacedStep, path: tuple[str | int, ...]) -> Node | Dead:
    """What `Steps.<step>.<path>` leads to: a shape, a mapping of members, or the name of a type."""
    if step.type not in STEP_TYPES or not step_type(step.type).documented:
        return ANY
    if step.type == "ForEach" and path[:1] in (("IterationOutputs",), ("Selected",)):
        return _iteration(document, step, path)
    node: Node | Dead = _response(step)
    for depth, part in enumerate(path):
        node = _step_into(node, part, ".".join(str(part) for part in path[:depth]) or step.name)
        if isinstance(node, Dead) or node == ANY:
            break
    return node


def reference_type(document: Document, reference: Reference) -> str:
    """The type of a reference's value: string, integer, float, boolean, structure, list, map, or any."""
    parts = reference.parts or ()
    if parts[:1] == ("Parameters",) and len(parts) == 2:
        parameter = document.parameters.get(str(parts[1]))
        kind = ANY if parameter is None else parameter_type(parameter)
        return {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}.get(
            str(kind), ANY
        )
    if parts[:1] in (("Execution",), ("PipelineExperimentConfig",)):
        return ANY if parts[-1] in ("StartDateTime", "CurrentDateTime") else "string"
    return type_of(_led_to(document, parts))


def reference_shape(document: Document, reference: Reference) -> Shape | None:
    """The shape of a value that a step's response has; None of any other value."""
    node = _led_to(document, reference.parts or ())
    return node if isinstance(node, Shape) else None


def _led_to(document: Document, parts: Path) -> Node | Dead:
    step = document.by_name.get(str(parts[1])) if parts[:1] == ("Steps",) and len(parts) > 2 else None
    return ANY if step is None else follow(document, step, parts[2:])


def type_of(node: Node | Dead) -> str:
    if isinstance(node, Shape):
        name = str(node.type_name)
        return {"long": "integer", "double": "float", "timestamp": ANY, "char": "string"}.get(name, name)
    if isinstance(node, str):
        return node
    return "structure" if isinstance(node, Mapping) else ANY


def _response(step: PlacedStep) -> Node:
    own = _OWN.get(step.type, {})
    if step.type in ("Lambda", "Callback"):
        types = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}
        return {"OutputParameters": {name: types.get(kind, ANY) for name, kind in step.outputs.items()}}
    if step.type == "EMR":
        return {**_members("emr", "Step"), **own}
    if step.type == "EMRServerless":
        return _members("emr-serverless", "GetJobRunResponse")
    if step.type not in _SHAPES:
        return own
    members = {**_members("sagemaker", _SHAPES[step.type]), **own}
    if step.type == "Tuning":
        members |= _members("sagemaker", "ListTrainingJobsForHyperParameterTuningJobResponse")
    return members


@cache
def _members(service: str, shape: str) -> Mapping[str, Shape]:
    # A shape resolves its members when they are first asked for, and keeps them: so they are kept, too.
    return dict(service_model(service).shape_for(shape).members)


def _step_into(node: Node | Dead, part: str | int, within: str) -> Node | Dead:
    if isinstance(node, StructureShape):
        node = node.members
    if isinstance(node, Mapping):
        return node[part] if part in node else Dead(part, within, tuple(node))
    if isinstance(node, MapShape):
        return node.value if isinstance(part, str) else Dead(part, within, ())
    if isinstance(node, ListShape):
        named = isinstance(node.member, StructureShape) and any(
            member in node.member.members for member in _NAME_MEMBERS
        )
        return node.member if isinstance(part, int) or named else Dead(part, within, (), of_list=True)
    return Dead(part, within, ())


def _iteration(document: Document, step: PlacedStep, path: tuple[str | int, ...]) -> Node | Dead:
    """`IterationOutputs[i].<body step>.<member>`, and `Selected.<member>` of whichever body step compared."""
    body = {
        inner.name: inner for inner in document.steps if inner.branches[-1:] == ((step.name, "ForEachBody"),)
    }
    if path[0] == "Selected":
        field = get(step.arguments, "Selector", "Field", "Get")
        chosen = body.get(field.split(".")[1]) if isinstance(field, str) and field.count(".") else None
        return ANY if chosen is None else follow(document, chosen, path[1:])
    if len(path) < 2 or not isinstance(path[1], int):
        return Dead(path[1] if len(path) > 1 else "", "IterationOutputs", ())
    if len(path) < 3 or path[2] not in body:
        return Dead(path[2] if len(path) > 2 else "", f"IterationOutputs[{path[1]}]", tuple(body))
    return follow(document, body[str(path[2])], path[3:])


@dataclass(frozen=True)
class Lookup:
    """A name that a path looks up in a list of the step's own request. The list's items, each called `what`,
    have the names `known`."""

    what: str
    name: str
    known: list[str]


def name_lookup(step: PlacedStep, path: tuple[str | int, ...]) -> Lookup | None:
    """What a path looks up by name in the step's own request; None if nothing, or not all names are known."""
    for list_path, member, what in (
        (("ProcessingOutputConfig", "Outputs"), "OutputName", "output"),
        (("ProcessingInputs",), "InputName", "input"),
        (("InputDataConfig",), "ChannelName", "channel"),
    ):
        at = len(list_path)
        if path[:at] != list_path or len(path) <= at or not isinstance(path[at], str):
            continue
        entries = get(step.arguments, *list_path)
        names = [get(entry, member) for entry in items(entries)]
        if step_type(step.type).operation and (entries is None or isinstance(entries, list)):
            known = [name for name in names if isinstance(name, str) and "{{" not in name]
            return Lookup(what, str(path[at]), known) if len(known) == len(names) else None
    return None
