"""The difference of two definitions as plain data: dataclasses.asdict makes JSON of it."""

from dataclasses import dataclass, field
from typing import Any

from penstock.definition.graph.model import Edge


@dataclass(frozen=True)
class Change:
    """A member that has another value. `path` is how people write it: `Arguments.Environment.mode`,
    `Arguments.ProcessingInputs['train'].S3Input.S3Uri`, and for the item of a list that has no name its
    index: in the wanted list, or, if it is gone, in the deployed one. None: it is not there."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Followed:
    """A member at `path` that is written as before and yet means something else, because of what `reference`
    leads to: `change` is what changed in that parameter or step. Its path is empty if the parameter or step
    itself is new or gone; its values are then the type of it.

    If the member does not hold that reference itself, `through` are the references that lead to it."""

    path: str
    reference: str
    change: Change
    through: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ItemChange:
    """A step or a parameter that both definitions have. Parameters follow nothing."""

    name: str
    changes: list[Change]
    follows: list[Followed]


@dataclass(frozen=True)
class Item:
    """A step or a parameter that one definition has. `value` is its JSON, of steps inside it the names."""

    name: str
    type: str
    value: dict[str, Any]


@dataclass(frozen=True)
class Rename:
    """A step that has another name, and may have another display name and description. What else differs
    (a URI with the step's name in it) is a change of the step, by its new name."""

    before: str
    after: str


@dataclass(frozen=True)
class NamedDiff:
    added: list[Item]
    removed: list[Item]
    changed: list[ItemChange]
    renamed: list[Rename]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.renamed)


@dataclass(frozen=True)
class Diff:
    """`others` are the changes outside of steps and parameters: Version, Metadata, MlflowConfig ..."""

    steps: NamedDiff
    parameters: NamedDiff
    edges_added: list[Edge]
    edges_removed: list[Edge]
    others: list[Change]

    @property
    def is_empty(self) -> bool:
        nothing_named = self.steps.is_empty and self.parameters.is_empty
        return nothing_named and not (self.edges_added or self.edges_removed or self.others)
