"""Train a binary classifier, check it and its data, have it approved, deploy it, and score a batch with it.

PrepareData -> CheckDataQuality, CheckDataBias -> TrainAutoML -> CreateModel
    CreateModel -> ScoreTestSet -> EvaluateModel -> CheckModelQuality
    CreateModel -> CheckModelBias, ExplainModel
QualityGate, if the AUC on the test set reaches MinimumAuc:
    RequestApproval -> RegisterModel -> DeployEndpoint -> ScoreBatch -> Notify
    else RejectModel

The first run has no baseline to compare with: it skips the comparisons and registers its own results as the
baselines of the model. Later runs compare with the latest approved model, each check by its own parameter:
`-p SkipDataQualityCheck=false`.
"""

from pipelines._automl_checks import (
    RESPONSE_KEYS,
    TARGET,
    check_data_bias,
    check_data_quality,
    check_model_bias,
    check_model_quality,
    explain,
)
from pipelines._automl_parameters import (
    PARAMETERS,
    automl_runtime,
    cluster_instance_type,
    data_uri,
    endpoint_name,
    inference_instance_type,
    minimum_auc,
    model_package_group,
    processing_instance_type,
)
from steps import (
    AutoMLInput,
    AutoMLStep,
    CacheConfig,
    CallbackOutput,
    CallbackOutputTypeEnum,
    CallbackStep,
    CheckStep,
    ConditionGreaterThanOrEqualTo,
    ConditionStep,
    DriftCheckBaselines,
    EMRStep,
    EMRStepConfig,
    ExecutionVariables,
    FailStep,
    Function,
    Join,
    JsonGet,
    LambdaOutput,
    LambdaOutputTypeEnum,
    LambdaStep,
    MetricsSource,
    ModelMetrics,
    ModelStep,
    Pipeline,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    PropertyFile,
    StepProperty,
    TransformStep,
    Upstream,
    asset,
    env,
    execution_path,
)

# What PrepareData writes lies below the execution's own path, so that no execution reads another's data: what
# reads it takes in something new each time, which no cache has (`penstock check`, PS808).
NO_CACHE = CacheConfig(enable_caching=False)

approver = Function(
    "approver",
    "jobs/approver.py",
    "Answers requests for approval by the policy in its environment.",
    timeout=30,
    environment={"MINIMUM_AUC": "0.8", "MAXIMUM_LOG_LOSS": "0.5"},
    queue=env("approval_queue_arn"),
    enabled=env("automatic_approval"),
)


def build() -> Pipeline:
    data = prepare_data()
    data_checks = [check_data_quality(data), check_data_bias(data)]
    automl = train(data, data_checks)
    best_model = automl.get_best_model(inference_response_keys=RESPONSE_KEYS)
    model = ModelStep.create(
        "CreateModel",
        display_name="Create model",
        description="Makes the best candidate a model that can be run.",
        containers=best_model,
    )
    scores = score(
        "ScoreTestSet",
        "Score test set",
        "Predicts the label of each row of the test set, by batch transform.",
        model,
        data.emr_outputs["features"],
    )
    evaluation = evaluate(data, scores)
    model_checks = [check_model_quality(evaluation), check_model_bias(data, model), explain(data, model)]
    auc = metric(evaluation, "auc")
    approval = request_approval(evaluation, model)
    register = register_model(best_model, approval, data_checks, model_checks)
    endpoint = deploy_endpoint(model, register)
    batch = score(
        "ScoreBatch",
        "Score batch",
        "Predicts the label of each row of the batch, and writes it beside the row.",
        model,
        data.emr_outputs["batch"],
        join_source="Input",
        depends_on=[endpoint],
    )
    gate = ConditionStep(
        "QualityGate",
        display_name="Quality gate",
        description="Goes on to approval if the model's AUC on the test set reaches the minimum.",
        conditions=[ConditionGreaterThanOrEqualTo(left=auc, right=minimum_auc)],
        if_steps=[approval, register, endpoint, batch, notify(auc, register, endpoint, batch)],
        else_steps=[reject(auc)],
        depends_on=model_checks,
    )
    return Pipeline(
        "automl-scoring",
        display_name="AutoML-scoring",
        description="Trains a binary classifier with Autopilot, checks data and model for quality and bias,"
        " has the model approved, registers and deploys it, and scores a batch with it.",
        parameters=PARAMETERS,
        steps=[data, *data_checks, automl, model, scores, evaluation, *model_checks, gate],
        functions=[approver],
    )


