"""The rules of a definition that look across its parts: one function per family of rules.

Each takes data that definition.py has read and raises DefinitionError; none changes anything.
"""

import graphlib
import json
from collections.abc import Iterator
from typing import Any

from penstock.emulator.engine import grammar
from penstock.emulator.engine.model import Definition, DefinitionError, Dependency, Parameter, Step
from penstock.emulator.engine.references import (
    PathError,
    Reference,
    find_references,
    is_expression,
    parse_path,
    parse_reference,
)
from penstock.emulator.engine.refusal import expect, expect_keys, refuse
from penstock.service_model import Problem, input_shape, validate

Edges = dict[str, tuple[Dependency, ...]]


def check_limits(definition: Definition) -> None:
    """The quotas of one pipeline (facts/pipeline-execution.md, section 2)."""
    for kind, count, limit in (
        ("steps", len(definition.steps), grammar.MAX_STEPS),
        ("parameters", len(definition.parameters), grammar.MAX_PARAMETERS),
    ):
        if count > limit:
            raise DefinitionError(f"The pipeline has {count} {kind}; at most {limit} are allowed.")


def check_references(
    document: dict[str, Any], parameters: dict[str, Parameter], steps: dict[str, Step]
) -> None:
    """Every expression is well formed and refers to something that the definition has."""
    places: list[tuple[str, Any]] = [
        (key, document[key]) for key in ("PipelineExperimentConfig", "MlflowConfig") if key in document
    ]
    places += [(place, value) for step in steps.values() for place, value in _values_of(step)]
    for place, value in places:
        for where, expression in _expressions(value, place):
            [(function, operand)] = expression.items()
            match function:
                case "Get":
                    _check_reference(_parse(operand, where), where, operand, parameters, steps)
                case "Std:Join":
                    _check_join(operand, f"{where}.Std:Join")
                case _:
                    _check_json_get(operand, f"{where}.Std:JsonGet", steps)


def find_edges(steps: dict[str, Step], branches: dict[str, Dependency]) -> Edges:
    """What each step waits for: DependsOn, the steps that it refers to, its branch's Condition."""
    edges: Edges = {}
    for step in steps.values():
        found = dict.fromkeys(step.depends_on)
        named = {dependency.step for dependency in step.depends_on}
        for place, value in _values_of(step):
            for _, operand in find_references(value, place):
                reference = parse_reference(operand)
                if reference.root == "Steps" and reference.name not in named:
                    found[Dependency(reference.name)] = None
        if step.name in branches:
            found[branches[step.name]] = None
        edges[step.name] = tuple(found)
    return edges


def check_dependencies(steps: dict[str, Step], edges: Edges) -> None:
    """DependsOn names steps, and no step waits for a Fail step (facts, section 1.2)."""
    for name, dependencies in edges.items():
        where = steps[name].where
        for dependency in dependencies:
            if dependency.step not in steps:
                refuse(f"Step '{name}' depends on step '{dependency.step}', which is not there", where)
            if steps[dependency.step].type == "Fail":
                refuse(f"Step '{name}' can not depend on Fail step '{dependency.step}'", where)


