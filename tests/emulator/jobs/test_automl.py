"""One small training, seen from all sides: document, objects, log, and the model put to work."""

import csv
import io
import json
import random
from typing import Any

import pytest

from penstock.service_model import output_shape, validate

# One training serves them all.
pytestmark = pytest.mark.xdist_group("automl")

FEATURES = ["age", "hours", "job", "zip"]


def people(rows: int) -> list[list[Any]]:
    """Age, hours and job decide the income, with some noise; zip is text that looks like a number."""
    chance = random.Random(7)
    made = []
    for _ in range(rows):
        age, hours, job = chance.randint(18, 80), chance.randint(10, 60), chance.choice("abc")
        rich = age + hours + (20 if job == "a" else 0) + chance.gauss(0, 10) > 95
        made.append([age, hours, job, f"0{chance.randint(100, 999)}", ">50K" if rich else "<=50K"])
    return made


def text(rows: list[list[Any]], header: list[str] | None = None) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows] if header else rows)
    return buffer.getvalue()


def request(bench, uri: str, **members: Any) -> dict[str, Any]:
    config = members.pop("AutoMLJobConfig", {})
    return {
        "InputDataConfig": [
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                "TargetAttributeName": "income",
                **members.pop("Channel", {}),
            }
        ],
        "OutputDataConfig": {"S3OutputPath": bench.uri("automl/")},
        "ProblemType": "BinaryClassification",
        "AutoMLJobObjective": {"MetricName": "AUC"},
        "AutoMLJobConfig": {
            "Mode": "ENSEMBLING",
            "CompletionCriteria": {"MaxCandidates": 3, "MaxAutoMLJobRuntimeInSeconds": 200},
            **config,
        },
        **members,
    }


@pytest.fixture(scope="module")
def shop(module_bench):
    module_bench.put("train/people.csv", text(people(700), [*FEATURES, "income"]))
    return module_bench


@pytest.fixture(scope="module")
def trained(shop) -> dict[str, Any]:
    document = shop.run("AutoMLJob", **request(shop, shop.uri("train")))
    assert document["AutoMLJobStatus"] == "Completed", document
    return document


def test_the_document_is_what_the_api_describes(trained):
    public = {name: value for name, value in trained.items() if not name.startswith("_")}
    assert validate(output_shape("sagemaker", "DescribeAutoMLJob"), public) == []
    candidates = {"Candidates": trained["_Candidates"]}
    assert validate(output_shape("sagemaker", "ListCandidatesForAutoMLJob"), candidates) == []


def test_the_best_candidate_leads_the_list(trained):
    values = [candidate["FinalAutoMLJobObjectiveMetric"]["Value"] for candidate in trained["_Candidates"]]
    assert trained["BestCandidate"] == trained["_Candidates"][0]
    assert values == sorted(values, reverse=True)
    assert len(values) == 3
    assert values[0] > 0.9
    assert trained["AutoMLJobSecondaryStatus"] == "MaxCandidatesReached"
    objective = trained["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert (objective["Type"], objective["MetricName"], objective["StandardMetricName"]) == (
        "Maximize",
        "AUC",
        "AUC",
    )


def test_what_was_resolved_is_told(trained):
    assert trained["ResolvedAttributes"] == {
        "AutoMLJobObjective": {"MetricName": "AUC"},
        "ProblemType": "BinaryClassification",
        "CompletionCriteria": {"MaxCandidates": 3, "MaxAutoMLJobRuntimeInSeconds": 200},
    }
    assert trained["AutoMLJobArtifacts"] == {}
    assert "PartialFailureReasons" not in trained


