"""Reads a pipeline definition document into a `Definition`, refusing what SageMaker refuses.

The service calls it when a pipeline is created or updated and when an execution starts. Here is how the
document's parts are read, key by key; the rules that look across parts are in checks.py. Where the
service's words for a refusal are known (facts/pipeline-execution.md, section 4) they are used.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from penstock.durations import parse_duration
from penstock.emulator.engine import checks, grammar
from penstock.emulator.engine.conditions import MEMBERS as CONDITION_MEMBERS
from penstock.emulator.engine.expression_checks import check_expressions
from penstock.emulator.engine.model import (
    OUTCOME_FALSE,
    OUTCOME_TRUE,
    Definition,
    DefinitionError,
    Dependency,
    Parameter,
    PropertyFile,
    Step,
)
from penstock.emulator.engine.parameters import resolve_parameters
from penstock.emulator.engine.references import is_expression
from penstock.emulator.engine.refusal import expect, expect_keys, refuse

__all__ = ["Definition", "DefinitionError", "parse_definition", "read_definition", "resolve_parameters"]

# Settings that are members of Step of their own.
_READ_APART = ("PropertyFiles", "OutputParameters")
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")


def parse_definition(text: str) -> Definition:
    """Read a definition's text, with every check that CreatePipeline makes. Raises DefinitionError."""
    try:
        definition = read_definition(json.loads(text))
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"Unable to parse pipeline definition. Invalid JSON at line {error.lineno}, "
            f"column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise DefinitionError("Unable to parse pipeline definition. The JSON is nested too deeply.") from None
    checks.check_limits(definition)
    return definition


def read_definition(document: Any) -> Definition:
    """Read a parsed definition with every check but its size: what the engine runs, and benchmarks do."""
    expect(document, dict, "")
    # Steps is the one required key (pipeline definition JSON schema, aws-sagemaker-mlops).
    expect_keys(document, grammar.DOCUMENT_KEYS, ("Steps",), "")
    if document.get("Version", grammar.VERSION) != grammar.VERSION:
        refuse(f"Version {document['Version']!r} is not supported: write '{grammar.VERSION}'", "Version")
    for key, members in grammar.EXECUTION_SETTINGS.items():
        _check_settings(document.get(key), members, key)
    parameters = _read_parameters(document.get("Parameters", []))
    steps, branches = _read_steps(document["Steps"])
    check_expressions(document, parameters, steps)
    edges = checks.find_edges(steps, branches)
    checks.check_dependencies(steps, edges)
    checks.check_acyclic(edges)
    checks.check_arguments(steps)
    return Definition(document, parameters, steps, edges)


def _check_settings(value: Any, members: tuple[str, ...], where: str) -> None:
    if value is None:  # the SDK writes null for what is not configured
        return
    expect(value, dict, where)
    expect_keys(value, members, (), where)
    for name, item in value.items():
        if item is not None and not is_expression(item):
            expect(item, str, f"{where}.{name}")


def _read_parameters(items: Any) -> dict[str, Parameter]:
    expect(items, list, "Parameters")
    parameters: dict[str, Parameter] = {}
    for index, item in enumerate(items):
        where = f"Parameters[{index}]"
        parameter = _read_parameter(item, where)
        if parameter.name in parameters:
            refuse(f"Parameter name '{parameter.name}' is used more than once", where)
        parameters[parameter.name] = parameter
    return parameters


