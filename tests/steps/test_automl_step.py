import pytest

from penstock.errors import PenstockError
from steps import AutoMLInput, AutoMLStep, ParameterString


def step(**keywords):
    return AutoMLStep(
        "Train",
        **{
            "display_name": "Train",
            "description": "Trains.",
            "inputs": [AutoMLInput("s3://bucket/train")],
            "target_attribute_name": "y",
            "output_path": "s3://bucket/models",
            **keywords,
        },
    )


def refusal(call):
    with pytest.raises(PenstockError) as error:
        call()
    return str(error.value)


def test_a_step_is_the_request_it_becomes():
    request = step(
        inputs=[AutoMLInput("s3://bucket/train"), AutoMLInput("s3://bucket/more", channel_type="validation")],
        problem_type="BinaryClassification",
        objective_metric_name="AUC",
        max_runtime_in_seconds=300,
        max_candidates=10,
        algorithms=["xgboost"],
    ).to_request()
    channel = {
        "ContentType": "text/csv;header=present",
        "CompressionType": "None",
        "TargetAttributeName": "y",
    }
    assert request["Arguments"] == {
        "InputDataConfig": [
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
                "ChannelType": "training",
                **channel,
            },
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/more"}},
                "ChannelType": "validation",
                **channel,
            },
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models", "KmsKeyId": "{{ env.kms_key }}"},
        "ProblemType": "BinaryClassification",
        "AutoMLJobObjective": {"MetricName": "AUC"},
        "AutoMLJobConfig": {
            "Mode": "ENSEMBLING",
            "CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": 300, "MaxCandidates": 10},
            "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost"]}]},
            "SecurityConfig": {"VolumeKmsKeyId": "{{ env.kms_key }}", "VpcConfig": "{{ env.vpc }}"},
        },
        "RoleArn": "{{ env.role }}",
        "Tags": "{{ env.tags }}",
    }
    assert request["Type"] == "AutoML"
    assert request["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}


def test_what_is_not_given_is_left_to_autopilot():
    assert step().arguments["AutoMLJobConfig"] == {
        "Mode": "ENSEMBLING",
        "SecurityConfig": {"VolumeKmsKeyId": "{{ env.kms_key }}", "VpcConfig": "{{ env.vpc }}"},
    }


def test_the_best_model_is_the_container_of_the_best_candidate():
    [container] = step().get_best_model(["predicted_label", "probability", "probabilities", "labels"])
    path = "Steps.Train.BestCandidate.InferenceContainers[0]"
    assert container["Image"].expr == {"Get": f"{path}.Image"}
    assert container["ModelDataUrl"].expr == {"Get": f"{path}.ModelDataUrl"}
    environment = container["Environment"]
    answer = environment.pop("SAGEMAKER_INFERENCE_OUTPUT")
    assert answer == "predicted_label,probability,probabilities,labels"
    assert {name: value.expr["Get"] for name, value in environment.items()} == {
        name: f"{path}.Environment['{name}']"
        for name in (
            "MODEL_NAME",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
            "SAGEMAKER_INFERENCE_SUPPORTED",
            "SAGEMAKER_PROGRAM",
            "SAGEMAKER_SUBMIT_DIRECTORY",
        )
    }


def test_without_response_keys_the_model_answers_as_its_candidate_does():
    [container] = step().get_best_model()
    assert container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"].expr == {
        "Get": "Steps.Train.BestCandidate.InferenceContainers[0].Environment['SAGEMAKER_INFERENCE_OUTPUT']"
    }


def test_a_regression_without_response_keys_has_a_best_model():
    assert step(problem_type="Regression", objective_metric_name="MSE").get_best_model()


def test_the_reports_of_the_best_candidate_are_properties():
    reports = step().properties.BestCandidateProperties
    assert reports.ModelInsightsJsonReportPath.expr == {
        "Get": "Steps.Train.BestCandidateProperties.ModelInsightsJsonReportPath"
    }


def test_a_problem_type_that_is_a_parameter_allows_any_key():
    kind = ParameterString("Kind", description="x")
    assert step(problem_type=kind, objective_metric_name="F1").get_best_model(["labels"])


def test_an_unknown_response_key_is_refused():
    assert refusal(lambda: step().get_best_model(["probs"])) == (
        "step Train, inference_response_keys: 'probs' is not a response key\n"
        "Choose from predicted_label, probability, probabilities, labels."
    )


def test_a_repeated_response_key_is_refused():
    assert refusal(lambda: step().get_best_model(["labels", "labels"])) == (
        "step Train, inference_response_keys: labels, labels has a key twice"
    )


def test_a_regression_has_no_response_keys():
    regression = step(problem_type="Regression", objective_metric_name="MSE")
    assert refusal(lambda: regression.get_best_model(["predicted_label"])) == (
        "step Train, inference_response_keys: a regression model answers with its prediction only\n"
        "Leave inference_response_keys out."
    )


def test_problem_type_and_objective_belong_together():
    assert refusal(lambda: step(problem_type="Regression")) == (
        "step Train: problem_type and objective_metric_name have to be given together, or neither"
    )


def test_two_inputs_are_not_split_again():
    inputs = [AutoMLInput("s3://b/train"), AutoMLInput("s3://b/more", channel_type="validation")]
    assert refusal(lambda: step(inputs=inputs, validation_fraction=0.1)) == (
        "step Train: validation_fraction and a validation input exclude each other"
    )


def test_what_create_auto_ml_job_refuses_is_refused():
    assert refusal(lambda: step(problem_type="Ranking", objective_metric_name="AUC")) == (
        "step Train: ProblemType: 'Ranking' is not one of BinaryClassification, MulticlassClassification,"
        " Regression\nCreateAutoMLJob would refuse that."
    )
