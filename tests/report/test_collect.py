"""From AWS's answers to a report's data, on a scripted server."""

import json
from datetime import UTC, datetime

import pytest

from penstock.deployment import environments
from penstock.deployment.aws import connect
from penstock.errors import PenstockError
from penstock.report.collect import collect
from penstock.report.model import AWS, Link, Metric, Parameter, RanBy, Violation, Violations

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"
ARN = f"{PIPELINE}/execution/abcdefghijkl"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:processing-job/evaluate"
CHECK_JOB = "arn:aws:sagemaker:us-east-1:123456789012:processing-job/check"

DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Minimum", "Type": "Float", "DefaultValue": 0.85},
        {"Name": "Dry", "Type": "Boolean", "DefaultValue": True},
    ],
    "Steps": [
        {
            "Name": "Evaluate",
            "Type": "Processing",
            "DisplayName": "Evaluate model",
            "Arguments": {},
            "PropertyFiles": [
                {"PropertyFileName": "E", "OutputName": "evaluation", "FilePath": "evaluation.json"}
            ],
        },
        {"Name": "Check", "Type": "QualityCheck", "Arguments": {}, "DependsOn": ["Evaluate"]},
        {
            "Name": "Gate",
            "Type": "Condition",
            "DependsOn": ["Check"],
            "Arguments": {
                "Conditions": [{"LeftValue": {"Get": "Steps.Evaluate.ProcessingJobName"}}],
                "IfSteps": [{"Name": "Keep", "Type": "Model", "Arguments": {}}],
                "ElseSteps": [{"Name": "Reject", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
            },
        },
    ],
}
STEPS = [
    {
        "StepName": "Evaluate", "StepStatus": "Succeeded", "StartTime": 1700000000, "EndTime": 1700000004.5,
        "AttemptCount": 1, "Metadata": {"ProcessingJob": {"Arn": JOB}},
    },
    {
        "StepName": "Check", "StepStatus": "Failed", "StartTime": 1700000005, "EndTime": 1700000006,
        "FailureReason": "ClientError: Quality check failed.",
        "Metadata": {
            "QualityCheck": {"CheckJobArn": CHECK_JOB, "ViolationReport": "s3://things/check/violations.json"}
        },
    },
]  # fmt: skip
EVALUATION = {"regression_metrics": {"mae": {"value": 2.5, "standard_deviation": 0.1}}}
VIOLATION = {"feature_name": "age", "constraint_check_type": "data_type_check", "description": "No number."}


def tags(**values):
    return {"Tags": [{"Key": key, "Value": value} for key, value in values.items()]}


@pytest.fixture
def answers(scripted_aws):
    scripted_aws.answers |= {
        "DescribePipelineExecution": [
            {
                "PipelineArn": PIPELINE, "PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Failed",
                "FailureReason": "Step failure.", "CreationTime": 1700000000, "LastModifiedTime": 1700000010,
            }
        ],
        "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": STEPS}],
        "DescribePipelineDefinitionForExecution": [{"PipelineDefinition": json.dumps(DEFINITION)}],
        "ListPipelineParametersForExecution": [{"PipelineParameters": [{"Name": "Minimum", "Value": "0.9"}]}],
        "ListTags": [scripted_aws.refusal("ValidationException", "not a resource that has tags")],
        "DescribeProcessingJob": [
            {
                "ProcessingOutputConfig": {
                    "Outputs": [{"OutputName": "evaluation", "S3Output": {"S3Uri": "s3://things/evaluation"}}]
                }
            }
        ],
        "GET /things/evaluation/evaluation.json": [EVALUATION],
        "GET /things/check/violations.json": [{"violations": [VIOLATION]}],
    }  # fmt: skip
    return scripted_aws.answers


@pytest.fixture
def collected(project, answers):
    def run():
        with connect(environments.load(project, "local")) as aws:
            return collect(aws, ARN)

    return run


