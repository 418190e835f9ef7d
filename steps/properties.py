"""What other steps can refer to: the members of a step's Describe response.

`step.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri` is checked member by member against
botocore's model while it is written, and a name in brackets against what the step itself declares, so a
reference that compiles exists. It knows shapes, and nothing of the step types.
"""

import difflib
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.steps import Step

from penstock.errors import PenstockError


class PropertyError(PenstockError, AttributeError):
    """A reference to something that the step does not have."""


class StepProperty(Properties):
    """One place in a step's Describe response: a pipeline variable, and the way to the places below it."""

    def __init__(self, step: Step, shape: Shape, path: str = "", declared: Any = None) -> None:
        """`declared` is what the step's request holds at the same path, None if nothing."""
        super().__init__(step_name=step.name, path=path or None, step=step)
        self._shape = shape
        self._declared = declared

    def __getattr__(self, name: str) -> "StepProperty":
        if name.startswith("_"):
            raise AttributeError(name)
        shape = self._shape
        if not isinstance(shape, StructureShape):
            raise self._missing(f"has no members: it is a {shape.type_name}")
        if name not in shape.members:
            raise self._missing(f"has no member {name}", name, list(shape.members))
        declared = self._declared.get(name) if isinstance(self._declared, dict) else None
        return self._below(shape.members[name], f"{self.path}.{name}" if self.path else name, declared)

    def __getitem__(self, key: int | str) -> "StepProperty":
        shape = self._shape
        place = f"{self.path or ''}['{key}']" if isinstance(key, str) else f"{self.path or ''}[{key}]"
        if isinstance(shape, MapShape):
            return self._below(shape.value, place)
        if not isinstance(shape, ListShape):
            raise self._missing(f"cannot be indexed: it is a {shape.type_name}")
        # A list is also looked up by name: outputs by OutputName, inputs by InputName
        # (facts/pipeline-execution.md, 1.1).
        if isinstance(key, str) and self._declared:
            names = [str(value) for item in self._declared for name, value in item.items() if "Name" in name]
            if key not in names:
                raise self._missing(f"has no {key!r}", key, names)
        return self._below(shape.member, place)

    def __dir__(self) -> list[str]:
        members = self._shape.members if isinstance(self._shape, StructureShape) else ()
        return [*super().__dir__(), *members]

    def _below(self, shape: Shape, path: str, declared: Any = None) -> "StepProperty":
        return StepProperty(self._step, shape, path, declared)

    def _missing(self, what: str, name: str = "", known: list[str] | None = None) -> PropertyError:
        subject = self.path or self._shape.name
        near = difflib.get_close_matches(name, known or [], n=1)
        there = f"It has {', '.join(known)}." if known else ""
        return PropertyError(
            f"{subject} {what}",
            where=f"properties of step {self.step_name}",
            remedy=f"Did you mean {near[0]}?" if near else there,
        )
