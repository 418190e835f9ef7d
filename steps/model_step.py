"""ModelStep: makes containers a model (CreateModel), or a version in the registry (CreateModelPackage)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sagemaker.core.drift_check_baselines import DriftCheckBaselines
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.model_metrics import ModelMetrics
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import StepTypeEnum

from penstock.errors import PenstockError
from steps.placeholders import env
from steps.policies import service_retries
from steps.request import members
from steps.request_step import Api, RequestStep, Upstream

_CREATE = Api("CreateModel", "DescribeModel", "ModelName")
# A version of a group has no name, and takes its tags from the group (facts/jobs-and-hosting.md, section 6).
_REGISTER = Api("CreateModelPackage", "DescribeModelPackage", None)


class ModelStep(RequestStep):
    """What to do with a model's containers: `ModelStep.create(...)` or `ModelStep.register(...)`.

    `containers` are ContainerDefinitions, as `AutoMLStep.get_best_model()` returns them. Neither step is
    cacheable (facts/pipeline-execution.md, section 5).
    """

    @classmethod
    def create(
        cls,
        name: str,
        *,
        display_name: str,
        description: str,
        containers: Sequence[Mapping[str, Any]],
        depends_on: Upstream = None,
        retry_policies: Sequence[RetryPolicy] | None = None,
    ) -> "ModelStep":
        """A model to run batch transform or an endpoint on; its name is `.properties.ModelName`."""
        _require(name, containers)
        one = len(containers) == 1
        request = members(
            PrimaryContainer=dict(containers[0]) if one else None,
            Containers=None if one else [dict(container) for container in containers],
            ExecutionRoleArn=env("role"),
            EnableNetworkIsolation=env("network_isolation"),
            VpcConfig=env("vpc"),
            Tags=env("tags"),
        )
        return cls(
            name,
            StepTypeEnum.CREATE_MODEL,
            _CREATE,
            request,
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            retry_policies=service_retries() if retry_policies is None else retry_policies,
        )

    @classmethod
    def register(
        cls,
        name: str,
        *,
        display_name: str,
        description: str,
        containers: Sequence[Mapping[str, Any]],
        model_package_group_name: str | PipelineVariable,
        approval_status: str | PipelineVariable = "PendingManualApproval",
        model_package_description: str | PipelineVariable | None = None,
        model_metrics: ModelMetrics | None = None,
        drift_check_baselines: DriftCheckBaselines | None = None,
        content_types: Sequence[str] = ("text/csv",),
        response_types: Sequence[str] = ("text/csv",),
        transform_instances: Sequence[str | PipelineVariable] | None = None,
        inference_instances: Sequence[str | PipelineVariable] | None = None,
        customer_metadata_properties: Mapping[str, str | PipelineVariable] | None = None,
        depends_on: Upstream = None,
        retry_policies: Sequence[RetryPolicy] | None = None,
    ) -> "ModelStep":
        """The next version of a model package group; its ARN is `.properties.ModelPackageArn`.

        `drift_check_baselines` are what later executions compare with, once the version is approved
        (facts/monitor-and-clarify.md, section 6).
        """
        _require(name, containers)
        request = members(
            ModelPackageGroupName=model_package_group_name,
            ModelPackageDescription=model_package_description,
            ModelApprovalStatus=approval_status,
            InferenceSpecification=members(
                Containers=[dict(container) for container in containers],
                SupportedContentTypes=list(content_types),
                SupportedResponseMIMETypes=list(response_types),
                SupportedTransformInstanceTypes=list(transform_instances) if transform_instances else None,
                SupportedRealtimeInferenceInstanceTypes=(
                    list(inference_instances) if inference_instances else None
                ),
            ),
            ModelMetrics=_reports(model_metrics) if model_metrics else None,
            DriftCheckBaselines=_reports(drift_check_baselines) if drift_check_baselines else None,
            CustomerMetadataProperties=(
                dict(customer_metadata_properties) if customer_metadata_properties else None
            ),
        )
        return cls(
            name,
            StepTypeEnum.REGISTER_MODEL,
            _REGISTER,
            request,
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            retry_policies=service_retries() if retry_policies is None else retry_policies,
        )


def _require(name: str, containers: Sequence[Mapping[str, Any]]) -> None:
    if not containers:
        raise PenstockError("containers is empty: a model needs at least one", where=f"step {name}")


def _reports(metrics: ModelMetrics | DriftCheckBaselines) -> dict[str, Any]:
    # The SDK writes empty objects for the reports that are not given.
    return {name: reports for name, reports in metrics._to_request_dict().items() if reports}