def _read_parameter(item: Any, where: str) -> Parameter:
    expect(item, dict, where)
    expect_keys(item, grammar.PARAMETER_KEYS, ("Name",), where)
    # Without a Type it is a String (JSON schema, StringParameter; DG26 pipelines-experiments-default).
    name, kind = item["Name"], item.get("Type", "String")
    if not isinstance(name, str) or not _PARAMETER_NAME.fullmatch(name):
        refuse(f"Parameter name {name!r} is not 1 to 256 letters, digits, hyphens and underscores", where)
    if not _is_one_of(kind, grammar.PARAMETER_TYPES):
        types = ", ".join(grammar.PARAMETER_TYPES)
        refuse(f"Type {kind!r} of parameter '{name}' is not one of {types}", where)
    default = item.get("DefaultValue")
    if default is not None and not _has_type(default, kind):
        refuse(f"DefaultValue {json.dumps(default)} of parameter '{name}' is not of type {kind}", where)
    # A default may be empty (JSON schema: no minLength; GH 3564), a value given at start may not.
    return Parameter(name, kind, default, _read_enum(item, kind, default, where))


def _read_enum(item: dict[str, Any], kind: str, default: Any, where: str) -> tuple[Any, ...]:
    if "EnumValues" not in item:
        return ()
    name, values = item["Name"], item["EnumValues"]
    if kind != "String":
        refuse(f"Parameter '{name}' of type {kind} has EnumValues; only a String may", where)
    expect(values, list, f"{where}.EnumValues")
    for value in values:
        if not isinstance(value, str):
            refuse(f"EnumValues of parameter '{name}' has {json.dumps(value)}, which is no string", where)
    if default is not None and default not in values:
        allowed = ", ".join(values)
        refuse(f"DefaultValue '{default}' of parameter '{name}' is not in its EnumValues: {allowed}", where)
    return tuple(values)


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "Boolean"
    return isinstance(value, grammar.PARAMETER_TYPES[kind])


def _is_one_of(value: Any, names: Collection[str]) -> bool:
    """`in` alone raises TypeError for a list or an object."""
    return isinstance(value, str) and value in names


def _read_steps(items: Any) -> tuple[dict[str, Step], dict[str, Dependency]]:
    """All steps by name, and for those inside a Condition step the outcome that they wait for."""
    steps: dict[str, Step] = {}
    branches: dict[str, Dependency] = {}
    _collect_steps(items, "Steps", None, steps, branches)
    return steps, branches


def _collect_steps(
    items: Any,
    where: str,
    branch: Dependency | None,
    steps: dict[str, Step],
    branches: dict[str, Dependency],
) -> None:
    expect(items, list, where)
    for index, item in enumerate(items):
        place = f"{where}[{index}]"
        step = _read_step(item, place)
        if step.name in steps:
            # Covers a step in both branches, or in a branch and at the top (facts, section 1.2).
            refuse(
                f"Step name '{step.name}' is used more than once, first at {steps[step.name].where}", place
            )
        steps[step.name] = step
        if branch is not None:
            branches[step.name] = branch
        if step.type == "Condition":
            # A Condition in a branch of another runs, though the developer guide calls it unsupported:
            # apache/airflow's system test example_sagemaker_pipeline nests thirty, on AWS.
            for key, outcome in (("IfSteps", OUTCOME_TRUE), ("ElseSteps", OUTCOME_FALSE)):
                inner = item["Arguments"].get(key, [])
                _collect_steps(
                    inner, f"{place}.Arguments.{key}", Dependency(step.name, outcome), steps, branches
                )


