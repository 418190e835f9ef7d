"""A definition taken apart into what the rules look at: its parameters, and its steps where they stand.

It reads JSON of any form: what is not a step or a parameter is left out, for the grammar's rules to find.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.definition.expressions import Reference, get, items, references, walk
from penstock.definition.structure import BRANCHES
from penstock.service_model import Path


@dataclass(frozen=True)
class PlacedStep:
    """A step and the path at which it stands. `branches` are those that it stands in, outermost first,
    each as the name of the step that holds it and the branch's key."""

    json: dict[str, Any]
    path: Path
    branches: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        name = self.json.get("Name")
        return name if isinstance(name, str) else ""

    @property
    def type(self) -> str:
        kind = self.json.get("Type")
        return kind if isinstance(kind, str) else ""

    @property
    def arguments(self) -> dict[str, Any]:
        arguments = self.json.get("Arguments")
        return arguments if isinstance(arguments, dict) else {}

    @property
    def body(self) -> str | None:
        """The ForEach step in whose body it stands."""
        return next((name for name, branch in reversed(self.branches) if branch == "ForEachBody"), None)

    @property
    def own(self) -> dict[str, Any]:
        """Its JSON without the steps inside it."""
        if "Arguments" not in self.json or not isinstance(self.json["Arguments"], dict):
            return self.json
        arguments = {key: value for key, value in self.arguments.items() if key not in BRANCHES}
        return {**self.json, "Arguments": arguments}

    def at(self, *path: str | int) -> Path:
        return (*self.path, *path)

    @cached_property
    def references(self) -> list[Reference]:
        """The references in it, not those of the steps inside it."""
        return list(references(self.own, self.path))

    @cached_property
    def values(self) -> list[tuple[Path, Any]]:
        """Every value in it with its path, not those of the steps inside it."""
        return list(walk(self.own, self.path))

    @property
    def dependencies(self) -> Iterator[tuple[Path, str, str]]:
        """Its DependsOn, as (path, step, trigger); plain names have the trigger Completed."""
        for index, entry in enumerate(items(self.json.get("DependsOn"))):
            path = self.at("DependsOn", index)
            if isinstance(entry, str):
                yield path, entry, "Completed"
            elif isinstance(get(entry, "Step"), str):
                yield path, entry["Step"], str(entry.get("Trigger"))

    @property
    def property_files(self) -> list[str]:
        files = [get(file, "PropertyFileName") for file in items(self.json.get("PropertyFiles"))]
        return [name for name in files if isinstance(name, str)]

    @property
    def outputs(self) -> dict[str, str]:
        """The declared outputs of a Lambda or Callback step, each with its type."""
        found = {}
        for output in items(self.json.get("OutputParameters")):
            if isinstance(get(output, "OutputName"), str):
                found[output["OutputName"]] = str(output.get("OutputType", "String"))
        return found


class Document:
    """`json` is the definition; `compiled` says that it is one of the project's own, environment values still
    placeholders."""

    def __init__(self, json: dict[str, Any], *, compiled: bool = False) -> None:
        self.json = json
        self.compiled = compiled
        self.steps = list(_steps(json.get("Steps"), ("Steps",), ()))
        self.by_name = {step.name: step for step in reversed(self.steps) if step.name}
        self.parameters = {
            parameter["Name"]: parameter
            for parameter in items(json.get("Parameters"))
            if isinstance(get(parameter, "Name"), str)
        }

    @cached_property
    def outer_references(self) -> list[Reference]:
        """The references outside of steps (PipelineExperimentConfig, MlflowConfig)."""
        return list(references({key: value for key, value in self.json.items() if key != "Steps"}))

    @cached_property
    def references(self) -> list[tuple[PlacedStep | None, Reference]]:
        """Every reference, with the step that it stands in."""
        inside = [(step, reference) for step in self.steps for reference in step.references]
        return [*((None, reference) for reference in self.outer_references), *inside]


def parameter_type(parameter: Any) -> Any:
    """A parameter's Type; one without is a String (pipeline definition JSON schema, StringParameter)."""
    kind = get(parameter, "Type")
    return "String" if kind is None else kind


def _steps(value: Any, path: Path, branches: tuple[tuple[str, str], ...]) -> Iterator[PlacedStep]:
    for index, item in enumerate(items(value)):
        if not isinstance(item, dict):
            continue
        step = PlacedStep(item, (*path, index), branches)
        yield step
        for branch in BRANCHES:
            inside = (*branches, (step.name, branch))
            yield from _steps(step.arguments.get(branch), step.at("Arguments", branch), inside)
