"""CallbackStep: sends a message to an SQS queue, and waits until somebody answers it."""

from collections.abc import Sequence

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.callback_step import CallbackOutput
from sagemaker.mlops.workflow.steps import StepTypeEnum

from steps.outputs import Inputs, OutputProperties, arguments, output_parameters
from steps.plain_step import PlainStep
from steps.request import check_text, is_open
from steps.request_step import Upstream


class CallbackStep(PlainStep):
    """The message holds a token and `inputs`; the answer (SendPipelineExecutionStepSuccess), `outputs`.

    Its result is never used again, as Pipelines does not cache it (facts/pipeline-execution.md, section 5).
    """

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        sqs_queue_url: str | PipelineVariable,
        inputs: Inputs,
        outputs: Sequence[CallbackOutput],
        depends_on: Upstream = None,
    ) -> None:
        """Raises PenstockError if an input has a structure, or if an output's name does not fit."""
        where = f"step {name}"
        if isinstance(sqs_queue_url, str) and not is_open(sqs_queue_url):
            check_text(where, "sqs_queue_url", sqs_queue_url, "Url")
        super().__init__(
            name,
            StepTypeEnum.CALLBACK,
            arguments(where, inputs),
            {"SqsQueueUrl": sqs_queue_url, "OutputParameters": output_parameters(where, outputs)},
            display_name=display_name,
            description=description,
            depends_on=depends_on,
        )
        self._properties = OutputProperties(self, outputs)

    @property
    def properties(self) -> OutputProperties:
        """What other steps can refer to: `properties.Outputs["name"]`."""
        return self._properties