def check_acyclic(edges: Edges) -> None:
    graph = {name: [dependency.step for dependency in dependencies] for name, dependencies in edges.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        # graphlib lists each step before the one that depends on it; readers follow the arrows back.
        cycle = " -> ".join(reversed(error.args[1]))
        refuse(f"Cycle detected in pipeline definition, each step depends on the next: {cycle}", "Steps")


def check_arguments(steps: dict[str, Step]) -> None:
    """A job-like step's Arguments have no member that the request which they become has not.

    Values are checked for enum members only, as the service does; the rest the operation itself refuses
    when the step runs.
    """
    for step in steps.values():
        step_grammar = grammar.STEP_GRAMMARS[step.type]
        where = f"{step.where}.Arguments"
        for member in step_grammar.without:
            if member in step.arguments:
                refuse(f"Unknown Argument member '{member}'", where)
        if step_grammar.operation is None:
            continue
        shape = input_shape("sagemaker", step_grammar.operation)
        for problem in validate(shape, step.arguments, is_variable=is_expression):
            _refuse_argument(problem, where)
        _check_property_files(step)


def _refuse_argument(problem: Problem, where: str) -> None:
    if problem.rule == "unknown":
        place = f"{where}.{problem.place}" if problem.path else where
        refuse(f"Unknown Argument member '{problem.expected}'", place)
    if problem.rule == "enum":
        member = next(part for part in reversed(problem.path) if isinstance(part, str))
        allowed = ", ".join(problem.expected)
        refuse(
            f"Model Validation failed: Value '{problem.value}' for '{member}' failed to satisfy "
            f"enum value set: [{allowed}]",
            f"{where}.{problem.place}",
        )


def _check_property_files(step: Step) -> None:
    if not step.property_files:
        return
    outputs = step.arguments.get("ProcessingOutputConfig", {}).get("Outputs", [])
    names = [output.get("OutputName") for output in outputs]
    for file in step.property_files.values():
        if file.output not in names:
            there = ", ".join(map(str, names)) or "none"
            refuse(
                f"Property file '{file.name}' of step '{step.name}' is in output '{file.output}', "
                f"which is not there. The step's outputs are: {there}",
                f"{step.where}.PropertyFiles",
            )


def _values_of(step: Step) -> Iterator[tuple[str, Any]]:
    """The parts of a step in which expressions may stand, with their places."""
    yield f"{step.where}.Arguments", step.arguments
    for key, value in step.settings.items():
        yield f"{step.where}.{key}", value


def _expressions(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every expression in JSON data, outer before inner, but not the property file of a Std:JsonGet, which
    is a reference of its own kind."""
    if is_expression(value):
        yield where, value
        if "Get" in value:
            return
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "Std:JsonGet" and is_expression(value) and isinstance(item, dict):
                item = {name: part for name, part in item.items() if name != "PropertyFile"}
            yield from _expressions(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _expressions(item, f"{where}[{index}]")


def _parse(operand: Any, where: str) -> Reference:
    expect(operand, str, f"{where}.Get")
    try:
        return parse_reference(operand)
    except PathError as error:
        refuse(f"Invalid reference: {error}", where)


def _check_reference(
    reference: Reference,
    where: str,
    operand: str,
    parameters: dict[str, Parameter],
    steps: dict[str, Step],
) -> None:
    known: dict[str, tuple[str, tuple[str, ...]]] = {
        "Parameters": ("parameter", tuple(parameters)),
        "Execution": ("execution variable", grammar.EXECUTION_VARIABLES),
        "PipelineExperimentConfig": ("member of PipelineExperimentConfig", grammar.EXPERIMENT_MEMBERS),
        "Steps": ("step", tuple(steps)),
    }
    if reference.root not in known:
        return
    kind, names = known[reference.root]
    if reference.name not in names:
        there = ", ".join(names) or "none"
        refuse(
            f"'{operand}' refers to {kind} '{reference.name}', which is not there. There are: {there}", where
        )
    if reference.root == "Steps" and reference.property_file is not None:
        refuse(f"'{operand}' is a property file: read it with Std:JsonGet", where)


def _check_join(operand: Any, where: str) -> None:
    expect(operand, dict, where)
    expect_keys(operand, ("On", "Values"), ("Values",), where)
    expect(operand["Values"], list, f"{where}.Values")
    expect(operand.get("On", ""), str, f"{where}.On")


def _check_json_get(operand: Any, where: str, steps: dict[str, Step]) -> None:
    expect(operand, dict, where)
    expect_keys(operand, ("PropertyFile", "S3Uri", "Path"), ("Path",), where)
    if ("PropertyFile" in operand) == ("S3Uri" in operand):
        refuse("Std:JsonGet reads a PropertyFile or an S3Uri: give exactly one of them", where)
    # The path is a literal: no pipeline variable may stand in it (facts, section 1.1).
    expect(operand["Path"], str, f"{where}.Path")
    try:
        parse_path(operand["Path"])
    except PathError as error:
        refuse(f"Invalid Path: {error}", where)
    if "PropertyFile" in operand:
        _check_property_file(operand["PropertyFile"], f"{where}.PropertyFile", steps)


def _check_property_file(operand: Any, where: str, steps: dict[str, Step]) -> None:
    if not is_expression(operand) or "Get" not in operand:
        refuse(
            f'PropertyFile is {json.dumps(operand)}, not {{"Get": "Steps.<step>.PropertyFiles.<name>"}}',
            where,
        )
    reference = _parse(operand["Get"], where)
    name = reference.property_file
    if name is None:
        refuse(f"'{operand['Get']}' is not Steps.<step>.PropertyFiles.<name>", where)
    if reference.name not in steps:
        there = ", ".join(steps)
        refuse(
            f"'{operand['Get']}' refers to step '{reference.name}', which is not there. There are: {there}",
            where,
        )
    files = steps[reference.name].property_files
    if name not in files:
        there = ", ".join(files) or "none"
        refuse(
            f"'{operand['Get']}' refers to property file '{name}', which step '{reference.name}' has not. "
            f"There are: {there}",
            where,
        )
