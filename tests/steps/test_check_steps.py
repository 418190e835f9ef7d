"""Quality and Clarify checks."""

import json

import pytest

from penstock.errors import PenstockError
from steps import (
    BiasConfig,
    CheckJobConfig,
    ClarifyCheckStep,
    DataBiasCheckConfig,
    DataConfig,
    DataQualityCheckConfig,
    DatasetFormat,
    DriftCheckBaselines,
    MetricsSource,
    ModelBiasCheckConfig,
    ModelConfig,
    ModelExplainabilityCheckConfig,
    ModelPredictedLabelConfig,
    ModelQualityCheckConfig,
    ModelStep,
    ParameterBoolean,
    ParameterString,
    Pipeline,
    QualityCheckStep,
    SHAPConfig,
    env,
)

NAMES = {"display_name": "Check", "description": "Checks."}
FIRST_RUN = {"skip_check": True, "register_new_baseline": True}
CSV = DatasetFormat.csv(header=True)
DATA = DataQualityCheckConfig("s3://b/data", CSV, output_s3_uri="s3://b/out")
BIAS = BiasConfig([1], "sex", ["Female"])
CONTAINER = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1", "ModelDataUrl": "s3://b/m.tar.gz"}


def refusal(call):
    with pytest.raises(PenstockError) as error:
        call()
    return str(error.value)


def quality(config=DATA, **keywords):
    return QualityCheckStep("Check", quality_check_config=config, **{**NAMES, **FIRST_RUN, **keywords})


def clarify(config, **keywords):
    return ClarifyCheckStep("Check", clarify_check_config=config, **{**NAMES, **FIRST_RUN, **keywords})


def data_config(**keywords):
    return DataConfig("s3://b/data", "s3://b/out", **{"label": "income", **keywords})


def model_config(name):
    return ModelConfig(name, 1, "ml.m5.large", accept_type="text/csv", content_type="text/csv")