def test_metrics_are_told_for_both_sets(trained):
    found = trained["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
    binary = {"Accuracy", "AUC", "BalancedAccuracy", "F1", "LogLoss", "Precision", "Recall"}
    names = {
        part: {datum["StandardMetricName"] for datum in found if datum["Set"] == part}
        for part in ("Train", "Validation")
    }
    assert names == {"Train": binary, "Validation": binary | {"InferenceLatency"}}


def test_the_container_is_autopilots(trained):
    (container,) = trained["BestCandidate"]["InferenceContainers"]
    assert container["Image"] == (
        "763104351884.dkr.ecr.us-east-1.amazonaws.com/autogluon-inference:0.4.3-cpu-py38-ubuntu20.04"
    )
    assert container["ModelDataUrl"].endswith(
        f"/automl/{trained['AutoMLJobName']}/sagemaker-automl-candidates/model/"
        f"{trained['BestCandidate']['CandidateName']}/model.tar.gz"
    )
    assert sorted(container["Environment"]) == [
        "MODEL_NAME",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
        "SAGEMAKER_INFERENCE_OUTPUT",
        "SAGEMAKER_INFERENCE_SUPPORTED",
        "SAGEMAKER_PROGRAM",
        "SAGEMAKER_SUBMIT_DIRECTORY",
    ]
    assert trained["BestCandidate"]["InferenceContainerDefinitions"] == {"CPU": [container]}


def test_the_reports_are_where_the_candidate_says(shop, trained):
    places = trained["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]
    root = shop.uri("")
    insights = json.loads(shop.get(places["ModelInsights"].removeprefix(root) + "/statistics.json"))
    assert insights["dataset"] == {"item_count": 140}
    assert insights["binary_classification_metrics"]["auc"]["value"] > 0.9
    analysis = json.loads(shop.get(places["Explainability"].removeprefix(root) + "/analysis.json"))
    importance = analysis["explanations"]["permutation_importance"]["label0"]["global_importance_values"]
    assert set(importance) == set(FEATURES)
    assert importance["age"] > importance["zip"]


def test_the_log_tells_the_statuses(shop, trained):
    (lines,) = shop.log_lines("AutoMLJob", trained["AutoMLJobName"]).values()
    assert [line for line in lines if line.startswith("AutoMLJobSecondaryStatus")] == [
        f"AutoMLJobSecondaryStatus: {status}"
        for status in (
            "PreTraining",
            "TrainingModels",
            "GeneratingModelInsightsReport",
            "GeneratingExplainabilityReport",
        )
    ]


def test_the_best_model_scores_by_a_transform_job(shop, trained):
    (container,) = trained["BestCandidate"]["InferenceContainers"]
    keys = "predicted_label, probability,probabilities,labels"
    environment = {**container["Environment"], "SAGEMAKER_INFERENCE_OUTPUT": keys}
    definition = {**container, "Environment": environment}
    shop.store.create("Model", "best", {"ModelName": "best", "PrimaryContainer": definition})
    rows = people(900)[700:]
    shop.put("score/people.csv", text([row[:-1] for row in rows]))
    document = shop.run(
        "TransformJob",
        ModelName="best",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": shop.uri("score")}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": shop.uri("scores"), "AssembleWith": "Line", "Accept": "text/csv"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    assert document["TransformJobStatus"] == "Completed", document
    scores = list(csv.reader(io.StringIO(shop.get("scores/people.csv.out").decode())))
    assert len(scores) == len(rows)
    for label, probability, probabilities, labels in scores:
        assert json.loads(labels.replace("'", '"')) == ["<=50K", ">50K"]
        both = json.loads(probabilities)
        assert abs(sum(both) - 1) < 1e-5
        assert float(probability) == max(both)
        assert label == ["<=50K", ">50K"][both.index(max(both))]
    right = sum(score[0] == row[-1] for score, row in zip(scores, rows, strict=True))
    assert right > 0.8 * len(rows)


def test_the_customers_mistake_is_told(shop):
    document = shop.run(
        "AutoMLJob", **request(shop, shop.uri("train"), Channel={"TargetAttributeName": "wage"})
    )
    assert document["AutoMLJobStatus"] == document["AutoMLJobSecondaryStatus"] == "Failed"
    assert document["FailureReason"] == (
        "ClientError: the target column 'wage' is not in the training data; "
        "its columns are age, hours, job, zip, income"
    )


def test_hyperparameter_tuning_is_refused(shop):
    config = {"Mode": "HYPERPARAMETER_TUNING"}
    document = shop.run("AutoMLJob", **request(shop, shop.uri("train"), AutoMLJobConfig=config))
    assert document["FailureReason"] == (
        "ClientError: Mode HYPERPARAMETER_TUNING does not run on this machine; "
        "set AutoMLJobConfig.Mode to ENSEMBLING"
    )


def test_missing_data_is_named(shop):
    document = shop.run("AutoMLJob", **request(shop, shop.uri("nothing")))
    assert document["FailureReason"].startswith(
        f"ClientError: No S3 objects found under S3 URL '{shop.uri('nothing')}'."
    )


def test_a_training_can_be_stopped(shop):
    name = shop.start("AutoMLJob", **request(shop, shop.uri("train")))
    seen = shop.store.revision
    while shop.document("AutoMLJob", name).get("AutoMLJobSecondaryStatus") in (None, "Starting"):
        seen = shop.store.wait(seen, 1)
    shop.runner.stop("AutoMLJob", name)
    document = shop.end("AutoMLJob", name)
    assert document["AutoMLJobStatus"] == document["AutoMLJobSecondaryStatus"] == "Stopped"
