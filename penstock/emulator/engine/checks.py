"""The rules of a definition that look across its parts: one function per family of rules.

Each takes data that definition.py has read and raises DefinitionError; none changes anything.
"""

import graphlib

from penstock.emulator.engine import grammar
from penstock.emulator.engine.expression_checks import values_of
from penstock.emulator.engine.model import Definition, DefinitionError, Dependency, Step
from penstock.emulator.engine.references import find_references, is_expression, parse_reference
from penstock.emulator.engine.refusal import expect, refuse
from penstock.service_model import Problem, input_shape, validate

_CONTAINERS: dict[str, type] = {"structure": dict, "map": dict, "list": list}

Edges = dict[str, tuple[Dependency, ...]]


def check_limits(definition: Definition) -> None:
    """The quotas of one pipeline (facts/pipeline-execution.md, section 2)."""
    for kind, count, limit in (
        ("steps", len(definition.steps), grammar.MAX_STEPS),
        ("parameters", len(definition.parameters), grammar.MAX_PARAMETERS),
    ):
        if count > limit:
            raise DefinitionError(f"The pipeline has {count} {kind}; at most {limit} are allowed.")


def find_edges(steps: dict[str, Step], branches: dict[str, Dependency]) -> Edges:
    """What each step waits for: DependsOn, the steps that it refers to, its branch's Condition."""
    edges: Edges = {}
    for step in steps.values():
        found = dict.fromkeys(step.depends_on)
        named = {dependency.step for dependency in step.depends_on}
        for place, value in values_of(step):
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
                # The first half is the service's own (IT test_fail_steps.py).
                refuse(f"{name} can not depends on {dependency.step}: nothing runs after a Fail step", where)


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

    Of values, the service is known to check enum members and what must be an object or an array; the rest
    the operation itself refuses when the step runs.
    """
    for step in steps.values():
        step_grammar = grammar.STEP_GRAMMARS[step.type]
        where = f"{step.where}.Arguments"
        for member in step_grammar.without:
            if member in step.arguments:
                refuse(f"Unknown Argument member '{member}'", where)
        if step.type == "Lambda":
            _check_event(step)
        if step_grammar.operation is None:
            continue
        shape = input_shape("sagemaker", step_grammar.operation)
        for problem in validate(shape, step.arguments, is_variable=is_expression):
            _refuse_argument(problem, where)
        _check_property_files(step)


def _check_event(step: Step) -> None:
    """A function gets its step's Arguments as its event; they may be primitives only (section 6)."""
    for name, value in step.arguments.items():
        if isinstance(value, dict | list) and not is_expression(value):
            kind = "Object" if isinstance(value, dict) else "Array"
            refuse(
                f"Argument '{name}' of Lambda step '{step.name}' is an {kind}; a function's arguments are"
                " strings, numbers and Booleans",
                f"{step.where}.Arguments.{name}",
            )


def _refuse_argument(problem: Problem, where: str) -> None:
    if problem.rule == "type" and problem.expected in _CONTAINERS:
        expect(problem.value, _CONTAINERS[problem.expected], f"{where}.{problem.place}")
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
    outputs = (step.arguments.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    if is_expression(outputs):
        return
    names = [output.get("OutputName") for output in outputs]
    for file in step.property_files.values():
        if file.output not in names:
            there = ", ".join(map(str, names)) or "none"
            refuse(
                f"Property file '{file.name}' of step '{step.name}' is in output '{file.output}', "
                f"which is not there. The step's outputs are: {there}",
                f"{step.where}.PropertyFiles",
            )
