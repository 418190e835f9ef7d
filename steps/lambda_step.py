"""LambdaStep: invokes a Lambda function and waits for its answer."""

from collections.abc import Sequence

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.lambda_step import LambdaOutput
from sagemaker.mlops.workflow.steps import StepTypeEnum

from penstock.errors import PenstockError
from steps.function import Function
from steps.outputs import Inputs, OutputProperties, arguments, output_parameters
from steps.plain_step import PlainStep
from steps.request import check_request
from steps.request_step import Upstream

# A step waits no longer for its function (facts/pipeline-execution.md, section 6).
_LONGEST = 600


class LambdaStep(PlainStep):
    """The function gets `inputs` as its event; of its answer, a dict, the keys in `outputs` are kept.

    Its result is never used again, as Pipelines does not cache it (facts/pipeline-execution.md, section 5).
    """

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        lambda_func: Function | str | PipelineVariable,
        inputs: Inputs | None = None,
        outputs: Sequence[LambdaOutput] = (),
        depends_on: Upstream = None,
    ) -> None:
        """`lambda_func` is one of the project's functions, or the ARN of any other in the same region.

        Raises PenstockError if an input has a structure, if an output's name does not fit, or if the
        function may run for longer than a step waits.
        """
        where = f"step {name}"
        self.function = lambda_func if isinstance(lambda_func, Function) else None
        arn = lambda_func.arn if isinstance(lambda_func, Function) else lambda_func
        if self.function and self.function.timeout > _LONGEST:
            raise PenstockError(
                f"function {self.function.name} has a timeout of {self.function.timeout} s, and a Lambda step"
                f" waits {_LONGEST} s at most",
                where=where,
            )
        if isinstance(arn, str) and "{{" not in arn and not arn.startswith("arn:"):
            raise PenstockError(
                f"lambda_func {arn!r} is not the ARN of a function",
                where=where,
                remedy="Give an ARN, or a Function made from a script of the project.",
            )
        check_request(where, "Invoke", {"FunctionName": arn}, service="lambda")
        super().__init__(
            name,
            StepTypeEnum.LAMBDA,
            arguments(where, inputs or {}),
            {"FunctionArn": arn, "OutputParameters": output_parameters(where, outputs)},
            display_name=display_name,
            description=description,
            depends_on=depends_on,
        )
        self._properties = OutputProperties(self, outputs)

    @property
    def properties(self) -> OutputProperties:
        """What other steps can refer to: `properties.Outputs["name"]`."""
        return self._properties
