"""The step types, and all else that a pipeline is written with: pipelines import from here only.

The names and keywords are the SageMaker SDK's. Each step is the request it becomes, checked when it is
built, and nothing here calls AWS.
"""

from sagemaker.core.clarify import (
    BiasConfig,
    DataConfig,
    ModelConfig,
    ModelPredictedLabelConfig,
    PDPConfig,
    SHAPConfig,
)
from sagemaker.core.drift_check_baselines import DriftCheckBaselines
from sagemaker.core.model_metrics import FileSource, MetricsSource, ModelMetrics
from sagemaker.core.model_monitor import DatasetFormat
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
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum
from sagemaker.mlops.workflow.clarify_check_step import (
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig

from steps.automl_step import AutoMLInput, AutoMLStep
from steps.callback_step import CallbackStep
from steps.check_step import CheckJobConfig, CheckStep
from steps.clarify_check_step import ClarifyCheckStep
from steps.control_steps import ConditionStep, FailStep
from steps.emr_step import EMRStep, EMRStepConfig
from steps.function import Function
from steps.lambda_step import LambdaStep
from steps.model_step import ModelStep
from steps.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from steps.paths import execution_path
from steps.pipeline import Pipeline
from steps.placeholders import asset, env, function, image
from steps.processing_step import ProcessingInput, ProcessingOutput, ProcessingStep
from steps.properties import StepProperty
from steps.provenance import ignore
from steps.quality_check_step import QualityCheckStep
from steps.request_step import Upstream
from steps.transform_step import TransformStep

__all__ = [
    "AutoMLInput",
    "AutoMLStep",
    "BiasConfig",
    "CacheConfig",
    "CallbackOutput",
    "CallbackOutputTypeEnum",
    "CallbackStep",
    "CheckJobConfig",
    "CheckStep",
    "ClarifyCheckStep",
    "ConditionEquals",
    "ConditionGreaterThan",
    "ConditionGreaterThanOrEqualTo",
    "ConditionIn",
    "ConditionLessThan",
    "ConditionLessThanOrEqualTo",
    "ConditionNot",
    "ConditionOr",
    "ConditionStep",
    "DataBiasCheckConfig",
    "DataConfig",
    "DataQualityCheckConfig",
    "DatasetFormat",
    "DriftCheckBaselines",
    "EMRStep",
    "EMRStepConfig",
    "ExecutionVariables",
    "FailStep",
    "FileSource",
    "Function",
    "Join",
    "JsonGet",
    "LambdaOutput",
    "LambdaOutputTypeEnum",
    "LambdaStep",
    "MetricsSource",
    "ModelBiasCheckConfig",
    "ModelConfig",
    "ModelExplainabilityCheckConfig",
    "ModelMetrics",
    "ModelPredictedLabelConfig",
    "ModelQualityCheckConfig",
    "ModelStep",
    "PDPConfig",
    "ParameterBoolean",
    "ParameterFloat",
    "ParameterInteger",
    "ParameterString",
    "Pipeline",
    "ProcessingInput",
    "ProcessingOutput",
    "ProcessingStep",
    "PropertyFile",
    "QualityCheckStep",
    "SHAPConfig",
    "SageMakerJobExceptionTypeEnum",
    "SageMakerJobStepRetryPolicy",
    "StepExceptionTypeEnum",
    "StepProperty",
    "StepRetryPolicy",
    "TransformStep",
    "Upstream",
    "asset",
    "env",
    "execution_path",
    "function",
    "ignore",
    "image",
]
