"""Where an execution's results lie in S3."""

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join

from steps.placeholders import env


def execution_path(*folders: str) -> Join:
    """`s3://BUCKET/PREFIX/<pipeline name>/<execution id>/FOLDER/...`: of one execution only.

    Outputs do not count for the step cache, so a step that writes here is still reused; what reads its
    output through `properties` then reads the earlier execution's.
    """
    return Join(
        on="/",
        values=[
            f"s3://{env('bucket')}/{env('prefix')}",
            ExecutionVariables.PIPELINE_NAME,
            ExecutionVariables.PIPELINE_EXECUTION_ID,
            *folders,
        ],
    )
