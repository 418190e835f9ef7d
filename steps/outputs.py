"""What Lambda and Callback steps exchange: arguments of simple values, and outputs declared by name.

It knows neither a function nor a queue. The grammar: facts/pipeline-execution.md, sections 1.1 and 6.
"""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.callback_step import CallbackOutput
from sagemaker.mlops.workflow.lambda_step import LambdaOutput
from sagemaker.mlops.workflow.steps import Step

from penstock.errors import PenstockError
from steps.properties import PropertyError
from steps.request import check_text

Inputs = Mapping[str, str | int | float | bool | PipelineVariable]

_MOST_OUTPUTS = 50


@dataclass(frozen=True)
class OutputProperties:
    """`step.properties` of a step with outputs: `.Outputs["name"]` is the value of an output."""

    step: Step
    outputs: Sequence[LambdaOutput | CallbackOutput]

    @property
    def Outputs(self) -> "OutputProperties":
        return self

    def __getitem__(self, name: str) -> Properties:
        names = [output.output_name for output in self.outputs]
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            there = f"It has {', '.join(names)}." if names else "Declare it in the step's outputs."
            raise PropertyError(
                f"Outputs has no {name!r}",
                where=f"properties of step {self.step.name}",
                remedy=f"Did you mean {near[0]}?" if near else there,
            )
        return Properties(self.step.name, f"OutputParameters['{name}']", step=self.step)


def arguments(where: str, inputs: Inputs) -> dict[str, Any]:
    """The inputs as a step's Arguments. Raises PenstockError for a value with a structure."""
    for name, value in inputs.items():
        if not isinstance(value, str | int | float | bool | PipelineVariable):
            raise PenstockError(
                f"input {name} is a {type(value).__name__}, and not a string, number, boolean or"
                " pipeline variable",
                where=where,
                remedy="Pass a structure as JSON text.",
            )
    return dict(inputs)


def output_parameters(where: str, outputs: Sequence[LambdaOutput | CallbackOutput]) -> list[dict[str, Any]]:
    """The outputs as a step's OutputParameters. Raises PenstockError for names that do not fit."""
    for output in outputs:
        check_text(where, "the name of an output", output.output_name or "", "String256")
    for name, count in Counter(output.output_name for output in outputs).items():
        if count > 1:
            raise PenstockError(f"{count} outputs are named {name!r}", where=where)
    if len(outputs) > _MOST_OUTPUTS:
        raise PenstockError(
            f"{len(outputs)} outputs are more than the {_MOST_OUTPUTS} that a step can have", where=where
        )
    return [output.to_request() for output in outputs]
