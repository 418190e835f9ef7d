"""PS201-PS216: whether what a definition refers to is there, and can be referred to from where it stands."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from botocore.model import StructureShape

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.objects import an, shown
from penstock.definition.check.responses import Dead, follow, has_response, name_lookup
from penstock.definition.check.step_types import step_type
from penstock.definition.check.suggest import did_you_mean, nearest
from penstock.definition.expressions import Reference, get, is_expression, is_open, items
from penstock.service_model import Path

EXECUTION_VARIABLES = (
    "StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn", "PipelineExecutionId",
    "PipelineExecutionArn", "TrainingJobName", "ProcessingJobName",
)  # fmt: skip
EXPERIMENT_VARIABLES = ("ExperimentName", "TrialName")
_ABSOLUTE = re.compile(r"/opt/ml/|[a-z0-9]+://")
_FILE = re.compile(r"Steps\.([^.]+)\.PropertyFiles\.([^.\[]+)")
_ROOTS = ("Parameters", "Execution", "PipelineExperimentConfig", "Steps", "ForEach", "IterationOutput")


def check(document: Document) -> Iterator[Finding]:
    for step, reference in document.references:
        yield from _reference(document, step, reference)
    for step in document.steps:
        yield from _dependencies(document, step)
        yield from _property_files(step)
        if step.type == "Cleanup":
            yield from _cleaned(document, step)
    yield from _unused(document)


def _reference(document: Document, step: PlacedStep | None, reference: Reference) -> Iterator[Finding]:
    parts, name = reference.parts, step.name if step else None
    root = parts[0] if parts else None
    if root == "Parameters" and parts and len(parts) == 2:
        if parts[1] not in document.parameters and _all_named(document.json.get("Parameters", [])):
            suggestion = did_you_mean(str(parts[1]), document.parameters)
            message = f"the pipeline has no parameter {parts[1]!r}"
            yield Finding("PS202", reference.path, message, name, suggestion)
    elif root in ("Execution", "PipelineExperimentConfig") and parts and len(parts) == 2:
        known = EXECUTION_VARIABLES if root == "Execution" else EXPERIMENT_VARIABLES
        if parts[1] not in known:
            suggestion = did_you_mean(str(parts[1]), known)
            yield Finding("PS204", reference.path, f"{root} has no variable {parts[1]!r}", name, suggestion)
    elif root == "Steps" and parts and len(parts) > 2:
        yield from _to_step(document, step, reference, str(parts[1]), parts[2:])
    elif root == "ForEach" and parts and parts[1:2] == ("CurrentItem",):
        if step is None or step.body is None:
            message = "ForEach.CurrentItem stands outside of a ForEach's body"
            yield Finding("PS214", reference.path, message, name)
    elif root == "IterationOutput" and parts and len(parts) > 2:
        yield from _iteration_output(document, step, reference, parts)
    else:
        message = f"{reference.text!r} is no reference"
        yield Finding("PS201", reference.path, message, name, _whole(document, reference))


def _all_named(entries: Any) -> bool:
    """Whether it is a list whose entries have names; else what a name means is not known (PS101-PS103)."""
    return isinstance(entries, list) and all(isinstance(get(entry, "Name"), str) for entry in entries)


def _whole(document: Document, reference: Reference) -> str:
    """What a reference lacks, or has too much."""
    first, *rest = reference.text.split(".")
    if first in document.by_name and rest:
        return f"Write Steps.{reference.text}."
    if first in document.parameters and not rest:
        return f"Write Parameters.{first}."
    if first not in _ROOTS:
        return did_you_mean(first, _ROOTS)
    if first == "Steps" and len(rest) == 1 and rest[0]:
        return f"Name a member of the step's response: {reference.text}.<member>."
    if first == "Parameters" and len(rest) > 1:
        return f"A parameter has no members: write Parameters.{rest[0]}."
    return f"Name what you want of {first}."


def _to_step(
    document: Document, step: PlacedStep | None, reference: Reference, target_name: str, path: Path
) -> Iterator[Finding]:
    name = step.name if step else None
    target = document.by_name.get(target_name)
    if target is None:
        yield from _no_step(document, target_name, reference.path, name)
        return
    if not has_response(target):
        message = f"{target.name} is {an(target.type)} step, of which nothing can be referred to"
        yield Finding("PS206", reference.path, message, name)
        return
    yield from _scope(step, target, reference)
    if path[0] == "PropertyFiles":
        yield from _property_file(target, reference, path, name)
        return
    found = follow(document, target, path)
    lookup = name_lookup(target, path)
    if isinstance(found, Dead):
        code, what = "PS205", "member"
        if target.type in ("Lambda", "Callback") and path[0] == "OutputParameters" and len(path) == 2:
            code, what = "PS207", "output"
        message = f"{found.within} of step {target.name} has no {what} {found.part!r}"
        if found.within == target.name:
            message = f"the response of step {target.name} has no {what} {found.part!r}"
        suggestion = did_you_mean(str(found.part), found.known)
        if str(path[0]).casefold() == "properties":
            suggestion = "Leave it out: it is the SDK's word for the response."
        elif found.of_list:
            rest = "" if str(found.part).isdecimal() else f".{found.part}"
            suggestion = f"The items of a list have numbers: write {found.within}[0]{rest}."
        elif holder := _holder(document, target, path, found):
            suggestion = f"It is a member of {holder}: write {holder}.{found.part}."
        yield Finding(code, reference.path, message, name, suggestion)
    elif lookup and lookup.name not in lookup.known:
        message = f"step {target.name} has no {lookup.what} {lookup.name!r}"
        yield Finding("PS207", reference.path, message, name, did_you_mean(lookup.name, lookup.known))


def _holder(document: Document, target: PlacedStep, path: Path, found: Dead) -> str | None:
    """Which structure beside it has the member that a path does not find: the path leaves out one level."""
    around = path[: path.index(found.part)] if found.part in path else ()
    for name in found.known:
        inner = follow(document, target, (*around, name))
        if isinstance(inner, StructureShape) and found.part in inner.members:
            return name
    return None


def _no_step(document: Document, target: str, path: Path, name: str | None) -> Iterator[Finding]:
    # A step without a name may be meant.
    if all(step.name for step in document.steps):
        suggestion = did_you_mean(target, document.by_name)
        yield Finding("PS203", path, f"the pipeline has no step {target!r}", name, suggestion)


def _scope(step: PlacedStep | None, target: PlacedStep, reference: Reference) -> Iterator[Finding]:
    """A branch's steps run only if it is taken, and a body's once for each item."""
    inside = step.branches if step else ()
    if step is not None and (target.branches == inside[: len(target.branches)]):
        return
    if not target.branches or (step is not None and _never_together(step, target)):
        return
    holder, branch = target.branches[-1]
    if branch == "ForEachBody":
        yield Finding(
            "PS215",
            reference.path,
            f"{target.name} runs once for each item of {holder}; from outside it is not one step",
            step.name if step else None,
            f"Refer to Steps.{holder}.IterationOutputs[0].{target.name}, or use a Selector.",
        )
    else:
        yield Finding(
            "PS211",
            reference.path,
            f"{target.name} runs only in {branch} of {holder}; this stands outside of that branch",
            step.name if step else None,
            "Move one of the two steps.",
        )


def _property_file(
    target: PlacedStep, reference: Reference, path: Path, name: str | None
) -> Iterator[Finding]:
    if reference.path[-2:-1] == ("Std:JsonGet",) and reference.path[-1] not in ("PropertyFile", "S3Uri"):
        pass  # PS101
    elif not reference.in_json_get:
        message = "a property file can be read by Std:JsonGet only"
        yield Finding("PS209", reference.path, message, name, "Read a value of it with Std:JsonGet.")
    elif step_type(target.type).documented and target.type != "Processing" and target.property_files:
        message = f"{target.name} is {an(target.type)} step; property files are read of Processing steps only"
        yield Finding("PS208", reference.path, message, name)
    elif len(items(target.json.get("PropertyFiles"))) > len(target.property_files):
        pass  # one is not named as it must be (PS101, PS102, PS103)
    elif len(path) != 2 or path[1] not in target.property_files:
        file = str(path[1]) if len(path) > 1 else ""
        suggestion = (
            did_you_mean(file, target.property_files)
            if target.property_files
            else "Give it to that step, in its PropertyFiles."
        )
        yield Finding(
            "PS208", reference.path, f"step {target.name} has no property file {file!r}", name, suggestion
        )


def _iteration_output(
    document: Document, step: PlacedStep | None, reference: Reference, parts: Path
) -> Iterator[Finding]:
    name = step.name if step else None
    if step is None or reference.path != step.at("Arguments", "Selector", "Field"):
        message = "IterationOutput stands outside of a ForEach's Selector"
        yield Finding("PS214", reference.path, message, name)
        return
    body = [inner for inner in document.steps if inner.branches[-1:] == ((step.name, "ForEachBody"),)]
    inner = next((inner for inner in body if inner.name == parts[1]), None)
    if inner is None:
        suggestion = did_you_mean(str(parts[1]), (inner.name for inner in body))
        message = f"the body of {step.name} has no step {str(parts[1])!r}"
        yield Finding("PS203", reference.path, message, name, suggestion)
    elif isinstance(found := follow(document, inner, parts[2:]), Dead):
        message = f"the response of step {inner.name} has no member {found.part!r}"
        yield Finding("PS205", reference.path, message, name, did_you_mean(str(found.part), found.known))


def _dependencies(document: Document, step: PlacedStep) -> Iterator[Finding]:
    for path, name, _ in step.dependencies:
        target = document.by_name.get(name)
        if is_open(name):
            continue
        if target is None:
            yield from _no_step(document, name, path, step.name)
        elif target.type == "Fail":
            yield Finding("PS206", path, f"{name} is a Fail step: nothing runs after it", step.name)
        elif _never_together(step, target):
            continue
        elif target.branches != step.branches[: len(target.branches)]:
            holder, branch = target.branches[-1]
            message = f"{name} stands in {branch} of {holder}, and may not run at all"
            yield Finding("PS216", path, message, step.name, "Move one of the two steps.")


def _never_together(step: PlacedStep, target: PlacedStep) -> bool:
    """Whether the target stands in the other branch (PS509), or inside of the step itself (PS501)."""
    holders = dict(step.branches)
    return any(
        holder == step.name or holders.get(holder, branch) != branch for holder, branch in target.branches
    )


def _cleaned(document: Document, step: PlacedStep) -> Iterator[Finding]:
    for index, source in enumerate(items(get(step.arguments, "Resources", "S3"))):
        name = get(source, "StepName")
        if isinstance(name, str) and not is_open(name) and name not in document.by_name:
            path = step.at("Arguments", "Resources", "S3", index, "StepName")
            yield from _no_step(document, name, path, step.name)


def _property_files(step: PlacedStep) -> Iterator[Finding]:
    """A property file lies in an output that the step writes."""
    outputs = get(step.arguments, "ProcessingOutputConfig", "Outputs")
    names = [get(output, "OutputName") for output in items(outputs)]
    if step.type != "Processing" or not isinstance(step.arguments.get("ProcessingOutputConfig", {}), dict):
        return
    for index, file in enumerate(items(step.json.get("PropertyFiles"))):
        place = get(file, "FilePath")
        if isinstance(place, str) and _ABSOLUTE.match(place):
            message = f"{shown(place)} is not a path inside of the output"
            suggestion = f"Write {place.rpartition('/')[2]}, if it lies at the top of the output."
            yield Finding(
                "PS210", step.at("PropertyFiles", index, "FilePath"), message, step.name, suggestion
            )
        if is_expression(outputs) or any(map(is_open, names)):
            continue
        output = get(file, "OutputName")
        if isinstance(output, str) and not is_open(output) and output not in names:
            suggestion = did_you_mean(output, [name for name in names if isinstance(name, str)])
            yield Finding(
                "PS210",
                step.at("PropertyFiles", index, "OutputName"),
                f"step {step.name} writes no output {output!r}",
                step.name,
                suggestion,
            )


def _unused(document: Document) -> Iterator[Finding]:
    texts = {reference.text for _, reference in document.references}
    files: defaultdict[str, set[str]] = defaultdict(set)
    for match in filter(None, map(_FILE.match, texts)):
        files[match[1]].add(match[2])
    # A PropertyFile that is no reference (PS111) may name it.
    values = (value for step in document.steps for path, value in step.values if path[-1] == "PropertyFile")
    as_text = {value for value in values if isinstance(value, str)}
    listed = isinstance(document.json.get("Steps"), list)
    pairs = [text.split(".") for text in texts if text.count(".") == 1]
    used = {name for root, name in pairs if root == "Parameters" or root not in _ROOTS}
    # What is misspelt (PS201, PS202) is not unused, too.
    used |= {nearest(name, document.parameters) or "" for name in used - document.parameters.keys()}
    for index, parameter in enumerate(items(document.json.get("Parameters")) if listed else ()):
        name = get(parameter, "Name")
        if isinstance(name, str) and name not in used:
            message = f"nothing refers to parameter {name!r}"
            yield Finding("PS212", ("Parameters", index), message, None, "Remove it.")
    for step in document.steps:
        # What is read by a name that no file has (PS208) may be any of them.
        known = bool(step.name) and files[step.name] <= {*step.property_files}
        for index, name in enumerate(step.property_files):
            if known and name not in files[step.name] | as_text:
                path = step.at("PropertyFiles", index)
                yield Finding("PS213", path, f"nothing reads property file {name!r}", step.name, "Remove it.")
