"""PS101-PS108, PS111, PS112: whether a definition is written in the grammar that Pipelines reads.

It looks at keys and at what must stand behind them, and not at what requests or references mean
(facts/pipeline-execution.md, sections 1 and 1.3).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.definition.check.document import Document, PlacedStep, parameter_type
from penstock.definition.check.families.conditions import check_conditions
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import (
    ANY,
    BOOLEAN,
    INTEGER,
    LIST,
    NUMBER,
    OBJECT,
    SCALAR,
    TEXT,
    WORD,
    an,
    check_kind,
    check_member,
    check_object,
    is_kind,
    shown,
)  # fmt: skip
from penstock.definition.check.step_types import STEP_TYPES, step_type
from penstock.definition.check.suggest import did_you_mean
from penstock.definition.expressions import FUNCTIONS, get, is_function, is_open, items, walk
from penstock.definition.structure import BRANCHES
from penstock.service_model import Path, input_shape

VERSION = "2020-12-01"
PARAMETER_TYPES = {"String": TEXT, "Integer": INTEGER, "Float": NUMBER, "Boolean": BOOLEAN}
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
EXCEPTION_TYPES = (
    "Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT", "Emr.RESOURCE_LIMIT",
)  # fmt: skip
CHECK_TYPES = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}

_OF_EXECUTIONS = {
    "PipelineExperimentConfig": ("ExperimentName", "TrialName"),
    "MlflowConfig": ("MlflowResourceArn", "MlflowExperimentName"),
}
# What others refer to by its name, or what decides how the rest is read, is known from the start.
_DOCUMENT = {
    "Version": WORD, "Metadata": OBJECT, "Parameters": LIST, "PipelineExperimentConfig": OBJECT,
    "MlflowConfig": OBJECT, "Steps": LIST,
}  # fmt: skip
_PARAMETER = {"Name": WORD, "Type": WORD, "DefaultValue": SCALAR, "EnumValues": LIST, "Description": TEXT}
_STEP_KINDS = {
    "Name": WORD, "Type": WORD, "Arguments": OBJECT, "DisplayName": TEXT, "Description": TEXT,
    "DependsOn": LIST, "CacheConfig": OBJECT, "RetryPolicies": LIST, "PropertyFiles": LIST,
    "OutputParameters": LIST, "SkipCheck": BOOLEAN, "FailOnViolation": BOOLEAN,
    "RegisterNewBaseline": BOOLEAN,
    "CheckType": WORD, "ModelPackageGroupName": TEXT, "ModelName": TEXT, "FunctionArn": TEXT,
    "SqsQueueUrl": TEXT, "SuppliedBaselineStatistics": TEXT, "SuppliedBaselineConstraints": TEXT,
}  # fmt: skip
_ARGUMENT_KINDS = {
    "Conditions": LIST, "IfSteps": LIST, "ElseSteps": LIST, "ErrorMessage": TEXT, "StepConfig": OBJECT,
    "ClusterId": TEXT, "ClusterConfig": OBJECT, "ExecutionRoleArn": TEXT, "JobConfig": OBJECT,
    "ApplicationId": TEXT, "ApplicationConfig": OBJECT, "MaxConcurrency": INTEGER, "Selector": OBJECT,
    "ForEachBody": LIST, "Resources": OBJECT, "Actions": LIST, "Artifacts": LIST, "Contexts": LIST,
    "Associations": LIST,
}  # fmt: skip
_CACHE = {"Enabled": BOOLEAN, "ExpireAfter": TEXT}
_RETRY = {
    "ExceptionType": LIST, "IntervalSeconds": INTEGER, "BackoffRate": NUMBER, "MaxAttempts": INTEGER,
    "ExpireAfterMin": INTEGER,
}  # fmt: skip
_PROPERTY_FILE = {"PropertyFileName": WORD, "OutputName": TEXT, "FilePath": TEXT}
_OUTPUT = {"OutputName": WORD, "OutputType": WORD}


def check(document: Document) -> Iterator[Finding]:
    yield from _document(document.json)
    for index, parameter in enumerate(items(document.json.get("Parameters"))):
        yield from _parameter(parameter, ("Parameters", index))
    yield from _stray_steps(document)
    for step in document.steps:
        yield from _step(step)
    for path, value in walk({key: value for key, value in document.json.items() if key != "Steps"}):
        yield from _function(value, path, None)


def _document(json: dict[str, Any]) -> Iterator[Finding]:
    beside = input_shape("sagemaker", "CreatePipeline").members if json.keys() - _DOCUMENT.keys() else ()
    yield from check_object(
        json, (), _DOCUMENT, what="a definition", step=None, required=("Steps",),
        elsewhere=dict.fromkeys(beside, "CreatePipeline takes it beside the definition."),
    )  # fmt: skip
    version = json.get("Version")
    if isinstance(version, str) and not is_open(version) and version != VERSION:
        yield Finding(
            "PS105", ("Version",), f"{version!r} is no version of the grammar", None, f"Use {VERSION!r}."
        )
    if json.get("Steps") == []:
        yield Finding("PS112", ("Steps",), "the pipeline has no steps")
    for key, members in _OF_EXECUTIONS.items():
        if isinstance(json.get(key), dict):
            yield from check_object(json[key], (key,), dict.fromkeys(members, TEXT), what=key, step=None)


def _parameter(parameter: Any, path: Path) -> Iterator[Finding]:
    yield from check_object(parameter, path, _PARAMETER, what="a parameter", step=None, required=("Name",))
    kind = parameter_type(parameter)
    yield from check_member(kind, (*path, "Type"), PARAMETER_TYPES, "parameter type", None)
    if not isinstance(kind, str) or kind not in PARAMETER_TYPES:
        return
    default, values = get(parameter, "DefaultValue"), get(parameter, "EnumValues")
    wrong = [index for index, value in enumerate(items(values)) if not is_kind(value, TEXT)]
    if default is not None and is_kind(default, SCALAR) and not is_kind(default, PARAMETER_TYPES[kind]):
        yield Finding(
            "PS107",
            (*path, "DefaultValue"),
            f"the default {shown(default)} is not {PARAMETER_TYPES[kind]}",
            None,
            "" if get(parameter, "Type") else "Give the parameter its Type; without one it is a String.",
        )
    elif values is not None and kind != "String":
        yield Finding(
            "PS108", (*path, "EnumValues"), f"only a String parameter has EnumValues, not {an(kind)}"
        )
    elif values == []:
        yield Finding("PS108", (*path, "EnumValues"), "no value is one of an empty EnumValues")
    elif wrong:
        place = (*path, "EnumValues", wrong[0])
        yield Finding("PS103", place, f"{shown(values[wrong[0]])} is not a string")
    elif isinstance(values, list) and default is not None and not is_open(default) and default not in values:
        yield Finding(
            "PS108",
            (*path, "DefaultValue"),
            f"the default {shown(default)} is not one of EnumValues",
            None,
            did_you_mean(str(default), map(str, values)),
        )


def _stray_steps(document: Document) -> Iterator[Finding]:
    """What stands in a list of steps and is no object."""
    lists = [(("Steps",), document.json.get("Steps"), None)]
    for step in document.steps:
        lists += [(step.at("Arguments", key), step.arguments.get(key), step.name) for key in BRANCHES]  # type: ignore[misc]
    for path, value, name in lists:
        for index, item in enumerate(items(value)):
            if isinstance(item, str):
                message = f"{shown(item)} is not a step"
                suggestion = "Write the step itself here, not its name."
                yield Finding("PS103", (*path, index), message, name, suggestion)
            else:
                yield from check_kind(item, (*path, index), OBJECT, name)


def _step(step: PlacedStep) -> Iterator[Finding]:
    kind = step_type(step.type)
    what = f"{an(step.type)} step" if step.type in STEP_TYPES else "a step"
    keys = {key: _STEP_KINDS.get(key, ANY) for key in kind.keys}
    if step.type and step.type not in STEP_TYPES and not is_open(step.type):
        yield Finding(
            "PS104", step.at("Type"), f"{step.type!r} is no step type", step.name,
            did_you_mean(step.type, STEP_TYPES),
        )  # fmt: skip
        keys = dict.fromkeys((*keys, *step.json), ANY)
    elif not kind.documented:
        keys |= {key: ANY for key in step.json if key not in keys}
    required = {"Name", "Type", *kind.required, *(("Arguments",) if kind.documented else ())}
    for key in sorted(required & step.arguments.keys() - step.json.keys()):
        required.remove(key)
        message = f"{key} is a key of {what}, not of its Arguments"
        yield Finding("PS102", step.at("Arguments", key), message, step.name, "Write it beside Arguments.")
    yield from check_object(
        step.json, step.path, keys, what=what, step=step.name or None, required=sorted(required),
        elsewhere=_of_arguments(step, keys),
    )  # fmt: skip
    yield from _arguments(step, what)
    yield from _settings(step)
    for path, value in step.values:
        yield from _function(value, path, step.name)


def _of_arguments(step: PlacedStep, keys: Mapping[str, str]) -> dict[str, str]:
    """The members of its Arguments that a step has beside them."""
    if not step.json.keys() - keys.keys():
        return {}
    kind = step_type(step.type)
    members = input_shape("sagemaker", kind.operation).members if kind.operation else kind.arguments or ()
    return dict.fromkeys(members, "It belongs into Arguments.")


def _arguments(step: PlacedStep, what: str) -> Iterator[Finding]:
    kind = step_type(step.type)
    if kind.arguments is not None and "Arguments" in step.json:
        yield from check_object(
            step.arguments,
            step.at("Arguments"),
            {key: _ARGUMENT_KINDS.get(key, ANY) for key in kind.arguments},
            what=f"{what}'s Arguments",
            step=step.name,
            required=kind.needs if step.json["Arguments"] == step.arguments else (),
        )
    if step.type == "Condition":
        conditions = step.arguments.get("Conditions")
        yield from check_conditions(conditions, step.at("Arguments", "Conditions"), step.name)
    if step.type == "ForEach" and isinstance(step.arguments.get("Selector"), dict):
        selector = step.arguments["Selector"]
        path = step.at("Arguments", "Selector")
        yield from check_object(
            selector, path, {"Pick": TEXT, "Field": ANY}, what="a Selector", step=step.name,
            required=("Pick", "Field"),
        )  # fmt: skip
        yield from check_member(
            selector.get("Pick"), (*path, "Pick"), ("MaxBy", "MinBy"), "way to pick", step.name
        )
        field = selector.get("Field")
        if field is not None and not is_open(field):
            message = f"{shown(field)} is not a reference"
            yield Finding(
                "PS103", (*path, "Field"), message, step.name, 'Write {"Get": "IterationOutput..."}.'
            )


def _settings(step: PlacedStep) -> Iterator[Finding]:
    json, name = step.json, step.name
    for index, entry in enumerate(items(json.get("DependsOn"))):
        path = step.at("DependsOn", index)
        if isinstance(entry, dict):
            yield from check_object(
                entry, path, {"Step": TEXT, "Trigger": TEXT}, what="a dependency", step=name,
                required=("Step", "Trigger"),
            )  # fmt: skip
            yield from check_member(entry.get("Trigger"), (*path, "Trigger"), TRIGGERS, "trigger", name)
        else:
            yield from check_kind(entry, path, TEXT, name)
    if isinstance(json.get("CacheConfig"), dict):
        path = step.at("CacheConfig")
        required = ("Enabled",)
        yield from check_object(
            json["CacheConfig"], path, _CACHE, what="CacheConfig", step=name, required=required
        )
    for index, policy in enumerate(items(json.get("RetryPolicies"))):
        path = step.at("RetryPolicies", index)
        required = ("ExceptionType",)
        yield from check_object(policy, path, _RETRY, what="a retry policy", step=name, required=required)
        for place, exception in enumerate(items(get(policy, "ExceptionType"))):
            where = (*path, "ExceptionType", place)
            yield from check_kind(exception, where, TEXT, name)
            yield from check_member(exception, where, EXCEPTION_TYPES, "exception type", name)
    for index, file in enumerate(items(json.get("PropertyFiles"))):
        path = step.at("PropertyFiles", index)
        yield from check_object(
            file, path, _PROPERTY_FILE, what="a property file", step=name, required=tuple(_PROPERTY_FILE)
        )
    for index, output in enumerate(items(json.get("OutputParameters"))):
        path = step.at("OutputParameters", index)
        yield from check_object(
            output, path, _OUTPUT, what="an output parameter", step=name, required=("OutputName",)
        )
        yield from check_member(
            get(output, "OutputType"), (*path, "OutputType"), PARAMETER_TYPES, "type of an output", name
        )
    if step.type in CHECK_TYPES:
        known = CHECK_TYPES[step.type]
        what = f"check of a {step.type} step"
        yield from check_member(json.get("CheckType"), step.at("CheckType"), known, what, name)


def _function(value: Any, path: Path, step: str | None) -> Iterator[Finding]:
    """An object that has a function's key is that function and nothing else, with its own members."""
    if not isinstance(value, dict):
        return
    used = [key for key in value if is_function(key)]
    if not used:
        return
    name = used[0]
    operand = value[name]
    if len(value) > 1:
        yield Finding("PS111", path, f"{name} stands with other keys in one object", step)
    elif name not in FUNCTIONS:
        suggestion = did_you_mean(name, FUNCTIONS)
        yield Finding("PS111", path, f"{name!r} is no function", step, suggestion)
    elif name == "Get":
        if not isinstance(operand, str):
            yield Finding("PS111", path, f"Get takes a string, not {shown(operand)}", step)
    elif name == "Std:Join":
        keys = {"On": TEXT, "Values": LIST}
        yield from check_object(
            operand, (*path, name), keys, what="Std:Join", step=step, required=("Values",)
        )
        for index, item in enumerate(items(get(operand, "Values"))):
            yield from check_kind(item, (*path, name, "Values", index), SCALAR, step)
    else:
        yield from _json_get(operand, (*path, name), step)


