"""What the quality and the Clarify checks have in common: a processing job, and how its result is compared.

The four combinations of `skip_check` and `register_new_baseline`: facts/monitor-and-clarify.md, section 6.
It knows neither Model Monitor nor Clarify.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from botocore.model import ShapeResolver, StructureShape
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.mlops.workflow.steps import CacheConfig, StepTypeEnum

from penstock.errors import PenstockError
from steps.placeholders import env, image
from steps.plain_step import PlainStep
from steps.processing_step import ProcessingInput, ProcessingOutput
from steps.properties import StepProperty
from steps.request import check_request, members
from steps.request_step import Upstream

Flag: TypeAlias = bool | PipelineVariable


@dataclass(frozen=True)
class CheckJobConfig:
    """The processing job of a check. Role, keys, network and tags come from the environment."""

    instance_type: str | PipelineVariable = "ml.m5.xlarge"
    instance_count: int | PipelineVariable = 1
    volume_size_in_gb: int | PipelineVariable = 30
    max_runtime_in_seconds: int | PipelineVariable = 3600
    env: Mapping[str, str | PipelineVariable] = field(default_factory=dict)

    def to_request(
        self,
        image_name: str,
        inputs: Sequence[ProcessingInput],
        output: ProcessingOutput,
        environment: Mapping[str, str | PipelineVariable],
        *,
        asks_model: bool = False,
    ) -> dict[str, Any]:
        """The request of CreateProcessingJob, but for the name.

        A job that asks a model calls SageMaker, which a container without a network cannot.
        """
        return members(
            AppSpecification={"ImageUri": image(image_name)},
            ProcessingInputs=[item.to_request() for item in inputs],
            ProcessingOutputConfig={"Outputs": [output.to_request()], "KmsKeyId": env("kms_key")},
            ProcessingResources={
                "ClusterConfig": {
                    "InstanceType": self.instance_type,
                    "InstanceCount": self.instance_count,
                    "VolumeSizeInGB": self.volume_size_in_gb,
                    "VolumeKmsKeyId": env("kms_key"),
                }
            },
            StoppingCondition={"MaxRuntimeInSeconds": self.max_runtime_in_seconds},
            Environment={**environment, **self.env} or None,
            NetworkConfig=members(
                EnableNetworkIsolation=None if asks_model else env("network_isolation"), VpcConfig=env("vpc")
            ),
            RoleArn=env("role"),
            Tags=env("tags"),
        )


@dataclass(frozen=True)
class Comparison:
    """How a check compares its result with a baseline, in the keywords of the SDK.

    `supplied` are the baselines given, by what they are: statistics, constraints.
    """

    skip_check: Flag
    fail_on_violation: Flag
    register_new_baseline: Flag
    model_package_group_name: str | PipelineVariable | None
    supplied: Mapping[str, str | PipelineVariable | None]

    def to_request(self, where: str) -> dict[str, Any]:
        """The keys of the step. Raises PenstockError for what the service could not compare."""
        flags = {
            "skip_check": self.skip_check,
            "fail_on_violation": self.fail_on_violation,
            "register_new_baseline": self.register_new_baseline,
        }
        for name, value in flags.items():
            if not isinstance(value, bool | PipelineVariable):
                raise PenstockError(
                    f"{name} {value!r} is neither a boolean nor a pipeline variable", where=where
                )
        known = self.model_package_group_name is not None or any(
            uri is not None for uri in self.supplied.values()
        )
        if not known and (self.skip_check is False or self.register_new_baseline is False):
            raise PenstockError(
                "has no baseline to compare with",
                where=where,
                remedy="Give model_package_group_name or supplied_baseline_constraints; without them a check"
                " can only be skipped, and register a new baseline.",
            )
        return members(
            ModelPackageGroupName=self.model_package_group_name,
            SkipCheck=self.skip_check,
            FailOnViolation=self.fail_on_violation,
            RegisterNewBaseline=self.register_new_baseline,
            **{f"SuppliedBaseline{name}": uri for name, uri in self.supplied.items()},
        )


class CheckStep(PlainStep):
    """A processing job whose result is a baseline, and is compared with an earlier one.

    The step cache does not know when a newer version was approved, whose baseline the next comparison has to
    be with (facts/pipeline-execution.md, section 5). So there is no caching unless it is asked for.
    """

    def __init__(
        self,
        name: str,
        step_type: StepTypeEnum,
        check_type: str,
        request: dict[str, Any],
        comparison: Comparison,
        *,
        display_name: str,
        description: str,
        depends_on: Upstream,
        cache_config: CacheConfig | None,
        model_name: str | PipelineVariable | None = None,
    ) -> None:
        """Raises PenstockError if the request does not fit CreateProcessingJob."""
        where = f"step {name}"
        check_request(where, "CreateProcessingJob", request, named_by="ProcessingJobName")
        settings = {"CheckType": check_type, **comparison.to_request(where)}
        super().__init__(
            name,
            step_type,
            request,
            settings | members(ModelName=model_name),
            display_name=display_name,
            description=description,
            depends_on=depends_on,
            cache_config=cache_config,
        )
        self._properties = StepProperty(self, _results(comparison.supplied))

    @property
    def properties(self) -> StepProperty:
        """What other steps can refer to: the URIs of the baselines, calculated and used."""
        return self._properties


def _results(kinds: Mapping[str, Any]) -> StructureShape:
    names = [f"{use}{kind}" for use in ("CalculatedBaseline", "BaselineUsedForDriftCheck") for kind in kinds]
    shape = ShapeResolver(
        {
            "CheckResults": {"type": "structure", "members": {name: {"shape": "Uri"} for name in names}},
            "Uri": {"type": "string"},
        }
    ).get_shape_by_name("CheckResults")
    assert isinstance(shape, StructureShape)
    return shape
