"""Train a binary classifier with Autopilot, score a test set with it, and register it if it is good enough.

PrepareData -> TrainAutoML -> CreateModel -> ScoreTestSet -> EvaluateModel -> QualityGate
    QualityGate -> RegisterModel if the AUC on the test set reaches MinimumAuc, else -> RejectModel
"""

from steps import (
    AutoMLInput,
    AutoMLStep,
    ConditionGreaterThanOrEqualTo,
    ConditionStep,
    FailStep,
    Join,
    JsonGet,
    MetricsSource,
    ModelMetrics,
    ModelStep,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
    Pipeline,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    PropertyFile,
    TransformStep,
    env,
    execution_path,
)

# The columns of the model's answers; EvaluateModel is told their order.
RESPONSE_KEYS = ("predicted_label", "probabilities", "labels")

data_uri = ParameterString(
    "DataUri",
    f"s3://{env('bucket')}/{env('prefix')}/data/census_income.csv.gz",
    description="S3 URI of a CSV file with a header (plain or gzipped), or of a prefix that holds such files."
    " Results are reused by URI: data that changed needs a new one.",
)
target_column = ParameterString(
    "TargetColumn",
    "salary",
    description="Column to predict. It has two classes; the last in sorted order is the positive one.",
)
automl_runtime = ParameterInteger(
    "AutoMLRuntimeSeconds",
    300,
    description="Longest time that AutoML may train, in seconds.",
)
minimum_auc = ParameterFloat(
    "MinimumAuc",
    0.85,
    description="Lowest area under the ROC curve, on the test set, with which the model is registered.",
)
processing_instance_type = ParameterString(
    "ProcessingInstanceType",
    "ml.m5.large",
    description="Instance type that prepares the data and evaluates the model.",
)
transform_instance_type = ParameterString(
    "TransformInstanceType",
    "ml.m5.large",
    description="Instance type that scores the test set.",
)
approval_status = ParameterString(
    "ModelApprovalStatus",
    "PendingManualApproval",
    enum_values=["PendingManualApproval", "Approved", "Rejected"],
    description="Approval status that the model is registered with.",
)
model_package_group = ParameterString(
    "ModelPackageGroupName",
    "automl-scoring",
    description="Model package group that the model becomes a version of.",
)


def build() -> Pipeline:
    data = ProcessingStep(
        "PrepareData",
        display_name="Prepare data",
        description="Splits the data into train, validation and test sets, stratified by the target.",
        image_name="scikit-learn",
        code="jobs/prepare_data.py",
        container_arguments=["--target", target_column],
        inputs=[ProcessingInput("data", data_uri, "/opt/ml/processing/input/data")],
        outputs=[
            ProcessingOutput(name, f"/opt/ml/processing/output/{name}", execution_path("PrepareData", name))
            for name in ("train", "validation", "test_features", "test_labels", "summary")
        ],
        instance_type=processing_instance_type,
    )
    prepared = data.properties.ProcessingOutputConfig.Outputs

    automl = AutoMLStep(
        "TrainAutoML",
        display_name="Train with Autopilot",
        description="Trains an ensemble of models and keeps the candidate with the best AUC.",
        inputs=[
            AutoMLInput(prepared["train"].S3Output.S3Uri, channel_type="training"),
            AutoMLInput(prepared["validation"].S3Output.S3Uri, channel_type="validation"),
        ],
        target_attribute_name=target_column,
        problem_type="BinaryClassification",
        objective_metric_name="AUC",
        max_runtime_in_seconds=automl_runtime,
        output_path=execution_path("TrainAutoML"),
    )
    best_model = automl.get_best_model(inference_response_keys=RESPONSE_KEYS)

    model = ModelStep.create(
        "CreateModel",
        display_name="Create model",
        description="Makes the best candidate a model that batch transform can run.",
        containers=best_model,
    )

    scores = TransformStep(
        "ScoreTestSet",
        display_name="Score test set",
        description="Predicts the label of each row of the test set, by batch transform.",
        model_name=model.properties.ModelName,
        data=prepared["test_features"].S3Output.S3Uri,
        content_type="text/csv",
        split_type="Line",
        batch_strategy="MultiRecord",
        accept="text/csv",
        assemble_with="Line",
        output_path=execution_path("ScoreTestSet"),
        instance_type=transform_instance_type,
    )

    evaluation_file = PropertyFile("Evaluation", output_name="evaluation", path="evaluation.json")
    evaluation = ProcessingStep(
        "EvaluateModel",
        display_name="Evaluate model",
        description="Compares the predictions with the test labels, in Model Monitor's model quality schema.",
        image_name="scikit-learn",
        code="jobs/evaluate_model.py",
        container_arguments=["--columns", ",".join(RESPONSE_KEYS)],
        inputs=[
            ProcessingInput(
                "predictions",
                scores.properties.TransformOutput.S3OutputPath,
                "/opt/ml/processing/input/predictions",
            ),
            ProcessingInput(
                "labels", prepared["test_labels"].S3Output.S3Uri, "/opt/ml/processing/input/labels"
            ),
            ProcessingInput(
                "summary", prepared["summary"].S3Output.S3Uri, "/opt/ml/processing/input/summary"
            ),
        ],
        outputs=[
            ProcessingOutput(
                "evaluation",
                "/opt/ml/processing/output/evaluation",
                execution_path("EvaluateModel", "evaluation"),
            )
        ],
        property_files=[evaluation_file],
        instance_type=processing_instance_type,
    )
    auc = JsonGet(
        step_name=evaluation.name,
        property_file=evaluation_file,
        json_path="binary_classification_metrics.auc.value",
    )

    register = ModelStep.register(
        "RegisterModel",
        display_name="Register model",
        description="Adds the model, with its evaluation, to the model package group.",
        containers=best_model,
        model_package_group_name=model_package_group,
        model_package_description="Best candidate of an Autopilot ensemble, trained by the pipeline.",
        approval_status=approval_status,
        model_metrics=ModelMetrics(
            model_statistics=MetricsSource(
                content_type="application/json",
                s3_uri=Join(
                    on="/",
                    values=[
                        evaluation.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri,
                        evaluation_file.path,
                    ],
                ),
            )
        ),
        transform_instances=[transform_instance_type],
        inference_instances=["ml.m5.large"],
    )
    reject = FailStep(
        "RejectModel",
        display_name="Reject model",
        description="Ends the execution: the model is not good enough to be registered.",
        error_message=Join(
            values=["The AUC on the test set is ", auc, ", below the minimum of ", minimum_auc, "."]
        ),
    )
    gate = ConditionStep(
        "QualityGate",
        display_name="Quality gate",
        description="Registers the model if its AUC on the test set reaches the minimum.",
        conditions=[ConditionGreaterThanOrEqualTo(left=auc, right=minimum_auc)],
        if_steps=[register],
        else_steps=[reject],
    )

    return Pipeline(
        "automl-scoring",
        display_name="AutoML-scoring",
        description="Trains a binary classifier with Autopilot, evaluates it on a test set by batch"
        " transform, and registers it if it is good enough.",
        parameters=[
            data_uri,
            target_column,
            automl_runtime,
            minimum_auc,
            processing_instance_type,
            transform_instance_type,
            approval_status,
            model_package_group,
        ],
        steps=[data, automl, model, scores, evaluation, gate],
    )
