"""The whole pipeline over HTTP: the branch that registers the model, and the one that rejects it."""

import csv
import io
import json

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("flagship")]

BEFORE_THE_GATE = {
    "PrepareData", "CheckDataQuality", "CheckDataBias", "TrainAutoML", "CreateModel", "ScoreTestSet",
    "EvaluateModel", "CheckModelQuality", "CheckModelBias", "ExplainModel", "QualityGate",
}  # fmt: skip
APPROVED = ["RequestApproval", "RegisterModel", "DeployEndpoint", "ScoreBatch", "Notify"]


def read(client, uri: str) -> str:
    """The only object at or below a URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    [entry] = client("s3").list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]
    return client("s3").get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()


def prepared(passed, name: str) -> str:
    arn = passed.data["execution_arn"].rpartition("/")[2]
    return f"s3://penstock-000000000000-us-east-1/penstock/automl-scoring/{arn}/PrepareData/{name}/"


def test_every_step_of_the_passing_branch_succeeds_and_the_other_branch_is_not_listed(passed, client):
    assert passed.data["status"] == "Succeeded"
    names = [step["name"] for step in passed.data["steps"]]
    assert set(names[:-5]) == BEFORE_THE_GATE
    assert names[-6:] == ["QualityGate", *APPROVED]
    assert {step["status"] for step in passed.data["steps"]} == {"Succeeded"}
    listed = client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=passed.data["execution_arn"], SortOrder="Ascending"
    )["PipelineExecutionSteps"]
    assert [step["StepName"] for step in listed] == names
    [gate] = [step for step in listed if step["StepName"] == "QualityGate"]
    assert gate["Metadata"]["Condition"]["Outcome"] == "True"


def test_the_model_is_registered_with_its_metrics_and_its_artifact_is_there(passed, client):
    registered = passed.step["RegisterModel"]["outputs"]
    package = client("sagemaker").describe_model_package(ModelPackageName=registered["model package"])
    assert package["ModelPackageGroupName"] == "census"
    assert package["ModelApprovalStatus"] == "Approved"  # by the policy of jobs/approver.py
    [container] = package["InferenceSpecification"]["Containers"]
    assert container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] == "predicted_label,probabilities,labels"
    bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
    assert client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 10_000
    report = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    metrics = json.loads(read(client, report))["binary_classification_metrics"]
    # Model Monitor reads the probabilities with six digits.
    assert metrics["auc"]["value"] == pytest.approx(passed.step["EvaluateModel"]["metrics"]["auc"], abs=1e-5)


def test_the_model_has_learnt_something_that_its_scores_show(passed, client):
    """The evaluation's accuracy is computed again here from the scores and the labels themselves."""
    labels = [row["salary"] for row in csv.DictReader(io.StringIO(read(client, prepared(passed, "test"))))]
    scores = read(client, passed.step["ScoreTestSet"]["outputs"]["predictions"])
    predicted = [row[0] for row in csv.reader(io.StringIO(scores))]
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
        if step["StepName"] == "EvaluateModel"
    )
    group = "/aws/sagemaker/ProcessingJobs"
    [stream] = client("logs").describe_log_streams(
        logGroupName=group, logStreamNamePrefix=arn.rpartition("/")[2]
    )["logStreams"]
    events = client("logs").get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])[
        "events"
    ]
    assert any(event["message"].startswith("auc: ") for event in events)


def test_the_batch_is_scored_beside_its_rows(passed, client):
    rows = list(csv.reader(io.StringIO(read(client, prepared(passed, "batch")))))
    scores = read(client, passed.step["ScoreBatch"]["outputs"]["predictions"])
    scored = list(csv.reader(io.StringIO(scores)))
    assert len(rows) == len(scored) == 150
    assert [row[: len(rows[0])] for row in scored] == rows
    assert {row[len(rows[0])] for row in scored} == {"<=50K", ">50K"}


