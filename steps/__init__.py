"""The step types, and all else that a pipeline is written with: pipelines import from here only.

The names and keywords are the SageMaker SDK's. Each step is the request it becomes, checked when it is
built, and nothing here calls AWS.
"""

from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig

from steps.automl_step import AutoMLInput, AutoMLStep
from steps.control_steps import ConditionStep, FailStep
from steps.model_step import ModelStep
from steps.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from steps.paths import execution_path
from steps.pipeline import Pipeline
from steps.placeholders import asset, env, function, image
from steps.processing_step import ProcessingInput, ProcessingOutput, ProcessingStep
from steps.transform_step import TransformStep

__all__ = [
    "AutoMLInput",
    "AutoMLStep",
    "CacheConfig",
    "ConditionEquals",
    "ConditionGreaterThan",
    "ConditionGreaterThanOrEqualTo",
    "ConditionIn",
    "ConditionLessThan",
    "ConditionLessThanOrEqualTo",
    "ConditionNot",
    "ConditionOr",
    "ConditionStep",
    "ExecutionVariables",
    "FailStep",
    "Join",
    "JsonGet",
    "MetricsSource",
    "ModelMetrics",
    "ModelStep",
    "ParameterBoolean",
    "ParameterFloat",
    "ParameterInteger",
    "ParameterString",
    "Pipeline",
    "ProcessingInput",
    "ProcessingOutput",
    "ProcessingStep",
    "PropertyFile",
    "SageMakerJobExceptionTypeEnum",
    "SageMakerJobStepRetryPolicy",
    "StepExceptionTypeEnum",
    "StepRetryPolicy",
    "TransformStep",
    "asset",
    "env",
    "execution_path",
    "function",
    "image",
]
