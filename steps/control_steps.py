"""The steps that decide and end: the SDK's own Condition and Fail, with names for people required."""

from collections.abc import Sequence

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.workflow.conditions import Condition
from sagemaker.mlops.workflow import condition_step, fail_step
from sagemaker.mlops.workflow.steps import Step

from steps.provenance import Traced
from steps.request_step import Upstream, check_step_texts, upstream


class ConditionStep(Traced, condition_step.ConditionStep):
    """Runs `if_steps` if all the conditions hold, else `else_steps`."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        conditions: Sequence[Condition],
        if_steps: Sequence[Step] = (),
        else_steps: Sequence[Step] = (),
        depends_on: Upstream = None,
    ) -> None:
        check_step_texts(name, display_name, description)
        super().__init__(
            name,
            upstream(name, depends_on),
            display_name,
            description,
            list(conditions),
            list(if_steps),
            list(else_steps),
        )


class FailStep(Traced, fail_step.FailStep):
    """Ends the execution as Failed, with `error_message` as the reason."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        error_message: str | PipelineVariable,
        depends_on: Upstream = None,
    ) -> None:
        check_step_texts(name, display_name, description)
        super().__init__(name, error_message, display_name, description, upstream(name, depends_on))