def test_a_data_quality_check_is_a_job_of_the_analyzer():
    request = quality(check_job_config=CheckJobConfig(instance_type="ml.m5.large")).to_request()
    assert request == {
        "Name": "Check",
        "Type": "QualityCheck",
        "DisplayName": "Check",
        "Description": "Checks.",
        "CheckType": "DATA_QUALITY",
        "SkipCheck": True,
        "FailOnViolation": True,
        "RegisterNewBaseline": True,
        "Arguments": {
            "AppSpecification": {"ImageUri": '{{ image("model-monitor") }}'},
            "ProcessingInputs": [
                {
                    "InputName": "baseline_dataset_input",
                    "AppManaged": False,
                    "S3Input": {
                        "S3Uri": "s3://b/data",
                        "LocalPath": "/opt/ml/processing/input/baseline_dataset_input",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                        "S3DataDistributionType": "FullyReplicated",
                        "S3CompressionType": "None",
                    },
                }
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "quality_check_output",
                        "AppManaged": False,
                        "S3Output": {
                            "S3Uri": "s3://b/out",
                            "LocalPath": "/opt/ml/processing/output",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
                "KmsKeyId": "{{ env.kms_key }}",
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                    "VolumeKmsKeyId": "{{ env.kms_key }}",
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "Environment": {
                "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
                "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
                "output_path": "/opt/ml/processing/output",
                "publish_cloudwatch_metrics": "Disabled",
            },
            "NetworkConfig": {
                "EnableNetworkIsolation": "{{ env.network_isolation }}",
                "VpcConfig": "{{ env.vpc }}",
            },
            "RoleArn": "{{ env.role }}",
            "Tags": "{{ env.tags }}",
        },
    }


def test_the_scripts_of_a_data_quality_check_are_assets():
    config = DataQualityCheckConfig(
        "s3://b/data",
        CSV,
        record_preprocessor_script="jobs/before.py",
        post_analytics_processor_script="jobs/after.py",
    )
    arguments = quality(config).arguments
    inputs = {item["InputName"]: item["S3Input"]["S3Uri"] for item in arguments["ProcessingInputs"]}
    assert inputs["record_preprocessor_script_input"] == '{{ asset("jobs/before.py") }}'
    assert inputs["post_analytics_processor_script_input"] == '{{ asset("jobs/after.py") }}'
    environment = arguments["Environment"]
    folder = "/opt/ml/processing/input"
    assert environment["record_preprocessor_script"] == f"{folder}/record_preprocessor_script_input/before.py"
    assert environment["post_analytics_processor_script"] == (
        f"{folder}/post_analytics_processor_script_input/after.py"
    )


def test_a_model_quality_check_names_its_columns():
    config = ModelQualityCheckConfig(
        "s3://b/data",
        CSV,
        problem_type="BinaryClassification",
        inference_attribute="prediction",
        probability_attribute="probability",
        ground_truth_attribute="label",
    )
    request = quality(config).to_request()
    assert request["CheckType"] == "MODEL_QUALITY"
    environment = request["Arguments"]["Environment"]
    assert environment["analysis_type"] == "MODEL_QUALITY"
    assert environment["problem_type"] == "BinaryClassification"
    assert environment["inference_attribute"] == "prediction"
    assert environment["probability_attribute"] == "probability"
    assert environment["ground_truth_attribute"] == "label"
    assert "probability_threshold_attribute" not in environment


def test_how_results_are_compared_may_be_pipeline_variables():
    step = quality(
        skip_check=ParameterBoolean("Skip", True, description="x"),
        fail_on_violation=ParameterBoolean("Fail", True, description="x"),
        register_new_baseline=ParameterBoolean("Register", True, description="x"),
        model_package_group_name=ParameterString("Group", "group", description="x"),
        supplied_baseline_statistics=ParameterString("Statistics", "s3://b/s.json", description="x"),
        supplied_baseline_constraints="s3://b/c.json",
    )
    names = ["Skip", "Fail", "Register", "Group", "Statistics"]
    parameters = [
        (ParameterString if name in ("Group", "Statistics") else ParameterBoolean)(name, description="x")
        for name in names
    ]
    [step] = json.loads(Pipeline("line", steps=[step], parameters=parameters, **NAMES).definition())["Steps"]
    assert {key: step[key] for key in step if key not in ("Name", "Type", "Arguments")} == {
        "DisplayName": "Check",
        "Description": "Checks.",
        "CheckType": "DATA_QUALITY",
        "SkipCheck": {"Get": "Parameters.Skip"},
        "FailOnViolation": {"Get": "Parameters.Fail"},
        "RegisterNewBaseline": {"Get": "Parameters.Register"},
        "ModelPackageGroupName": {"Get": "Parameters.Group"},
        "SuppliedBaselineStatistics": {"Get": "Parameters.Statistics"},
        "SuppliedBaselineConstraints": "s3://b/c.json",
    }


def test_baselines_are_registered_with_a_model():
    check = quality(DATA)
    bias = clarify(DataBiasCheckConfig(data_config(), BIAS))
    step = ModelStep.register(
        "Register",
        containers=[CONTAINER],
        model_package_group_name="group",
        drift_check_baselines=DriftCheckBaselines(
            model_data_statistics=MetricsSource(
                "application/json", check.properties.BaselineUsedForDriftCheckStatistics
            ),
            bias_pre_training_constraints=MetricsSource(
                "application/json", bias.properties.BaselineUsedForDriftCheckConstraints
            ),
        ),
        **NAMES,
    )
    definition = json.loads(Pipeline("line", steps=[check, step], **NAMES).definition())
    assert definition["Steps"][1]["Arguments"]["DriftCheckBaselines"] == {
        "ModelDataQuality": {
            "Statistics": {
                "ContentType": "application/json",
                "S3Uri": {"Get": "Steps.Check.BaselineUsedForDriftCheckStatistics"},
            }
        },
        "Bias": {
            "PreTrainingConstraints": {
                "ContentType": "application/json",
                "S3Uri": {"Get": "Steps.Check.BaselineUsedForDriftCheckConstraints"},
            }
        },
    }


def test_a_clarify_check_has_no_statistics():
    step = clarify(DataBiasCheckConfig(data_config(), BIAS))
    assert refusal(lambda: step.properties.CalculatedBaselineStatistics) == (
        "properties of step Check: CheckResults has no member CalculatedBaselineStatistics\n"
        "Did you mean CalculatedBaselineConstraints?"
    )


def test_a_data_bias_check_writes_its_analysis():
    step = clarify(DataBiasCheckConfig(data_config(), BIAS, methods=["CI", "DPL"]))
    request = step.to_request()
    assert request["Type"] == "ClarifyCheck"
    assert request["CheckType"] == "DATA_BIAS"
    assert "ModelName" not in request
    inputs = request["Arguments"]["ProcessingInputs"]
    assert [
        (item["InputName"], item["S3Input"]["S3Uri"], item["S3Input"]["LocalPath"]) for item in inputs
    ] == [
        (
            "analysis_config",
            '{{ generated("Check/analysis_config.json") }}',
            "/opt/ml/processing/input/config",
        ),
        ("dataset", "s3://b/data", "/opt/ml/processing/input/data"),
    ]
    [output] = request["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    assert (output["OutputName"], output["S3Output"]["S3Uri"]) == ("analysis_result", "s3://b/out")
    assert step.generated_files == {
        "Check/analysis_config.json": {
            "dataset_type": "text/csv",
            "label": "income",
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "sex", "value_or_threshold": ["Female"]}],
            "methods": {
                "pre_training_bias": {"methods": ["CI", "DPL"]},
                "report": {"name": "report", "title": "Analysis Report"},
            },
        }
    }


def test_a_model_bias_check_names_the_model_in_the_step():
    model = ModelStep.create("Create", containers=[CONTAINER], **NAMES)
    answer = ModelPredictedLabelConfig(label=0, probability=1, probability_threshold=0.6)
    step = clarify(
        ModelBiasCheckConfig(data_config(), BIAS, model_config(model.properties.ModelName), answer)
    )
    definition = json.loads(Pipeline("line", steps=[model, step], **NAMES).definition())
    assert definition["Steps"][1]["CheckType"] == "MODEL_BIAS"
    assert definition["Steps"][1]["ModelName"] == {"Get": "Steps.Create.ModelName"}
    # It calls SageMaker, and needs the network for that.
    assert definition["Steps"][1]["Arguments"]["NetworkConfig"] == {"VpcConfig": "{{ env.vpc }}"}
    [analysis] = step.generated_files.values()
    assert analysis["probability_threshold"] == 0.6
    assert analysis["methods"]["post_training_bias"] == {"methods": "all"}
    assert analysis["predictor"] == {
        "instance_type": "ml.m5.large",
        "initial_instance_count": 1,
        "accept_type": "text/csv",
        "content_type": "text/csv",
        "label": 0,
        "probability": 1,
    }


def test_an_explainability_check_has_the_methods_of_its_config():
    shap = SHAPConfig(num_samples=50, num_clusters=3, seed=1)
    config = ModelExplainabilityCheckConfig(data_config(), model_config("model"), shap, model_scores=1)
    step = clarify(config)
    assert step.to_request()["CheckType"] == "MODEL_EXPLAINABILITY"
    [analysis] = step.generated_files.values()
    assert analysis["predictor"]["label"] == 1
    assert analysis["methods"] == {
        "shap": {
            "use_logit": False,
            "save_local_shap_values": True,
            "num_samples": 50,
            "seed": 1,
            "num_clusters": 3,
        },
        "report": {"name": "report", "title": "Analysis Report"},
    }


@pytest.mark.parametrize("flags", [(False, False), (False, True), (True, False)])
def test_a_check_without_a_baseline_to_compare_with_is_refused(flags):
    skip, register = flags
    assert refusal(lambda: quality(skip_check=skip, register_new_baseline=register)) == (
        "step Check: has no baseline to compare with\n"
        "Give model_package_group_name or supplied_baseline_constraints; without them a check can only be"
        " skipped, and register a new baseline."
    )


def test_a_flag_of_another_type_is_refused():
    assert refusal(lambda: quality(skip_check="yes")) == (
        "step Check: skip_check 'yes' is neither a boolean nor a pipeline variable"
    )


def test_a_quality_check_needs_its_config():
    assert refusal(lambda: quality(BIAS)) == (
        "step Check: quality_check_config is a BiasConfig, and not a DataQualityCheckConfig or"
        " ModelQualityCheckConfig"
    )


def test_a_clarify_check_needs_its_config():
    assert refusal(lambda: clarify(DATA)) == (
        "step Check: clarify_check_config is a DataQualityCheckConfig, and not one of DataBiasCheckConfig,"
        " ModelBiasCheckConfig, ModelExplainabilityCheckConfig"
    )


def test_an_unknown_format_is_refused():
    assert refusal(lambda: quality(DataQualityCheckConfig("s3://b/data", {"xml": {}}))) == (
        "step Check: dataset_format {'xml': {}} is not one of csv, json, parquet, sagemakerCaptureJson\n"
        "Write it as DatasetFormat.csv(header=True)."
    )


def test_an_unknown_problem_type_is_refused():
    assert refusal(lambda: quality(ModelQualityCheckConfig("s3://b/data", CSV, problem_type="Binary"))) == (
        "step Check: problem_type 'Binary' is not one of Regression, BinaryClassification,"
        " MulticlassClassification"
    )


def test_a_data_set_that_is_a_local_file_is_refused():
    assert refusal(lambda: quality(DataQualityCheckConfig("data/a.csv", CSV))) == (
        "step Check: ProcessingInputs[0].S3Input.S3Uri: 'data/a.csv' does not match"
        " (https|s3)://([^/]+)/?(.*)\nCreateProcessingJob would refuse that."
    )


@pytest.mark.parametrize("label", [ParameterString("Target", description="x"), env("target")])
def test_a_variable_in_the_analysis_is_refused(label):
    assert refusal(lambda: clarify(DataBiasCheckConfig(data_config(label=label), BIAS))) == (
        "step Check: label of analysis_config.json is a pipeline variable or a placeholder\n"
        "It is a file, written when the pipeline is compiled: give a value."
    )


def test_an_analysis_that_clarify_would_refuse_is_refused():
    shap = SHAPConfig(num_samples="many")
    config = ModelExplainabilityCheckConfig(data_config(), model_config("model"), shap)
    assert refusal(lambda: clarify(config)) == (
        "step Check: Clarify would refuse its analysis_config.json: Key 'methods' error: Key 'shap' error:"
        " Key 'num_samples' error: 'many' should be instance of 'int'"
    )


def test_a_place_for_the_analysis_has_no_meaning():
    data = data_config(s3_analysis_config_output_path="s3://b/config")
    assert refusal(lambda: clarify(DataBiasCheckConfig(data, BIAS))) == (
        "step Check: s3_analysis_config_output_path and kms_key have no meaning here\n"
        "analysis_config.json is published with the other assets."
    )
