"""ProcessingStep: a container that reads and writes S3 through folders (CreateProcessingJob)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from penstock.errors import PenstockError
from steps.placeholders import asset, env, image
from steps.policies import job_retries, reuse_results
from steps.request import members
from steps.request_step import Api, RequestStep, Upstream

_API = Api("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName")
_CODE = "/opt/ml/processing/input/code"


@dataclass(frozen=True)
class ProcessingInput:
    """An S3 object or all objects under a prefix (`source`), as files below `destination`."""

    input_name: str
    source: str | PipelineVariable
    destination: str
    s3_data_distribution_type: str = "FullyReplicated"

    def to_request(self) -> dict[str, Any]:
        return {
            "InputName": self.input_name,
            "AppManaged": False,
            "S3Input": {
                "S3Uri": self.source,
                "LocalPath": self.destination,
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": self.s3_data_distribution_type,
                "S3CompressionType": "None",
            },
        }


@dataclass(frozen=True)
class ProcessingOutput:
    """The folder `source`, uploaded to the S3 prefix `destination` when the job ends."""

    output_name: str
    source: str
    destination: str | PipelineVariable
    s3_upload_mode: str = "EndOfJob"

    def to_request(self) -> dict[str, Any]:
        return {
            "OutputName": self.output_name,
            "AppManaged": False,
            "S3Output": {
                "S3Uri": self.destination,
                "LocalPath": self.source,
                "S3UploadMode": self.s3_upload_mode,
            },
        }


class ProcessingStep(RequestStep):
    """Runs a script of the project, or an image's own program, on the files of its inputs."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        image_name: str | None = None,
        image_uri: str | PipelineVariable | None = None,
        code: str | None = None,
        container_entrypoint: Sequence[str | PipelineVariable] | None = None,
        container_arguments: Sequence[str | PipelineVariable] | None = None,
        inputs: Sequence[ProcessingInput] = (),
        outputs: Sequence[ProcessingOutput] = (),
        environment: Mapping[str, str | PipelineVariable] | None = None,
        instance_type: str | PipelineVariable = "ml.m5.large",
        instance_count: int | PipelineVariable = 1,
        volume_size_in_gb: int | PipelineVariable = 30,
        max_runtime_in_seconds: int | PipelineVariable = 3600,
        property_files: Sequence[PropertyFile] = (),
        depends_on: Upstream = None,
        retry_policies: Sequence[RetryPolicy] | None = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """`image_name` is one of AWS's images by name, `image_uri` any other image; exactly one is given.

        `code` is a Python file of the project: it becomes an input, and the container runs it. Raises
        PenstockError if the request does not fit CreateProcessingJob.
        """
        where = f"step {name}"
        if (image_name is None) == (image_uri is None):
            raise PenstockError("needs either image_name or image_uri", where=where)
        if code and container_entrypoint:
            raise PenstockError("code and container_entrypoint exclude each other", where=where)
        _check_property_files(where, property_files, outputs)
        if code:
            inputs = [*inputs, ProcessingInput("code", asset(code), _CODE)]
            container_entrypoint = ["python3", f"{_CODE}/{PurePosixPath(code).name}"]
        request = members(
            AppSpecification=members(
                ImageUri=image_uri if image_name is None else image(image_name),
                ContainerEntrypoint=list(container_entrypoint) if container_entrypoint else None,
                ContainerArguments=list(container_arguments) if container_arguments else None,
            ),
            ProcessingInputs=[item.to_request() for item in inputs] or None,
            ProcessingOutputConfig={
                "Outputs": [item.to_request() for item in outputs],
                "KmsKeyId": env("kms_key"),
            }
            if outputs
            else None,
            ProcessingResources={
                "ClusterConfig": {
                    "InstanceType": instance_type,
                    "InstanceCount": instance_count,
                    "VolumeSizeInGB": volume_size_in_gb,
                    "VolumeKmsKeyId": env("kms_key"),
                }
            },
            StoppingCondition={"MaxRuntimeInSeconds": max_runtime_in_seconds},
            Environment=dict(environment) if environment else None,
            NetworkConfig={
                "EnableNetworkIsolation": env("network_isolation"),
                "VpcConfig": env("vpc"),
            },
            RoleArn=env("role"),
            Tags=env("tags"),
        )
        super().__init__(
            name,
            StepTypeEnum.PROCESSING,
            _API,
            request,
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            retry_policies=job_retries() if retry_policies is None else retry_policies,
            cache_config=cache_config or reuse_results(),
        )
        self.property_files = list(property_files)

    def to_request(self) -> dict[str, Any]:
        step = super().to_request()
        if self.property_files:
            step["PropertyFiles"] = [file.expr for file in self.property_files]
        return step


def _check_property_files(
    where: str, property_files: Sequence[PropertyFile], outputs: Sequence[ProcessingOutput]
) -> None:
    names = [output.output_name for output in outputs]
    for file in property_files:
        if file.output_name not in names:
            there = f"The outputs are {', '.join(names)}." if names else "The step has no outputs."
            raise PenstockError(
                f"property file {file.name} is in output {file.output_name!r}, which the step does not have",
                where=where,
                remedy=there,
            )
