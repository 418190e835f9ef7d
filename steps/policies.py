"""When a step is tried again, and for how long its result is used again: the defaults of every step.

The numbers and what the service allows: facts/pipeline-execution.md, section 5.
"""

from sagemaker.mlops.workflow.retry import (
    RetryPolicy,
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig


def service_retries() -> list[RetryPolicy]:
    """A fault or a throttle of the service: six attempts within about a minute and a half."""
    return [
        StepRetryPolicy(
            exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
            interval_seconds=3,
            backoff_rate=2.0,
            max_attempts=5,
        )
    ]


def job_retries() -> list[RetryPolicy]:
    """The service's faults, and no capacity for the instance: asked again for an hour."""
    return [
        *service_retries(),
        SageMakerJobStepRetryPolicy(
            exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
            interval_seconds=60,
            backoff_rate=1.5,
            expire_after_mins=60,
        ),
    ]


def reuse_results() -> CacheConfig:
    """A result is used again for thirty days, in the same pipeline, for the same arguments.

    S3 objects count by their URI and not by their content: data that changed needs a new URI.
    """
    return CacheConfig(enable_caching=True, expire_after="P30D")
