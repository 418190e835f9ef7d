"""AutoMLStep: Autopilot finds the best model for a table (CreateAutoMLJob).

Pipelines run Autopilot in ENSEMBLING mode only, where a candidate is one container
(facts/automl.md, sections 1 and 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.model import ShapeResolver
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from penstock.errors import PenstockError
from penstock.service_model import output_shape
from steps.placeholders import env
from steps.policies import job_retries, reuse_results
from steps.properties import StepProperty
from steps.request import members
from steps.request_step import Api, RequestStep, Upstream

_API = Api("CreateAutoMLJob", "DescribeAutoMLJob", "AutoMLJobName")

RESPONSE_KEYS = ("predicted_label", "probability", "probabilities", "labels")

# What the ensembling container's environment holds (facts/automl.md, section 3).
_ENVIRONMENT = (
    "MODEL_NAME",
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
    "SAGEMAKER_INFERENCE_OUTPUT",
    "SAGEMAKER_INFERENCE_SUPPORTED",
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
)

# Pipelines adds two members to the Describe response (facts/pipeline-execution.md, section 3).
_REPORTS = ShapeResolver(
    {
        "BestCandidateProperties": {
            "type": "structure",
            "members": {
                "ModelInsightsJsonReportPath": {"shape": "Uri"},
                "ExplainabilityJsonReportPath": {"shape": "Uri"},
            },
        },
        "Uri": {"type": "string"},
    }
).get_shape_by_name("BestCandidateProperties")


class AutoMLProperties(StepProperty):
    """The Describe response, with the paths of the best candidate's reports."""

    @property
    def BestCandidateProperties(self) -> StepProperty:
        return StepProperty(self._step, _REPORTS, "BestCandidateProperties")


@dataclass(frozen=True)
class AutoMLInput:
    """A table in S3, as CSV with a header (or Parquet): `channel_type` is training or validation."""

    source: str | PipelineVariable
    channel_type: str = "training"
    content_type: str = "text/csv;header=present"
    compression_type: str = "None"
    sample_weight_attribute_name: str | PipelineVariable | None = None


class AutoMLStep(RequestStep):
    """Trains the candidates and ranks them by the objective metric."""

    def __init__(
        self,
        name: str,
        *,
        display_name: str,
        description: str,
        inputs: Sequence[AutoMLInput],
        target_attribute_name: str | PipelineVariable,
        output_path: str | PipelineVariable,
        problem_type: str | PipelineVariable | None = None,
        objective_metric_name: str | PipelineVariable | None = None,
        max_runtime_in_seconds: int | PipelineVariable | None = None,
        max_runtime_per_training_job_in_seconds: int | PipelineVariable | None = None,
        max_candidates: int | PipelineVariable | None = None,
        algorithms: Sequence[str] | None = None,
        feature_specification_s3_uri: str | PipelineVariable | None = None,
        validation_fraction: float | PipelineVariable | None = None,
        depends_on: Upstream = None,
        retry_policies: Sequence[RetryPolicy] | None = None,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """`problem_type` and `objective_metric_name` are given together, or Autopilot infers both.

        Raises PenstockError if the request does not fit CreateAutoMLJob.
        """
        where = f"step {name}"
        if (problem_type is None) != (objective_metric_name is None):
            raise PenstockError(
                "problem_type and objective_metric_name have to be given together, or neither", where=where
            )
        if validation_fraction is not None and len(inputs) > 1:
            raise PenstockError("validation_fraction and a validation input exclude each other", where=where)
        completion = members(
            MaxAutoMLJobRuntimeInSeconds=max_runtime_in_seconds,
            MaxRuntimePerTrainingJobInSeconds=max_runtime_per_training_job_in_seconds,
            MaxCandidates=max_candidates,
        )
        generation = members(
            FeatureSpecificationS3Uri=feature_specification_s3_uri,
            AlgorithmsConfig=[{"AutoMLAlgorithms": list(algorithms)}] if algorithms else None,
        )
        objective = members(MetricName=objective_metric_name)
        split = members(ValidationFraction=validation_fraction)
        request = members(
            InputDataConfig=[
                members(
                    DataSource={"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": item.source}},
                    ChannelType=item.channel_type,
                    ContentType=item.content_type,
                    CompressionType=item.compression_type,
                    TargetAttributeName=target_attribute_name,
                    SampleWeightAttributeName=item.sample_weight_attribute_name,
                )
                for item in inputs
            ],
            OutputDataConfig={"S3OutputPath": output_path, "KmsKeyId": env("kms_key")},
            ProblemType=problem_type,
            AutoMLJobObjective=objective or None,
            AutoMLJobConfig=members(
                Mode="ENSEMBLING",
                CompletionCriteria=completion or None,
                CandidateGenerationConfig=generation or None,
                DataSplitConfig=split or None,
                SecurityConfig={"VolumeKmsKeyId": env("kms_key"), "VpcConfig": env("vpc")},
            ),
            RoleArn=env("role"),
            Tags=env("tags"),
        )
        super().__init__(
            name,
            StepTypeEnum.AUTOML,
            _API,
            request,
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            retry_policies=job_retries() if retry_policies is None else retry_policies,
            cache_config=cache_config or reuse_results(),
        )
        self.problem_type = problem_type

    @property
    def properties(self) -> "AutoMLProperties":
        return AutoMLProperties(self, output_shape("sagemaker", _API.describe), declared=self.arguments)

    def get_best_model(self, inference_response_keys: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The containers of the best candidate, for ModelStep: one, as the mode is ENSEMBLING.

        `inference_response_keys` are the columns of the model's answer, in this order, out of
        RESPONSE_KEYS; none means the candidate's own choice, predicted_label. Raises PenstockError for an
        unknown or repeated key, and for any key where the problem is a regression.
        """
        self._check_keys(inference_response_keys)
        container = self.properties.BestCandidate.InferenceContainers[0]
        environment: dict[str, Any] = {name: container.Environment[name] for name in _ENVIRONMENT}
        if inference_response_keys:
            environment["SAGEMAKER_INFERENCE_OUTPUT"] = ",".join(inference_response_keys)
        return [
            {"Image": container.Image, "ModelDataUrl": container.ModelDataUrl, "Environment": environment}
        ]

    def _check_keys(self, keys: Sequence[str]) -> None:
        where = f"step {self.name}, inference_response_keys"
        if keys and self.problem_type == "Regression":
            raise PenstockError(
                "a regression model answers with its prediction only",
                where=where,
                remedy="Leave inference_response_keys out.",
            )
        for key in keys:
            if key not in RESPONSE_KEYS:
                raise PenstockError(
                    f"{key!r} is not a response key",
                    where=where,
                    remedy=f"Choose from {', '.join(RESPONSE_KEYS)}.",
                )
        if len(set(keys)) < len(keys):
            raise PenstockError(f"{', '.join(keys)} has a key twice", where=where)
