"""What a definition is once it has been read: plain data, in the definition grammar's own terms.

It holds no rule and reads no JSON; `definition.py` makes it, everything else in the engine consumes it.
"""

from dataclasses import dataclass, field
from typing import Any


class DefinitionError(Exception):
    """A definition, or the parameter values of a start, that SageMaker would refuse. The message says where
    and what; the service answers it as a ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Parameter:
    """`type` is String, Integer, Float or Boolean; `default` is None where a value must be given."""

    name: str
    type: str
    default: Any = None
    enum: tuple[Any, ...] = ()


# How a step ends, as its dependents see it. The first four are DependsOn's triggers; the last two are a
# Condition step's outcomes, which its branches wait for.
COMPLETED, FAILED, STOPPED, ANY = "Completed", "Failed", "Stopped", "Any"
OUTCOME_TRUE, OUTCOME_FALSE = "True", "False"


@dataclass(frozen=True)
class Dependency:
    """One edge into a step: it waits for `step` to end as `trigger` (one of the words above) says."""

    step: str
    trigger: str = COMPLETED


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file that a Processing step writes: `path` is relative to the output called `output`."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Step:
    """`where` is the step's place in the document: `Steps[2].Arguments.IfSteps[0]`. `settings` are the keys
    that its type has besides Arguments (a Lambda step's FunctionArn); `outputs` are the types of its
    OutputParameters by name. A Condition step's `arguments` have
    its Conditions only; its branches' steps are steps of their own."""

    name: str
    type: str
    where: str
    arguments: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    display_name: str | None = None
    description: str | None = None
    depends_on: tuple[Dependency, ...] = ()
    property_files: dict[str, PropertyFile] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    retry_policies: tuple[dict[str, Any], ...] = ()
    cache_config: dict[str, Any] | None = None


@dataclass(frozen=True)
class Definition:
    """`document` is the parsed JSON as it was written. `steps` holds the steps of Condition branches too,
    by name in the document's order; `edges` says for each step what it waits for: DependsOn, references in
    its arguments, and for a branch's step its Condition."""

    document: dict[str, Any]
    parameters: dict[str, Parameter]
    steps: dict[str, Step]
    edges: dict[str, tuple[Dependency, ...]]