def _json_get(operand: Any, path: Path, step: str | None) -> Iterator[Finding]:
    keys = {"PropertyFile": ANY, "S3Uri": ANY, "Path": TEXT}
    yield from check_object(operand, path, keys, what="Std:JsonGet", step=step, required=("Path",))
    if isinstance(operand, dict) and operand.keys() - keys.keys():
        return
    if isinstance(operand, dict) and ("PropertyFile" in operand) == ("S3Uri" in operand):
        yield Finding("PS111", path, "Std:JsonGet takes either PropertyFile or S3Uri", step)
    elif get(operand, "PropertyFile") is not None and get(operand, "PropertyFile", "Get") is None:
        suggestion = 'Write {"Get": "Steps.<step>.PropertyFiles.<file>"}.'
        place = (*path, "PropertyFile")
        yield Finding("PS111", place, "PropertyFile is a reference, a Get", step, suggestion)
    elif isinstance(get(operand, "Path"), dict):
        yield Finding("PS111", (*path, "Path"), "the Path of Std:JsonGet is a literal string", step)
    elif _unclosed(get(operand, "Path")):
        message = f"the brackets of {shown(get(operand, 'Path'))} do not close"
        yield Finding("PS111", (*path, "Path"), message, step)


def _unclosed(path: Any) -> bool:
    """Whether the brackets of a JsonPath, but for those inside of quotes, do not match."""
    if not isinstance(path, str) or is_open(path):
        return False
    depth = 0
    for bracket in re.findall(r"'[^']*'|\"[^\"]*\"|[\[\]]", path):
        depth += {"[": 1, "]": -1}.get(bracket, 0)
        if depth < 0:
            return True
    return depth > 0
