"""What steps of each kind produced, and wrote to their logs, as a scripted endpoint tells of it."""

import gzip
import json

import pytest

from penstock.deployment import environments, outputs
from penstock.deployment.aws import connect
from penstock.deployment.logs import last_lines
from penstock.deployment.wording import failure_lines

FUNCTION = {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:scoring-notify:7"}
CLUSTER = {
    "ClusterId": "j-1",
    "StepId": "s-1",
    "StepName": "Prepare",
    "LogFilePath": "s3://things/logs/j-1/steps/s-1/",
}
CHECK = {
    "CheckType": "DATA_QUALITY",
    "CheckJobArn": "arn:aws:sagemaker:us-east-1:123456789012:processing-job/check-1",
    "CalculatedBaselineStatistics": "s3://things/check/statistics.json",
    "CalculatedBaselineConstraints": "s3://things/check/constraints.json",
    "ViolationReport": "s3://things/check/constraint_violations.json",
}


@pytest.fixture
def aws(project, scripted_aws):
    with connect(environments.load(project, "local")) as aws:
        yield aws


@pytest.mark.parametrize("kind", ["Lambda", "Callback"])
def test_functions_and_callbacks_produced_what_they_gave_back(aws, kind):
    metadata = {"OutputParameters": [{"Name": "approval_status", "Value": "Approved"}]}
    assert outputs.of_step(aws, kind, metadata) == {"approval_status": "Approved"}
    assert outputs.of_step(aws, kind, {}) == {}


def test_a_cluster_step_has_its_cluster_and_its_logs(aws):
    assert outputs.of_step(aws, "EMR", CLUSTER) == {"cluster": "j-1", "logs": CLUSTER["LogFilePath"]}
    assert outputs.of_step(aws, "EMR", {"ClusterId": "j-1"}) == {"cluster": "j-1"}


@pytest.mark.parametrize("kind", outputs.CHECKS)
def test_a_check_has_its_report_and_the_baselines(aws, kind):
    compared = {"BaselineUsedForDriftCheckConstraints": "s3://things/old/constraints.json"}
    assert outputs.of_step(aws, kind, CHECK | compared) == {
        "violations": CHECK["ViolationReport"],
        "statistics": CHECK["CalculatedBaselineStatistics"],
        "constraints": CHECK["CalculatedBaselineConstraints"],
        "drift baseline": "s3://things/old/constraints.json",
    }


def test_what_a_check_found_is_a_line_for_each_violation(scripted_aws, aws):
    found = [
        {"feature_name": "age", "constraint_check_type": "baseline_drift_check", "description": "Too far."},
        {
            "facet": "sex",
            "facet_value": "Female",
            "metric_name": "CI",
            "constraint_check_type": "bias_drift_check",
            "description": "Metric value 0.4 is too much",
        },
    ]
    scripted_aws.answers["GET /things/check/constraint_violations.json"] = [
        json.dumps({"violations": found}).encode()
    ]
    lines = outputs.violations(aws, CHECK)
    assert lines == [
        "age baseline_drift_check: Too far.",
        "sex Female CI bias_drift_check: Metric value 0.4 is too much",
    ]
    step = {"name": "CheckDataQuality", "status": "Failed", "failure_reason": "See it.", "log": ["bye"]}
    assert list(failure_lines({"steps": [step | {"violations": lines}]})) == [
        "CheckDataQuality failed: See it.",
        f"  - {lines[0]}",
        f"  - {lines[1]}",
        "  | bye",
    ]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"violations": 1}'])
def test_a_report_that_is_none_has_no_violations(scripted_aws, aws, content):
    scripted_aws.answers["GET /things/check/constraint_violations.json"] = [content]
    assert outputs.violations(aws, CHECK) == []
    assert outputs.violations(aws, {}) == []


def test_a_functions_last_lines_are_those_of_its_newest_stream(scripted_aws, aws):
    scripted_aws.answers |= {
        "DescribeLogStreams": [{"logStreams": [{"logStreamName": "2026/11/21/[$LATEST]abc"}]}],
        "GetLogEvents": [{"events": [{"timestamp": 1, "message": "Task timed out\n"}]}],
    }
    assert last_lines(aws, "Lambda", FUNCTION) == ["Task timed out"]
    assert dict(scripted_aws.calls)["DescribeLogStreams"] == {
        "logGroupName": "/aws/lambda/scoring-notify",
        "orderBy": "LastEventTime",
        "descending": True,
        "limit": 1,
    }


def test_a_cluster_steps_last_lines_are_those_of_the_first_log_that_says_anything(scripted_aws, aws):
    folder = "GET /things/logs/j-1/steps/s-1"
    scripted_aws.answers |= {
        f"{folder}/stderr.gz": [gzip.compress(b"")],
        f"{folder}/stdout.gz": [scripted_aws.refusal("NoSuchKey", status=404)],
        f"{folder}/controller.gz": [gzip.compress(b"one\ntwo\nthree\n")],
    }
    assert last_lines(aws, "EMR", CLUSTER, count=2) == ["two", "three"]
    scripted_aws.answers[f"{folder}/stderr.gz"] = [b"\x1f\x8bcut"]
    assert last_lines(aws, "EMR", CLUSTER) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("kind", "metadata"), [("EMR", {"ClusterId": "j-1"}), ("Lambda", {}), ("Callback", {}), ("Fail", {})]
)
def test_what_has_no_log_has_no_last_lines(aws, kind, metadata):
    assert last_lines(aws, kind, metadata) == []
