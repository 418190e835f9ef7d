"""The checks of the automl_scoring pipeline: what is measured, and how it is read.

Each compares its result with a baseline as its own parameters say.
"""

from pipelines._automl_parameters import COMPARISONS
from steps import (
    BiasConfig,
    ClarifyCheckStep,
    DataBiasCheckConfig,
    DataConfig,
    DataQualityCheckConfig,
    DatasetFormat,
    EMRStep,
    ModelBiasCheckConfig,
    ModelConfig,
    ModelExplainabilityCheckConfig,
    ModelPredictedLabelConfig,
    ModelQualityCheckConfig,
    ModelStep,
    ProcessingStep,
    QualityCheckStep,
    SHAPConfig,
    execution_path,
)

# What the data means. Clarify reads it from a file that is made at compile time, so it is no parameter.
TARGET = "salary"
LABELS = ("<=50K", ">50K")
BIAS = BiasConfig(
    label_values_or_threshold=[LABELS[1]],
    facet_name="sex",
    facet_values_or_threshold=["Female"],
    group_name="occupation",
)

# The columns of the model's answers; EvaluateModel and Clarify are told their order.
RESPONSE_KEYS = ("predicted_label", "probabilities", "labels")


def check_data_quality(data: EMRStep) -> QualityCheckStep:
    return QualityCheckStep(
        "CheckDataQuality",
        display_name="Check data quality",
        description="Profiles the training data, and compares it with the baseline's constraints.",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=data.emr_outputs["train"], dataset_format=DatasetFormat.csv(header=True)
        ),
        **COMPARISONS["data quality"],
    )


def check_data_bias(data: EMRStep) -> ClarifyCheckStep:
    return ClarifyCheckStep(
        "CheckDataBias",
        display_name="Check data bias",
        description="Measures how the training data treats groups of people, and compares with the baseline.",
        clarify_check_config=DataBiasCheckConfig(
            data_config=clarify_data(data, "train", "CheckDataBias"), data_bias_config=BIAS
        ),
        **COMPARISONS["data bias"],
    )


def check_model_quality(evaluation: ProcessingStep) -> QualityCheckStep:
    return QualityCheckStep(
        "CheckModelQuality",
        display_name="Check model quality",
        description="Measures the model on the test set, and compares with the baseline's constraints.",
        quality_check_config=ModelQualityCheckConfig(
            baseline_dataset=evaluation.properties.ProcessingOutputConfig.Outputs["scored"].S3Output.S3Uri,
            dataset_format=DatasetFormat.csv(header=True),
            problem_type="BinaryClassification",
            inference_attribute="prediction",
            probability_attribute="probability",
            ground_truth_attribute="label",
        ),
        **COMPARISONS["model quality"],
    )


def check_model_bias(data: EMRStep, model: ModelStep) -> ClarifyCheckStep:
    return ClarifyCheckStep(
        "CheckModelBias",
        display_name="Check model bias",
        description="Measures how the model treats groups of people, and compares with the baseline.",
        clarify_check_config=ModelBiasCheckConfig(
            data_config=clarify_data(data, "test", "CheckModelBias"),
            data_bias_config=BIAS,
            model_config=clarify_model(model),
            model_predicted_label_config=ModelPredictedLabelConfig(
                label=RESPONSE_KEYS.index("predicted_label")
            ),
        ),
        **COMPARISONS["model bias"],
    )


def explain(data: EMRStep, model: ModelStep) -> ClarifyCheckStep:
    return ClarifyCheckStep(
        "ExplainModel",
        display_name="Explain model",
        description="Measures what each feature adds to the predictions (SHAP), and compares with the"
        " baseline's ranking.",
        clarify_check_config=ModelExplainabilityCheckConfig(
            data_config=clarify_data(data, "explain", "ExplainModel"),
            model_config=clarify_model(model),
            explainability_config=SHAPConfig(num_clusters=1, num_samples=200, agg_method="mean_abs", seed=0),
            model_scores=ModelPredictedLabelConfig(
                probability=RESPONSE_KEYS.index("probabilities"), label_headers=list(LABELS)
            ),
        ),
        **COMPARISONS["model explainability"],
    )


def clarify_data(data: EMRStep, output: str, step_name: str) -> DataConfig:
    return DataConfig(
        s3_data_input_path=data.emr_outputs[output], s3_output_path=execution_path(step_name), label=TARGET
    )


def clarify_model(model: ModelStep) -> ModelConfig:
    """The endpoint that Clarify makes for itself and deletes."""
    return ModelConfig(
        model_name=model.properties.ModelName,
        instance_count=1,
        instance_type="ml.m5.large",
        content_type="text/csv",
        accept_type="text/csv",
    )
