"""The definition grammar as tables: which keys stand where (facts/pipeline-execution.md, sections 1 and 1.3).

The tables cover every step type that SageMaker knows, whether the engine runs it or not, so that a
definition is refused for what is wrong with it and for nothing else.
"""

from dataclasses import dataclass

VERSION = "2020-12-01"

DOCUMENT_KEYS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
PARAMETER_KEYS = ("Name", "Type", "DefaultValue", "EnumValues", "Description")
PARAMETER_TYPES = {"String": (str,), "Integer": (int,), "Float": (int, float), "Boolean": (bool,)}
STEP_KEYS = ("Name", "Type", "Arguments", "DisplayName", "Description", "DependsOn")
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
PROPERTY_FILE_KEYS = ("PropertyFileName", "OutputName", "FilePath")
OUTPUT_KEYS = ("OutputName", "OutputType")
CACHE_KEYS = ("Enabled", "ExpireAfter")

EXECUTION_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
EXPERIMENT_MEMBERS = ("ExperimentName", "TrialName")
# What is configured for a whole execution, and its members.
EXECUTION_SETTINGS = {
    "PipelineExperimentConfig": EXPERIMENT_MEMBERS,
    "MlflowConfig": ("MlflowResourceArn", "MlflowExperimentName"),
}

RETRY_KEYS = ("ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin")
EXCEPTION_TYPES = (
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
    "Emr.RESOURCE_LIMIT",  # in the JSON schema only; no step has that failure here
)
# The largest numbers of a retry policy (facts/pipeline-execution.md, section 5).
RETRY_LIMITS = {"IntervalSeconds": 43200, "MaxAttempts": 20, "ExpireAfterMin": 14400}

# Quotas that cannot be raised (facts/pipeline-execution.md, section 2).
MAX_STEPS = 50
MAX_PARAMETERS = 200
# Of a Lambda or a Callback step (section 4.1).
MAX_OUTPUTS = 50


@dataclass(frozen=True)
class StepGrammar:
    """`operation` is the SageMaker call whose request Arguments are, `without` its members that a step may
    not have; `settings` are the type's own keys, `required` those of them that must be there; `retries` and
    `caches` whether RetryPolicies and CacheConfig may stand there. Of a type that is not `documented` any key
    may."""

    operation: str | None = None
    without: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    retries: bool = False
    caches: bool = False
    documented: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        optional = (("RetryPolicies", self.retries), ("CacheConfig", self.caches))
        return (*STEP_KEYS, *self.settings, *(key for key, allowed in optional if allowed))


_CHECK = (
    "CheckType",
    "ModelPackageGroupName",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineConstraints",
)
CHECK_TYPES = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}


def _job(operation: str, *, settings: tuple[str, ...] = ()) -> StepGrammar:
    return StepGrammar(operation, settings=settings, retries=True, caches=True)


def _check(*settings: str) -> StepGrammar:
    # No RetryPolicies: section 5 has no check among the steps that are retried.
    return StepGrammar(
        "CreateProcessingJob", settings=(*_CHECK, *settings), required=("CheckType",), caches=True
    )


# The SDK writes CacheConfig on some types that the service does not cache (section 5); it is accepted
# there and has no effect. So are RetryPolicies, which it writes on every retryable step class.
STEP_GRAMMARS: dict[str, StepGrammar] = {
    "Processing": _job("CreateProcessingJob", settings=("PropertyFiles",)),
    "Training": _job("CreateTrainingJob", settings=("PropertyFiles",)),
    "Tuning": _job("CreateHyperParameterTuningJob", settings=("PropertyFiles",)),
    "AutoML": _job("CreateAutoMLJob"),
    "Transform": _job("CreateTransformJob", settings=("PropertyFiles",)),
    "Model": _job("CreateModel"),
    # GH 3472: the service refuses ModelPackageName here (section 1.3).
    "RegisterModel": StepGrammar("CreateModelPackage", ("ModelPackageName",), retries=True, caches=True),
    "EndpointConfig": StepGrammar(
        "CreateEndpointConfig", ("DataCaptureConfig", "ExplainerConfig"), retries=True, caches=True
    ),
    "Endpoint": StepGrammar("CreateEndpoint", ("DeploymentConfig",), caches=True),
    "InferenceComponent": StepGrammar("CreateInferenceComponent"),
    "Condition": StepGrammar(),
    "Fail": StepGrammar(),
    "Lambda": StepGrammar(
        settings=("FunctionArn", "OutputParameters"), required=("FunctionArn",), caches=True
    ),
    "Callback": StepGrammar(
        settings=("SqsQueueUrl", "OutputParameters"), required=("SqsQueueUrl",), caches=True
    ),
    "EMR": StepGrammar(caches=True),
    "EMRServerless": StepGrammar(retries=True, caches=True),
    "QualityCheck": _check("SuppliedBaselineStatistics"),
    "ClarifyCheck": _check("ModelName"),
    "ForEach": StepGrammar(),
    "Cleanup": StepGrammar(),
    "Lineage": StepGrammar(),
    "Job": StepGrammar(retries=True, caches=True),
    # In the API's PipelineExecutionStepMetadata, and nowhere else (section 1.3).
    **dict.fromkeys(
        (
            "Athena",
            "HubContent",
            "BedrockCustomModel",
            "BedrockCustomModelDeployment",
            "BedrockProvisionedModelThroughput",
            "BedrockModelImport",
        ),
        StepGrammar(documented=False),
    ),
}
