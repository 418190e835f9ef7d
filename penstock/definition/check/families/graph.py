"""PS501-PS510: whether the steps make a graph: names that are one step's, no cycles, every step reachable."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.families.conditions import all_conditions
from penstock.definition.check.finding import Finding
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path, format_path

_NOT_IN_A_BODY = ("Condition", "Fail", "ForEach")
# The lists of a step whose items have names of their own, and the member that names them.
_NAMED_LISTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("PropertyFiles",), "PropertyFileName"),
    (("OutputParameters",), "OutputName"),
    (("Arguments", "ProcessingInputs"), "InputName"),
    (("Arguments", "ProcessingOutputConfig", "Outputs"), "OutputName"),
    (("Arguments", "InputDataConfig"), "ChannelName"),
    (("Arguments", "TrainingJobDefinitions"), "DefinitionName"),
    (("Arguments", "ProductionVariants"), "VariantName"),
)


def check(document: Document) -> Iterator[Finding]:
    yield from _names(document)
    yield from _cycles(document)
    for step in document.steps:
        yield from _lists(step)
        yield from _placement(step)
        yield from _both_branches(document, step)
        yield from _constant(step)


def edges(document: Document) -> dict[str, set[str]]:
    """The steps that each waits for, by name: what it refers to or depends on, and the steps it stands in."""
    waits_for: dict[str, set[str]] = {}
    for step in document.steps:
        upstream = {name for _, name, _ in step.dependencies}
        upstream |= {reference.step for reference in step.references if reference.step}
        if step.branches:
            upstream.add(step.branches[-1][0])
        waits_for.setdefault(step.name, set()).update(upstream & set(document.by_name))
    return waits_for


def _names(document: Document) -> Iterator[Finding]:
    seen: dict[str, PlacedStep] = {}
    for step in document.steps:
        first = seen.setdefault(step.name, step)
        if first is step or not step.name or is_open(step.name):
            continue
        if step.json == first.json:
            message = f"step {step.name} is listed twice, first at {format_path(first.path)}"
            yield Finding("PS503", step.path, message, step.name, "Keep it at one of the two places.")
        else:
            message = f"another step is named {step.name!r}, at {format_path(first.path)}"
            yield Finding("PS502", step.at("Name"), message, step.name, "Name each step once.")
    yield from _repeated(document.json.get("Parameters"), ("Parameters",), "Name", None, "another parameter")
    bodies = {step.name: step.body for step in document.steps if step.body}
    for step in document.steps:
        match = re.fullmatch(r"(.+)-\d+", step.name)
        if match and match[1] in bodies and not step.body:
            message = f"{step.name!r} is what {bodies[match[1]]} calls one run of its step {match[1]}"
            yield Finding("PS506", step.at("Name"), message, step.name, "Name it otherwise.")


def _repeated(entries: Any, path: Path, member: str, step: str | None, what: str) -> Iterator[Finding]:
    seen = set()
    for index, entry in enumerate(items(entries)):
        name = get(entry, member)
        if isinstance(name, str) and not is_open(name):
            if name in seen:
                message = f"{what} is named {name!r}"
                yield Finding("PS504", (*path, index, member), message, step, "Name each once.")
            seen.add(name)


def _lists(step: PlacedStep) -> Iterator[Finding]:
    for place, member in _NAMED_LISTS:
        entries = get(step.json, *place)
        yield from _repeated(entries, step.at(*place), member, step.name, f"another of {place[-1]}")
    inputs = [get(entry, "InputName") for entry in items(get(step.arguments, "ProcessingInputs"))]
    outputs = ("ProcessingOutputConfig", "Outputs")
    for index, entry in enumerate(items(get(step.arguments, *outputs))):
        name = get(entry, "OutputName")
        if isinstance(name, str) and name in inputs:
            message = f"an input is named {name!r}, too"
            where = step.at("Arguments", *outputs, index, "OutputName")
            yield Finding("PS504", where, message, step.name, "Name each once.")
    seen = set()
    for path, name, _ in step.dependencies:
        if name in seen:
            message = f"{name} is listed twice in DependsOn"
            yield Finding("PS505", path, message, step.name, "List it once.")
        seen.add(name)


def _cycles(document: Document) -> Iterator[Finding]:
    try:
        TopologicalSorter(edges(document)).prepare()
    except CycleError as error:
        # graphlib lists each step before the one that waits for it.
        cycle = list(reversed(error.args[1]))
        step = document.by_name[cycle[0]]
        message = f"the steps wait for one another: {' -> '.join(cycle)}"
        yield Finding("PS501", step.path, message, step.name, "Remove one of these dependencies.")


def _placement(step: PlacedStep) -> Iterator[Finding]:
    if not step.branches:
        return
    holder, branch = step.branches[-1]
    if branch == "ForEachBody" and step.type in _NOT_IN_A_BODY:
        message = f"a {step.type} step may not stand in the body of a ForEach"
        yield Finding("PS507", step.at("Type"), message, step.name, f"Move it out of {holder}.")
    elif step.type == "Condition":
        message = f"a Condition inside {branch} of {holder} is not supported"
        suggestion = "Join the conditions in one step, or depend on a step of the branch."
        yield Finding("PS508", step.at("Type"), message, step.name, suggestion)


def _both_branches(document: Document, step: PlacedStep) -> Iterator[Finding]:
    """A step that waits for the other branch of a Condition, or for both, never runs."""
    taken = dict(step.branches)
    waits_for = [(path, name) for path, name, _ in step.dependencies]
    waits_for += [(reference.path, reference.step) for reference in step.references if reference.step]
    for path, name in waits_for:
        for holder, branch in document.by_name[name].branches if name in document.by_name else ():
            if taken.setdefault(holder, branch) != branch:
                message = (
                    f"{name} stands in {branch} of {holder}: it and this step never run in one execution"
                )
                yield Finding("PS509", path, message, step.name, "Move it to the branch that it follows.")


def _constant(step: PlacedStep) -> Iterator[Finding]:
    """A condition between literals is decided already."""
    if step.type != "Condition":
        return
    path = step.at("Arguments", "Conditions")
    for place, condition in all_conditions(step.arguments.get("Conditions"), path):
        operands = [condition[key] for key in ("LeftValue", "RightValue") if key in condition]
        if len(operands) == 2 and not any(isinstance(value, dict) or is_open(value) for value in operands):
            message = "both sides are literal: one of the branches never runs"
            yield Finding("PS510", place, message, step.name, "Compare with a parameter or a property.")
