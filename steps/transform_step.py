"""TransformStep: a model's answers for all the objects under an S3 prefix (CreateTransformJob)."""

from collections.abc import Mapping, Sequence

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from steps.placeholders import env
from steps.policies import job_retries, reuse_results
from steps.request import members
from steps.request_step import Api, RequestStep, Upstream

_API = Api("CreateTransformJob", "DescribeTransformJob", "TransformJobName")


class TransformStep(RequestStep):
    """Batch transform: one `<key>.out` below `output_path` for each object below `data`.

    SplitType and BatchStrategy decide what one request to the model holds, AssembleWith how the answers
    are put together, the filters and the join what of input and answer is written
    (facts/jobs-and-hosting.md, section 4).
    """

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        model_name: str | PipelineVariable,
        data: str | PipelineVariable,
        output_path: str | PipelineVariable,
        content_type: str | PipelineVariable | None = None,
        accept: str | PipelineVariable | None = None,
        split_type: str | PipelineVariable | None = None,
        assemble_with: str | PipelineVariable | None = None,
        batch_strategy: str | PipelineVariable | None = None,
        data_type: str = "S3Prefix",
        compression_type: str | PipelineVariable | None = None,
        input_filter: str | PipelineVariable | None = None,
        output_filter: str | PipelineVariable | None = None,
        join_source: str | PipelineVariable | None = None,
        max_concurrent_transforms: int | PipelineVariable | None = None,
        max_payload_in_mb: int | PipelineVariable | None = None,
        environment: Mapping[str, str | PipelineVariable] | None = None,
        instance_type: str | PipelineVariable = "ml.m5.large",
        instance_count: int | PipelineVariable = 1,
        depends_on: Upstream = None,
        retry_policies: Sequence[RetryPolicy] | None = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """Raises PenstockError if the request does not fit CreateTransformJob."""
        processing = members(InputFilter=input_filter, OutputFilter=output_filter, JoinSource=join_source)
        request = members(
            ModelName=model_name,
            TransformInput=members(
                DataSource={"S3DataSource": {"S3DataType": data_type, "S3Uri": data}},
                ContentType=content_type,
                SplitType=split_type,
                CompressionType=compression_type,
            ),
            TransformOutput=members(
                S3OutputPath=output_path,
                Accept=accept,
                AssembleWith=assemble_with,
                KmsKeyId=env("kms_key"),
            ),
            TransformResources={
                "InstanceType": instance_type,
                "InstanceCount": instance_count,
                "VolumeKmsKeyId": env("kms_key"),
            },
            BatchStrategy=batch_strategy,
            MaxConcurrentTransforms=max_concurrent_transforms,
            MaxPayloadInMB=max_payload_in_mb,
            DataProcessing=processing or None,
            Environment=dict(environment) if environment else None,
            Tags=env("tags"),
        )
        super().__init__(
            name,
            StepTypeEnum.TRANSFORM,
            _API,
            request,
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            retry_policies=job_retries() if retry_policies is None else retry_policies,
            cache_config=cache_config or reuse_results(),
        )