def _read_step(item: Any, where: str) -> Step:
    expect(item, dict, where)
    name, kind = item.get("Name"), item.get("Type")
    if not isinstance(name, str) or not _STEP_NAME.fullmatch(name):
        refuse(f"Step name {name!r} is not 1 to 64 letters, digits, hyphens and underscores", where)
    if not _is_one_of(kind, grammar.STEP_GRAMMARS):
        refuse(f"Type {kind!r} of step '{name}' is not a step type", where)
    step_grammar = grammar.STEP_GRAMMARS[kind]
    if step_grammar.documented:
        expect_keys(item, step_grammar.keys, ("Arguments", *step_grammar.required), where)
    for key in step_grammar.required:
        if not is_expression(item[key]):
            expect(item[key], str, f"{where}.{key}")
    check_types = grammar.CHECK_TYPES.get(kind)
    if check_types and item["CheckType"] not in check_types:
        refuse(
            f"CheckType {item['CheckType']!r} of step '{name}' is not one of {', '.join(check_types)}", where
        )
    arguments = item.get("Arguments", {})
    expect(arguments, dict, f"{where}.Arguments")
    if kind == "Condition":
        expect_keys(arguments, ("Conditions", "IfSteps", "ElseSteps"), ("Conditions",), f"{where}.Arguments")
        _check_conditions(arguments["Conditions"], f"{where}.Arguments.Conditions")
        arguments = {"Conditions": arguments["Conditions"]}
    if kind == "Fail":
        expect_keys(arguments, ("ErrorMessage",), ("ErrorMessage",), f"{where}.Arguments")
    return Step(
        name=name,
        type=kind,
        where=where,
        arguments=arguments,
        settings={key: item[key] for key in step_grammar.settings if key in item and key not in _READ_APART},
        display_name=_text(item, "DisplayName", 256, where),
        description=_text(item, "Description", 3072, where),
        depends_on=_read_depends_on(item.get("DependsOn", []), f"{where}.DependsOn"),
        property_files=_read_property_files(item, where),
        outputs=_read_outputs(item, where),
        retry_policies=_read_retry_policies(item.get("RetryPolicies", []), f"{where}.RetryPolicies"),
        cache_config=_read_cache_config(item.get("CacheConfig"), f"{where}.CacheConfig"),
    )


def _text(item: dict[str, Any], key: str, limit: int, where: str) -> str | None:
    value = item.get(key)
    if value is None:
        return None
    expect(value, str, f"{where}.{key}")
    if len(value) > limit:
        refuse(f"{key} has {len(value)} characters; {limit} are allowed", where)
    return value


def _read_depends_on(items: Any, where: str) -> tuple[Dependency, ...]:
    expect(items, list, where)
    dependencies = []
    for index, item in enumerate(items):
        place = f"{where}[{index}]"
        if isinstance(item, str):
            dependencies.append(Dependency(item))
            continue
        expect(item, dict, place)
        expect_keys(item, ("Step", "Trigger"), ("Step", "Trigger"), place)
        if item["Trigger"] not in grammar.TRIGGERS:
            refuse(f"Trigger {item['Trigger']!r} is not one of {', '.join(grammar.TRIGGERS)}", place)
        expect(item["Step"], str, f"{place}.Step")
        dependencies.append(Dependency(item["Step"], item["Trigger"]))
    return tuple(dependencies)


def _read_property_files(item: dict[str, Any], where: str) -> dict[str, PropertyFile]:
    items = item.get("PropertyFiles", [])
    expect(items, list, f"{where}.PropertyFiles")
    files: dict[str, PropertyFile] = {}
    for index, entry in enumerate(items):
        place = f"{where}.PropertyFiles[{index}]"
        expect(entry, dict, place)
        expect_keys(entry, grammar.PROPERTY_FILE_KEYS, grammar.PROPERTY_FILE_KEYS, place)
        for key in grammar.PROPERTY_FILE_KEYS:
            expect(entry[key], str, f"{place}.{key}")
        file = PropertyFile(entry["PropertyFileName"], entry["OutputName"], entry["FilePath"])
        if file.name in files:
            refuse(f"Property file name '{file.name}' is used more than once in step '{item['Name']}'", place)
        files[file.name] = file
    return files


def _read_outputs(item: dict[str, Any], where: str) -> dict[str, str]:
    items = item.get("OutputParameters", [])
    expect(items, list, f"{where}.OutputParameters")
    outputs: dict[str, str] = {}
    for index, entry in enumerate(items):
        place = f"{where}.OutputParameters[{index}]"
        expect(entry, dict, place)
        expect_keys(entry, grammar.OUTPUT_KEYS, grammar.OUTPUT_KEYS, place)
        name, kind = entry["OutputName"], entry["OutputType"]
        expect(name, str, f"{place}.OutputName")
        if not _is_one_of(kind, grammar.PARAMETER_TYPES):
            types = ", ".join(grammar.PARAMETER_TYPES)
            refuse(f"OutputType {kind!r} of output '{name}' is not one of {types}", place)
        if name in outputs:
            refuse(f"Output name '{name}' is used more than once in step '{item['Name']}'", place)
        outputs[name] = kind
    if len(outputs) > grammar.MAX_OUTPUTS:
        refuse(f"Step '{item['Name']}' has {len(outputs)} outputs; {grammar.MAX_OUTPUTS} are allowed", where)
    return outputs


