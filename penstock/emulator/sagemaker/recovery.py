"""What a start of the emulator makes of what ran when it stopped.

A job's process and an execution's thread died with the emulator, so neither can go on: they are Failed, with
that as their reason. An execution's stream gets the matching events, so that its steps tell the same.
"""

from penstock.emulator.engine import events
from penstock.emulator.engine.record import Record
from penstock.emulator.sagemaker.context import Context
from penstock.emulator.sagemaker.families.auto_ml_jobs import AUTO_ML_JOB
from penstock.emulator.sagemaker.families.pipelines import EXECUTION, RUNNING
from penstock.emulator.sagemaker.families.processing_jobs import PROCESSING_JOB
from penstock.emulator.sagemaker.families.transform_jobs import TRANSFORM_JOB

_STEP_ENDED = ("Succeeded", "Failed", "Stopped")

JOB_REASON = "InternalServerError: The emulator stopped while the job was running. Start the job again."
STEP_REASON = "The emulator stopped while the step was running."
EXECUTION_REASON = "The emulator stopped while the execution was running. Retry the execution to go on."


def recover(context: Context) -> None:
    """Fail the jobs and executions that cannot go on."""
    for kind in (PROCESSING_JOB, AUTO_ML_JOB, TRANSFORM_JOB):
        kind.fail_running(context, JOB_REASON)
    for execution in context.store.all(EXECUTION):
        if execution["PipelineExecutionStatus"] in RUNNING:
            _fail(context, execution["PipelineExecutionArn"])


def _fail(context: Context, arn: str) -> None:
    record = Record(context.store, arn)
    with context.store.transaction():
        for step in events.steps_of(record.stream()):
            if step["StepStatus"] not in _STEP_ENDED:
                record.append(events.step_ended(step["StepName"], "Failed", STEP_REASON))
        record.set_status("Failed", EXECUTION_REASON)