def prepare_data() -> EMRStep:
    outputs = ("train", "validation", "test", "features", "explain", "batch", "summary")
    return EMRStep(
        "PrepareData",
        display_name="Prepare data",
        description="Splits the data into train, validation, test and batch sets, stratified by the target.",
        step_config=EMRStepConfig(
            jar="command-runner.jar",
            args=["spark-submit", asset("jobs/prepare_data.py"), "--input", data_uri, "--target", TARGET],
            output_args={name: execution_path("PrepareData", name) for name in outputs},
        ),
        cluster_config={
            "ReleaseLabel": env("emr_release"),
            "Applications": [{"Name": "Spark"}],
            "Instances": {
                "InstanceGroups": [
                    {
                        "Name": "Primary",
                        "InstanceRole": "MASTER",
                        "InstanceType": cluster_instance_type,
                        "InstanceCount": 1,
                    },
                    {
                        "Name": "Core",
                        "InstanceRole": "CORE",
                        "InstanceType": cluster_instance_type,
                        "InstanceCount": 1,
                    },
                ],
                "Ec2SubnetId": env("subnet"),
            },
            "ServiceRole": env("emr_service_role"),
            "JobFlowRole": env("emr_instance_profile"),
            "LogUri": env("emr_log_uri"),
            "VisibleToAllUsers": True,
            "Tags": env("tags"),
        },
    )


def train(data: EMRStep, checks: list[CheckStep]) -> AutoMLStep:
    return AutoMLStep(
        "TrainAutoML",
        display_name="Train with Autopilot",
        description="Trains an ensemble of models and keeps the candidate with the best AUC.",
        inputs=[
            AutoMLInput(data.emr_outputs["train"], channel_type="training"),
            AutoMLInput(data.emr_outputs["validation"], channel_type="validation"),
        ],
        target_attribute_name=TARGET,
        problem_type="BinaryClassification",
        objective_metric_name="AUC",
        max_runtime_in_seconds=automl_runtime,
        output_path=execution_path("TrainAutoML"),
        cache_config=NO_CACHE,
        depends_on=checks,
    )


def score(
    name: str,
    display_name: str,
    description: str,
    model: ModelStep,
    rows: StepProperty,
    join_source: str | None = None,
    depends_on: Upstream = None,
) -> TransformStep:
    """The model's answers for rows without a header, by batch transform."""
    return TransformStep(
        name,
        display_name=display_name,
        description=description,
        model_name=model.properties.ModelName,
        data=rows,
        content_type="text/csv",
        split_type="Line",
        batch_strategy="MultiRecord",
        accept="text/csv",
        assemble_with="Line",
        output_path=execution_path(name),
        join_source=join_source,
        instance_type=inference_instance_type,
        cache_config=NO_CACHE,
        depends_on=depends_on,
    )


EVALUATION = PropertyFile("Evaluation", output_name="evaluation", path="evaluation.json")


def evaluate(data: EMRStep, scores: TransformStep) -> ProcessingStep:
    sources = {
        "predictions": scores.properties.TransformOutput.S3OutputPath,
        "labels": data.emr_outputs["test"],
        "summary": data.emr_outputs["summary"],
    }
    return ProcessingStep(
        "EvaluateModel",
        display_name="Evaluate model",
        description="Compares the predictions with the test labels, in Model Monitor's model quality schema.",
        image_name="scikit-learn",
        code="jobs/evaluate_model.py",
        container_arguments=["--columns", ",".join(RESPONSE_KEYS)],
        inputs=[
            ProcessingInput(name, source, f"/opt/ml/processing/input/{name}")
            for name, source in sources.items()
        ],
        outputs=[
            ProcessingOutput(name, f"/opt/ml/processing/output/{name}", execution_path("EvaluateModel", name))
            for name in ("evaluation", "scored")
        ],
        property_files=[EVALUATION],
        instance_type=processing_instance_type,
        cache_config=NO_CACHE,
    )


def metric(evaluation: ProcessingStep, name: str) -> JsonGet:
    return JsonGet(
        step_name=evaluation.name,
        property_file=EVALUATION,
        json_path=f"binary_classification_metrics.{name}.value",
    )