def _read_retry_policies(items: Any, where: str) -> tuple[dict[str, Any], ...]:
    expect(items, list, where)
    for index, policy in enumerate(items):
        place = f"{where}[{index}]"
        expect(policy, dict, place)
        expect_keys(policy, grammar.RETRY_KEYS, ("ExceptionType",), place)
        expect(policy["ExceptionType"], list, f"{place}.ExceptionType")
        for kind in policy["ExceptionType"]:
            if kind not in grammar.EXCEPTION_TYPES:
                refuse(f"ExceptionType {kind!r} is not one of {', '.join(grammar.EXCEPTION_TYPES)}", place)
        if "MaxAttempts" in policy and "ExpireAfterMin" in policy:
            refuse("A retry policy has MaxAttempts or ExpireAfterMin, not both", place)
        for key, limit in grammar.RETRY_LIMITS.items():
            value = policy.get(key, 0)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
                refuse(f"{key} {json.dumps(value)} is not a whole number from 0 to {limit}", place)
        rate = policy.get("BackoffRate", 0)
        if not isinstance(rate, int | float) or isinstance(rate, bool) or rate < 0:
            refuse(f"BackoffRate {json.dumps(rate)} is not a number from 0 up", place)
    return tuple(items)


def _read_cache_config(config: Any, where: str) -> dict[str, Any] | None:
    if config is None:
        return None
    expect(config, dict, where)
    expect_keys(config, grammar.CACHE_KEYS, ("Enabled",), where)
    if not isinstance(config["Enabled"], bool):
        refuse(f"Enabled {json.dumps(config['Enabled'])} is not true or false", where)
    expires = config.get("ExpireAfter")
    if expires is not None and (not isinstance(expires, str) or parse_duration(expires) is None):
        refuse(f"ExpireAfter {json.dumps(expires)} is not an ISO 8601 duration such as P30D or PT1H", where)
    return config


def _check_conditions(items: Any, where: str) -> None:
    expect(items, list, where)
    for index, item in enumerate(items):
        _check_condition(item, f"{where}[{index}]")


def _check_condition(item: Any, where: str) -> None:
    expect(item, dict, where)
    kind = item.get("Type")
    if not _is_one_of(kind, CONDITION_MEMBERS):
        refuse(f"Type {kind!r} is not a condition: {', '.join(CONDITION_MEMBERS)}", where)
    members = CONDITION_MEMBERS[kind]
    # GH 2746: 'Expression' in a Not is an unknown property to the service (facts, section 1.2).
    expect_keys(item, ("Type", *members), members, where)
    if kind == "Not":
        _check_condition(item["Condition"], f"{where}.Condition")
    elif kind == "Or":
        _check_conditions(item["Conditions"], f"{where}.Conditions")
    else:
        for member in members:
            _check_operand(item[member], f"{where}.{member}", several=member == "Values")


def _check_operand(value: Any, where: str, *, several: bool = False) -> None:
    """Scalars and references can be compared (JSON schema, BinaryCondition and InCondition)."""
    if several:
        expect(value, list, where)
        for index, item in enumerate(value):
            _check_operand(item, f"{where}[{index}]")
    elif isinstance(value, dict | list) and not is_expression(value):
        kind = "Object" if isinstance(value, dict) else "Array"
        refuse(f"An {kind} cannot be compared: give a string, a number, a Boolean or a reference", where)
