"""The step types as tables: which keys each takes, and the request that its Arguments become.

Every type of the SDK 3.27 is here, and those that the API knows but nothing documents (`documented=False`),
of which only the common keys are checked (facts/pipeline-execution.md, sections 1.3 and 5).
"""

from dataclasses import dataclass

STEP_KEYS = ("Name", "Type", "Arguments", "DisplayName", "Description", "DependsOn")


@dataclass(frozen=True)
class StepType:
    """`operation` is the SageMaker call whose request the Arguments are, `name_member` the required member
    that Pipelines fills in when it is left out, and `without` the members that a step may not have (`A.B` is
    the member B of A).
    `settings` are the type's own keys, `required` those that must be there. `arguments` are the Arguments'
    members where they are no request, `needs` those that must be there."""

    operation: str | None = None
    name_member: str | None = None
    without: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    arguments: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    retries: bool = False
    caches: bool = False
    documented: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that a step of the type may have, also those without an effect (PS708, PS709)."""
        return (*STEP_KEYS, "CacheConfig", "RetryPolicies", *self.settings)


def _job(
    operation: str, name_member: str, *settings: str, without: tuple[str, ...] = (), caches: bool = True
) -> StepType:
    return StepType(operation, name_member, without, settings, retries=True, caches=caches)


def _check(*settings: str) -> StepType:
    common = (
        "CheckType", "ModelPackageGroupName", "SkipCheck", "FailOnViolation", "RegisterNewBaseline",
        "SuppliedBaselineConstraints",
    )  # fmt: skip
    return StepType(
        "CreateProcessingJob",
        "ProcessingJobName",
        settings=(*common, *settings),
        required=("CheckType",),
        caches=True,
    )


_UNDOCUMENTED = StepType(retries=True, caches=True, documented=False)

# The execution's own experiment and trial are filled in (SDK 3.27, steps.py: _trim_experiment_config).
_EXPERIMENT = ("ExperimentConfig.ExperimentName", "ExperimentConfig.TrialName")

STEP_TYPES: dict[str, StepType] = {
    "Processing": _job("CreateProcessingJob", "ProcessingJobName", "PropertyFiles", without=_EXPERIMENT),
    "Training": _job("CreateTrainingJob", "TrainingJobName", "PropertyFiles", without=_EXPERIMENT),
    "Tuning": _job("CreateHyperParameterTuningJob", "HyperParameterTuningJobName", "PropertyFiles"),
    "AutoML": _job("CreateAutoMLJob", "AutoMLJobName"),
    "Transform": _job("CreateTransformJob", "TransformJobName", "PropertyFiles", without=_EXPERIMENT),
    "Model": _job("CreateModel", "ModelName", caches=False),
    # GH 3472: the service refuses ModelPackageName (section 1.3); SDK 3.27, model_step.py: the other one.
    "RegisterModel": StepType(
        "CreateModelPackage", without=("ModelPackageName", "CertifyForMarketplace"), retries=True
    ),
    "EndpointConfig": StepType(
        "CreateEndpointConfig", "EndpointConfigName", ("DataCaptureConfig", "ExplainerConfig"),
        retries=True, caches=True,
    ),
    "Endpoint": StepType("CreateEndpoint", "EndpointName", ("DeploymentConfig",), caches=True),
    "InferenceComponent": StepType("CreateInferenceComponent", "InferenceComponentName"),
    "Job": _job("CreateJob", "JobName"),
    "Condition": StepType(
        arguments=("Conditions", "IfSteps", "ElseSteps"), needs=("Conditions",)
    ),
    "Fail": StepType(arguments=("ErrorMessage",), needs=("ErrorMessage",)),
    "Lambda": StepType(settings=("FunctionArn", "OutputParameters"), required=("FunctionArn",)),
    "Callback": StepType(settings=("SqsQueueUrl", "OutputParameters"), required=("SqsQueueUrl",)),
    "EMR": StepType(
        arguments=("StepConfig", "ClusterId", "ClusterConfig", "ExecutionRoleArn"),
        needs=("StepConfig",), caches=True,
    ),
    "EMRServerless": StepType(
        arguments=("ExecutionRoleArn", "JobConfig", "ApplicationId", "ApplicationConfig"),
        needs=("ExecutionRoleArn", "JobConfig"), retries=True, caches=True,
    ),
    "QualityCheck": _check("SuppliedBaselineStatistics"),
    "ClarifyCheck": _check("ModelName"),
    "ForEach": StepType(
        arguments=("IterableItems", "MaxConcurrency", "Selector", "ForEachBody"),
        needs=("IterableItems", "MaxConcurrency", "ForEachBody"),
    ),
    "Cleanup": StepType(arguments=("Resources",), needs=("Resources",)),
    "Lineage": StepType(arguments=("Actions", "Artifacts", "Contexts", "Associations")),
    "Athena": _UNDOCUMENTED,
    "HubContent": _UNDOCUMENTED,
    "BedrockCustomModel": _UNDOCUMENTED,
    "BedrockCustomModelDeployment": _UNDOCUMENTED,
    "BedrockProvisionedModelThroughput": _UNDOCUMENTED,
    "BedrockModelImport": _UNDOCUMENTED,
}  # fmt: skip

# A type that is misspelt is told once (PS104) and checked no further.
UNKNOWN = _UNDOCUMENTED


def step_type(name: str) -> StepType:
    return STEP_TYPES.get(name, UNKNOWN)