def request_approval(evaluation: ProcessingStep, model: ModelStep) -> CallbackStep:
    return CallbackStep(
        "RequestApproval",
        display_name="Request approval",
        description="Asks for the approval of the model, of a person or of the policy, and waits for it.",
        sqs_queue_url=env("approval_queue_url"),
        inputs={
            "model_name": model.properties.ModelName,
            "data_uri": data_uri,
            **{name: metric(evaluation, name) for name in ("auc", "accuracy", "f1", "log_loss")},
        },
        outputs=[CallbackOutput("approval_status", CallbackOutputTypeEnum.String)],
    )


def register_model(
    containers: list, approval: CallbackStep, data_checks: list[CheckStep], model_checks: list[CheckStep]
) -> ModelStep:
    data_quality, data_bias = data_checks
    model_quality, model_bias, explanation = model_checks

    def calculated(check: CheckStep, kind: str = "Constraints") -> MetricsSource:
        return MetricsSource("application/json", getattr(check.properties, f"CalculatedBaseline{kind}"))

    def used(check: CheckStep, kind: str = "Constraints") -> MetricsSource:
        uri = getattr(check.properties, f"BaselineUsedForDriftCheck{kind}")
        return MetricsSource("application/json", uri)

    return ModelStep.register(
        "RegisterModel",
        display_name="Register model",
        description="Adds the model, with its metrics and baselines, to the model package group.",
        containers=containers,
        model_package_group_name=model_package_group,
        model_package_description="Best candidate of an Autopilot ensemble, trained by the pipeline.",
        approval_status=approval.properties.Outputs["approval_status"],
        model_metrics=ModelMetrics(
            model_statistics=calculated(model_quality, "Statistics"),
            model_constraints=calculated(model_quality),
            model_data_statistics=calculated(data_quality, "Statistics"),
            model_data_constraints=calculated(data_quality),
            bias_pre_training=calculated(data_bias),
            bias_post_training=calculated(model_bias),
            explainability=calculated(explanation),
        ),
        drift_check_baselines=DriftCheckBaselines(
            model_statistics=used(model_quality, "Statistics"),
            model_constraints=used(model_quality),
            model_data_statistics=used(data_quality, "Statistics"),
            model_data_constraints=used(data_quality),
            bias_pre_training_constraints=used(data_bias),
            bias_post_training_constraints=used(model_bias),
            explainability_constraints=used(explanation),
        ),
        transform_instances=[inference_instance_type],
        inference_instances=[inference_instance_type],
    )


def deploy_endpoint(model: ModelStep, register: ModelStep) -> LambdaStep:
    return LambdaStep(
        "DeployEndpoint",
        display_name="Deploy endpoint",
        description="Creates or updates the endpoint, which captures its data, and waits until it serves.",
        lambda_func=Function(
            "deploy_endpoint",
            "jobs/deploy_endpoint.py",
            "Creates or updates an endpoint with data capture and waits until it is in service.",
        ),
        inputs={
            "endpoint_name": endpoint_name,
            "model_name": model.properties.ModelName,
            "instance_type": inference_instance_type,
            "capture_uri": f"s3://{env('bucket')}/{env('prefix')}/capture",
            "kms_key": env("kms_key"),
        },
        outputs=[
            LambdaOutput(name, LambdaOutputTypeEnum.String)
            for name in ("endpoint_name", "endpoint_arn", "endpoint_config_name", "action")
        ],
        depends_on=[register],
    )


def notify(auc: JsonGet, register: ModelStep, endpoint: LambdaStep, batch: TransformStep) -> LambdaStep:
    return LambdaStep(
        "Notify",
        display_name="Notify",
        description="Writes a record of what the execution has delivered.",
        lambda_func=Function("notify", "jobs/notify.py", "Writes a notification to S3.", timeout=60),
        inputs={
            "notification_uri": execution_path("Notify", "notification.json"),
            "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "model_package": register.properties.ModelPackageArn,
            "auc": auc,
            "endpoint": endpoint.properties.Outputs["endpoint_name"],
            "predictions": batch.properties.TransformOutput.S3OutputPath,
        },
        outputs=[LambdaOutput(name, LambdaOutputTypeEnum.String) for name in ("notification_uri", "message")],
    )


def reject(auc: JsonGet) -> FailStep:
    return FailStep(
        "RejectModel",
        display_name="Reject model",
        description="Ends the execution: the model is not good enough to be registered.",
        error_message=Join(
            values=["The AUC on the test set is ", auc, ", below the minimum of ", minimum_auc, "."]
        ),
    )