def test_the_endpoint_serves_the_model_and_captures_what_it_is_asked(passed, client):
    endpoint = client("sagemaker").describe_endpoint(EndpointName="automl-scoring")
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["DataCaptureConfig"]["EnableCapture"] is True
    row = read(client, prepared(passed, "batch")).splitlines()[0]
    answer = (
        client("sagemaker-runtime")
        .invoke_endpoint(
            EndpointName="automl-scoring", Body=row.encode(), ContentType="text/csv", Accept="text/csv"
        )["Body"]
        .read()
    )
    assert answer.decode().startswith(("<=50K,", ">50K,"))


def test_the_notification_names_what_was_delivered(passed, client):
    record = json.loads(read(client, passed.step["Notify"]["outputs"]["notification_uri"]))
    assert record["endpoint"] == "automl-scoring"
    assert record["model_package"] == passed.step["RegisterModel"]["outputs"]["model package"]


def test_a_second_deploy_changes_nothing(passed, penstock):
    done = penstock("deploy", "automl_scoring", "--output", "json")
    assert (done.exit_code, done.data["action"]) == (0, "unchanged")


CHECKS = {
    "CheckDataQuality": "DataQuality", "CheckDataBias": "DataBias", "CheckModelQuality": "ModelQuality",
    "CheckModelBias": "ModelBias", "ExplainModel": "ModelExplainability",
}  # fmt: skip


@pytest.fixture(scope="module")
def second(passed, penstock, sample):
    """A second run, whose checks compare with the first one's approved model, and whose model is rejected."""
    flags = [flag for check in CHECKS.values() for flag in ("-p", f"Skip{check}Check=false")]
    return penstock(
        "start", "automl_scoring", "--wait", "--output", "json", *flags,
        "-p", f"DataUri={sample}", "-p", "AutoMLRuntimeSeconds=120", "-p", "MinimumAuc=0.999",
        "-p", "ModelPackageGroupName=census", "-p", "RegisterNewDataQualityBaseline=false",
    )  # fmt: skip


@pytest.mark.long
def test_a_second_run_drifts_from_no_baseline_of_the_first(second, passed):
    assert {second.step[name]["status"] for name in CHECKS} == {"Succeeded"}
    first = passed.step["CheckDataQuality"]["outputs"]["constraints"]
    assert second.step["CheckDataQuality"]["outputs"]["drift baseline"] == first


@pytest.mark.long
def test_a_model_below_the_minimum_is_rejected_with_the_metric_and_the_threshold(passed, second):
    auc = second.step["EvaluateModel"]["metrics"]["auc"]
    assert second.exit_code == 1
    assert {step["name"] for step in second.data["steps"]} == BEFORE_THE_GATE | {"RejectModel"}
    assert second.step["RejectModel"]["failure_reason"] == (
        f"The AUC on the test set is {auc}, below the minimum of 0.999."
    )
    assert second.data["failure_reason"] == "Step failure: One or multiple steps failed."
    assert second.step["QualityGate"]["outputs"] == {"outcome": "False"}


@pytest.mark.long
def test_a_rejected_model_is_not_registered(second, client):
    versions = client("sagemaker").list_model_packages(ModelPackageGroupName="census")
    assert len(versions["ModelPackageSummaryList"]) == 1


@pytest.mark.long
def test_data_that_has_shifted_fails_its_check_with_the_columns_named(
    passed, penstock, upload, census_lines, client
):
    header, *lines = census_lines
    older = [f"{int(age) + 40},{rest}" for age, _, rest in (line.partition(",") for line in lines)]
    done = penstock(
        "start", "automl_scoring", "--wait", "--output", "json",
        "-p", f"DataUri={upload('shifted.csv', header + ''.join(older))}",
        "-p", "SkipDataQualityCheck=false", "-p", "ModelPackageGroupName=census",
    )  # fmt: skip
    assert done.exit_code == 1
    assert set(done.step) == {"PrepareData", "CheckDataQuality", "CheckDataBias"}
    reason = done.step["CheckDataQuality"]["failure_reason"]
    assert reason.startswith("ClientError: Quality check failed. See violation report s3://")
    violations = json.loads(read(client, reason.rpartition(" ")[2]))["violations"]
    assert {violation["feature_name"] for violation in violations} == {"age"}