def test_an_execution_on_aws(collected):
    report = collected()
    execution = report.execution
    assert (execution.pipeline, execution.id, execution.status) == ("scoring", "abcdefghijkl", "Failed")
    assert (execution.environment, execution.seconds) == ("local", 10)
    assert execution.started.astimezone(UTC) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert len(execution.definition_sha256) == 64
    assert execution.parameters == (Parameter("Minimum", "0.9"), Parameter("Dry", "true", is_default=True))
    evaluate, check, gate, keep, reject = report.steps
    assert (evaluate.display_name, evaluate.seconds, evaluate.ran_by) == ("Evaluate model", 4.5, AWS)
    console = "https://us-east-1.console.aws.amazon.com"
    assert evaluate.links == (
        Link(
            "evaluation",
            "s3://things/evaluation",
            f"{console}/s3/buckets/things?region=us-east-1&prefix=evaluation/",
        ),
        Link("job", JOB, f"{console}/sagemaker/home?region=us-east-1#/processing-jobs/evaluate"),
    )
    assert (check.status, check.failure_reason) == ("Failed", "ClientError: Quality check failed.")
    assert check.waits_for == ("Evaluate",)
    assert (gate.ran, set(gate.waits_for), gate.ran_by) == (False, {"Check", "Evaluate"}, None)
    assert [(step.parent, step.branch) for step in (keep, reject)] == [("Gate", "true"), ("Gate", "false")]
    (quality,) = report.findings.qualities
    assert (quality.step, quality.metrics) == ("Evaluate", (Metric("mae", 2.5, 0.1),))
    assert report.findings.violations == (
        Violations(
            "Check",
            "s3://things/check/violations.json",
            (Violation("age", "data_type_check", "No number."),),
        ),
    )


def test_what_stands_in_for_aws_tells_so_by_tags(collected, answers):
    of_execution = {"penstock:ran-by": "Other: answered by another"}
    of_job = {
        "penstock:ran-by": "Library: run by the same library as in the cl",
        "penstock:ran-by/2": "oud: of 2026: alpha",
        "penstock:isolation": "namespaces",
    }
    answers["ListTags"] = [tags(**of_execution), tags(**of_job), tags(team="scoring")]
    evaluate, check, *_ = collected().steps
    assert evaluate.ran_by == RanBy(
        "Library", "run by the same library as in the cloud", "of 2026: alpha", "namespaces"
    )
    assert check.ran_by == RanBy("Other", "answered by another")
    assert [link.console for link in evaluate.links] == ["", ""]


def test_what_may_not_be_read_is_left_out(collected, answers, scripted_aws):
    denied = scripted_aws.refusal("AccessDeniedException", status=403)
    for operation in (
        "DescribePipelineDefinitionForExecution",
        "ListPipelineParametersForExecution",
        "ListTags",
    ):
        answers[operation] = [denied]
    answers["GET /things/check/violations.json"] = [denied]
    report = collected()
    assert (report.execution.definition_sha256, report.execution.parameters) == ("", ())
    assert report.steps == ()
    assert report.findings.violations == (Violations("Check", "s3://things/check/violations.json"),)


@pytest.mark.parametrize(
    "content", [b"no JSON", b"[" * 100_000, b"\xff\xfe"], ids=["text", "deep nesting", "no UTF-8"]
)
def test_a_file_that_is_no_json_says_nothing(collected, answers, content):
    answers["GET /things/evaluation/evaluation.json"] = [content]
    assert collected().findings.qualities == ()


def test_of_the_iterations_of_a_step_the_one_that_failed_is_shown(collected, answers):
    iterations = [{**STEPS[0], "StepStatus": status} for status in ("Succeeded", "Failed", "Stopped")]
    answers["ListPipelineExecutionSteps"] = [{"PipelineExecutionSteps": iterations}]
    assert collected().steps[0].status == "Failed"


def test_an_execution_that_is_not_there(collected, answers, scripted_aws):
    answers["DescribePipelineExecution"] = [scripted_aws.refusal("ResourceNotFound")]
    with pytest.raises(PenstockError) as raised:
        collected()
    assert str(raised.value) == (
        f"{ARN}: there is no such execution\nCheck the ARN, and that it is of environment local."
    )
