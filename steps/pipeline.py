"""Pipeline: the SDK's, without a session, and with what a deploy needs to know beside the steps.

The SDK gives a pipeline without a session a real one, which reads the user's credentials and defaults and
makes clients; defining a pipeline needs none of that, and must not depend on whose machine it is.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sagemaker.core.workflow.parameters import Parameter
from sagemaker.mlops.workflow import pipeline
from sagemaker.mlops.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.mlops.workflow.step_dependency import StepDependency
from sagemaker.mlops.workflow.steps import Step

from penstock.errors import PenstockError
from steps.clarify_check_step import ClarifyCheckStep
from steps.function import Function
from steps.lambda_step import LambdaStep
from steps.provenance import Traced
from steps.request import check_request

_LONGEST_FUNCTION_NAME = 64


class _NoSession:
    """What the SDK asks a session for while a pipeline is defined: a region, and a client it never uses."""

    boto_region_name = "us-east-1"
    local_mode = False

    @property
    def boto_session(self) -> "_NoSession":
        return self

    def client(self, service: str) -> None:
        return None


class Pipeline(pipeline.Pipeline):
    """The steps, the parameters that start them, and the names that people see."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        steps: Sequence[Step],
        parameters: Sequence[Parameter] = (),
        functions: Sequence[Function] = (),
        pipeline_experiment_config: PipelineExperimentConfig | None = None,
    ) -> None:
        """`functions` are those that no Lambda step names, such as the reader of a queue.

        No experiment unless asked for: the SDK's default depends on the region, which is known at deploy.
        Raises PenstockError if the names do not fit CreatePipeline.
        """
        for what, text in (("name", name), ("display_name", display_name), ("description", description)):
            if not text:
                raise PenstockError(f"{what} is missing", where=f"pipeline {name}")
        check_request(
            f"pipeline {name}",
            "CreatePipeline",
            {
                "PipelineName": name,
                "PipelineDisplayName": display_name,
                "PipelineDescription": description,
                "ClientRequestToken": "{{ }}",
                "RoleArn": "{{ }}",
            },
        )
        super().__init__(
            name=name,
            parameters=list(parameters),
            steps=list(steps),
            sagemaker_session=_NoSession(),
            pipeline_experiment_config=pipeline_experiment_config,
        )
        self.display_name = display_name
        self.description = description
        self.functions = _functions(name, [*_named_functions(steps), *functions])

    @property
    def generated_files(self) -> dict[str, dict[str, Any]]:
        """The files that steps refer to with `generated()`, as {path: document}."""
        checks = [step for step in _all_steps(self.steps) if isinstance(step, ClarifyCheckStep)]
        return {path: document for step in checks for path, document in step.generated_files.items()}

    @property
    def built_steps(self) -> dict[str, dict[str, Any]]:
        """How each step was built, by its name: the calls that led to it, and what is ignored at it."""
        traced = [step for step in _all_steps(self.steps) if isinstance(step, Traced)]
        return {step.name: {"calls": step.calls, "ignore": step.ignored} for step in traced}

    def definition(self) -> str:
        """The definition as JSON. Raises PenstockError if its steps do not fit together."""
        steps = list(_all_steps(self.steps))
        _check_names(self.name, steps)
        try:
            document: dict[str, Any] = json.loads(super().definition())
        except ValueError as error:  # the SDK's own checks: of the steps that a JsonGet names, above all
            raise PenstockError(
                str(error),
                where=f"pipeline {self.name}",
                remedy=f"The steps are {', '.join(sorted(step.name for step in steps))}.",
            ) from None
        return json.dumps({key: value for key, value in document.items() if value is not None})


def _all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for branch in ("if_steps", "else_steps", "for_each_body"):
            yield from _all_steps(getattr(step, branch, ()))


def _named_functions(steps: Sequence[Step]) -> list[Function]:
    return [step.function for step in _all_steps(steps) if isinstance(step, LambdaStep) and step.function]


def _functions(pipeline_name: str, functions: list[Function]) -> dict[str, dict[str, Any]]:
    """The functions for the manifest, by name. Raises PenstockError if two of one name differ."""
    by_name: dict[str, Function] = {}
    for function in functions:
        where = f"function {function.name}"
        name_at_aws = f"{pipeline_name}-{function.name.replace('_', '-')}"
        if len(name_at_aws) > _LONGEST_FUNCTION_NAME:
            raise PenstockError(
                f"its name at AWS, {name_at_aws}, is longer than {_LONGEST_FUNCTION_NAME}", where=where
            )
        if by_name.setdefault(function.name, function) != function:
            raise PenstockError("two functions with different settings have this name", where=where)
    return {name: function.to_manifest() for name, function in sorted(by_name.items())}


def _check_names(pipeline_name: str, steps: list[Step]) -> None:
    where = f"pipeline {pipeline_name}"
    for name, count in Counter(step.name for step in steps).items():
        if count > 1:
            raise PenstockError(
                f"{count} steps are named {name!r}",
                where=where,
                remedy="Name each step once; a step of a Condition's branch is not listed again outside it.",
            )
    names = {step.name for step in steps}
    for step in steps:
        for upstream in step.depends_on or []:
            target = upstream.step if isinstance(upstream, StepDependency) else upstream
            if isinstance(target, str) and target not in names:
                raise PenstockError(
                    f"step {step.name} depends on {target!r}, which is not in the pipeline",
                    where=where,
                    remedy=f"The steps are {', '.join(sorted(names))}.",
                )
