"""The whole pipeline over HTTP: the branch that registers the model, and the one that rejects it."""

import csv
import io
import json

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("flagship")]

STEPS = [
    "PrepareData", "TrainAutoML", "CreateModel", "ScoreTestSet", "EvaluateModel", "QualityGate",
]  # fmt: skip


def read(client, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def test_every_step_of_the_passing_branch_succeeds_and_the_other_branch_is_not_listed(passed, client):
    assert passed.data["status"] == "Succeeded"
    assert [(step["name"], step["status"]) for step in passed.data["steps"]] == [
        (name, "Succeeded") for name in [*STEPS, "RegisterModel"]
    ]
    listed = client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=passed.data["execution_arn"], SortOrder="Ascending"
    )["PipelineExecutionSteps"]
    assert [step["StepName"] for step in listed] == [*STEPS, "RegisterModel"]
    assert listed[5]["Metadata"]["Condition"]["Outcome"] == "True"


def test_the_model_is_registered_with_its_metrics_and_its_artifact_is_there(passed, client):
    registered = passed.step["RegisterModel"]["outputs"]
    package = client("sagemaker").describe_model_package(ModelPackageName=registered["model package"])
    assert package["ModelPackageGroupName"] == "census"
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    [container] = package["InferenceSpecification"]["Containers"]
    assert container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] == "predicted_label,probabilities,labels"
    bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
    assert client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 10_000
    report = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    metrics = json.loads(read(client, report))["binary_classification_metrics"]
    assert metrics["auc"]["value"] == passed.step["EvaluateModel"]["metrics"]["auc"]


def test_the_model_has_learnt_something_that_its_scores_show(passed, client):
    """The evaluation's accuracy is computed again here from the scores and the labels themselves."""
    labels_at = passed.step["PrepareData"]["outputs"]["test_labels"] + "/test_labels.csv"
    scores_at = passed.step["ScoreTestSet"]["outputs"]["predictions"] + "/test_features.csv.out"
    labels = [row["salary"] for row in csv.DictReader(io.StringIO(read(client, labels_at)))]
    predicted = [row[0] for row in csv.reader(io.StringIO(read(client, scores_at)))]
    assert len(labels) == len(predicted) == 600
    accuracy = sum(a == b for a, b in zip(labels, predicted, strict=True)) / len(labels)
    metrics = passed.step["EvaluateModel"]["metrics"]
    assert metrics["accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert metrics["auc"] > 0.85
    assert accuracy > 0.8


def test_the_jobs_wrote_their_logs_where_aws_writes_them(passed, client):
    arn = next(
        step["Metadata"]["ProcessingJob"]["Arn"]
        for step in client("sagemaker").list_pipeline_execution_steps(
            PipelineExecutionArn=passed.data["execution_arn"]
        )["PipelineExecutionSteps"]
        if step["StepName"] == "PrepareData"
    )
    group = "/aws/sagemaker/ProcessingJobs"
    [stream] = client("logs").describe_log_streams(
        logGroupName=group, logStreamNamePrefix=arn.rpartition("/")[2]
    )["logStreams"]
    events = client("logs").get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])[
        "events"
    ]
    assert any("Rows: 2100 train, 300 validation, 600 test." in event["message"] for event in events)


def test_a_second_deploy_changes_nothing(passed, penstock):
    done = penstock("deploy", "automl_scoring", "--output", "json")
    assert (done.exit_code, done.data["action"]) == (0, "unchanged")


def test_a_model_below_the_minimum_is_rejected_with_the_metric_and_the_threshold(passed, penstock, sample):
    auc = passed.step["EvaluateModel"]["metrics"]["auc"]
    done = penstock(
        "start", "automl_scoring", "--wait", "--output", "json",
        "-p", f"DataUri={sample}", "-p", "AutoMLRuntimeSeconds=120", "-p", "MinimumAuc=0.999",
        "-p", "ModelPackageGroupName=rejected",
    )  # fmt: skip
    assert done.exit_code == 1
    assert [step["name"] for step in done.data["steps"]] == [*STEPS, "RejectModel"]
    assert done.step["RejectModel"]["failure_reason"] == (
        f"The AUC on the test set is {auc}, below the minimum of 0.999."
    )
    assert done.data["failure_reason"] == "Step failure: One or multiple steps failed."
    assert done.step["QualityGate"]["outputs"] == {"outcome": "False"}


def test_a_rejected_model_is_not_registered(passed, client):
    groups = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in groups] == ["census"]
