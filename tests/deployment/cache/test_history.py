"""The history as AWS gives it, and as it does not."""

from datetime import UTC, datetime

import pytest

from penstock.deployment import environments
from penstock.deployment.aws import Aws
from penstock.deployment.cache import Forecast, forecast
from penstock.deployment.cache.history import AwsHistory
from penstock.deployment.cache.model import Content, StepRun

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"
CACHED = {
    "Version": "2020-12-01",
    "Steps": [
        {"Name": "Prepare", "Type": "Processing", "CacheConfig": {"Enabled": True}, "Arguments": {}},
        {"Name": "Notify", "Type": "Lambda", "CacheConfig": {"Enabled": True}, "Arguments": {}},
    ],
}
NEVER = Forecast("Notify", False, reason="steps of type Lambda are never cached")


def arn(name):
    return f"{PIPELINE}/execution/{name}"


def listed(*names, token=None):
    summaries = [{"PipelineExecutionArn": arn(name), "StartTime": 1_700_000_000} for name in names]
    return {"PipelineExecutionSummaries": summaries} | ({"NextToken": token} if token else {})


@pytest.fixture
def aws(project, scripted_aws):
    return Aws(environments.load(project, "local"))


@pytest.fixture
def history(aws):
    return AwsHistory(aws, "scoring", 3)


def test_executions_are_listed_page_by_page_once_and_no_more_than_asked_for(history, scripted_aws):
    scripted_aws.answers["ListPipelineExecutions"] = [listed("d", "c", token="next"), listed("b", "a")]
    first = next(history.executions())
    assert first == (arn("d"), datetime.fromtimestamp(1_700_000_000, UTC))
    assert len(scripted_aws.calls) == 1
    assert [name for name, _ in history.executions()] == [arn("d"), arn("c"), arn("b")]
    assert [name for name, _ in history.executions()] == [arn("d"), arn("c"), arn("b")]
    asked = {"PipelineName": "scoring", "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 3}
    assert scripted_aws.calls == [
        ("ListPipelineExecutions", asked),
        ("ListPipelineExecutions", asked | {"NextToken": "next"}),
    ]


def test_what_became_of_steps(history, scripted_aws):
    ended = datetime.fromtimestamp(1_700_000_100, UTC)
    done = {"StepStatus": "Succeeded", "EndTime": 1_700_000_100}
    scripted_aws.answers["ListPipelineExecutionSteps"] = [
        {
            "PipelineExecutionSteps": [
                {"StepName": "Hit", **done, "CacheHitResult": {"SourcePipelineExecutionArn": arn("a")}},
                {"StepName": "Ran", **done, "CacheHitResult": {"SourcePipelineExecutionArn": ""}},
            ],
            "NextToken": "next",
        },
        {
            "PipelineExecutionSteps": [
                {
                    "StepName": "Reused",
                    **done,
                    "SelectiveExecutionResult": {"SourcePipelineExecutionArn": arn("b")},
                },
                {"StepName": "Runs", "StepStatus": "Executing"},
                {"StepName": "Ran", "StepStatus": "Failed"},
            ]
        },
    ]
    expected = {
        "Hit": StepRun("Succeeded", ended, arn("a")),
        "Ran": StepRun("Succeeded", ended),
        "Reused": StepRun("Succeeded", ended, arn("b")),
        "Runs": StepRun("Executing"),
    }
    assert history.steps(arn("c")) == expected
    assert history.steps(arn("c")) == expected
    assert len(scripted_aws.calls) == 2


def test_what_an_execution_ran(history, scripted_aws):
    scripted_aws.answers["DescribePipelineDefinitionForExecution"] = [{"PipelineDefinition": '{"Steps": []}'}]
    scripted_aws.answers["ListPipelineParametersForExecution"] = [
        {"PipelineParameters": [{"Name": "Rounds", "Value": "3"}], "NextToken": "next"},
        {"PipelineParameters": [{"Name": "Share", "Value": "0.5"}]},
    ]
    assert history.content(arn("c")) == Content({"Steps": []}, {"Rounds": "3", "Share": "0.5"})
    history.content(arn("c"))
    assert len(scripted_aws.calls) == 3


def test_an_execution_that_is_not_there_any_more_has_nothing(history):
    assert history.steps(arn("c")) == {}
    assert history.content(arn("c")) is None


def test_a_pipeline_that_is_not_deployed_has_no_execution(aws):
    assert forecast(aws, "scoring", CACHED) == [
        Forecast("Prepare", False, reason="no earlier execution"),
        NEVER,
    ]


def test_without_a_cached_step_nothing_is_asked(aws, scripted_aws):
    assert forecast(aws, "scoring", {"Version": "2020-12-01", "Steps": CACHED["Steps"][1:]}) == [NEVER]
    assert scripted_aws.calls == []


@pytest.mark.parametrize(
    ("operation", "code", "status", "reason"),
    [
        ("ListPipelineExecutions", "AccessDeniedException", 400, "ListPipelineExecutions is denied"),
        ("ListPipelineExecutionSteps", "AccessDenied", 403, "ListPipelineExecutionSteps is denied"),
        ("DescribePipelineDefinitionForExecution", "NotImplementedException", 501,
         "DescribePipelineDefinitionForExecution fails: NotImplementedException"),
        ("ListPipelineParametersForExecution", "ValidationException", 400,
         "ListPipelineParametersForExecution fails: ValidationException"),
    ],
)  # fmt: skip
def test_where_aws_does_not_answer_nothing_can_be_told(aws, scripted_aws, operation, code, status, reason):
    scripted_aws.answers.update({
        "ListPipelineExecutions": [listed("a")],
        "ListPipelineExecutionSteps": [
            {"PipelineExecutionSteps": [{"StepName": "Prepare", "StepStatus": "Succeeded", "EndTime": 1}]}
        ],
        "DescribePipelineDefinitionForExecution": [{"PipelineDefinition": '{"Steps": []}'}],
        "ListPipelineParametersForExecution": [{}],
        operation: [scripted_aws.refusal(code, status=status)],
    })  # fmt: skip
    assert forecast(aws, "scoring", CACHED) == [Forecast("Prepare", None, reason=reason), NEVER]


def test_under_moto_executions_have_no_steps_to_list(project, account):
    aws = Aws(environments.load(project, "local"))
    role = "arn:aws:iam::123456789012:role/pipelines"
    aws.sagemaker.create_pipeline(PipelineName="scoring", PipelineDefinition="{}", RoleArn=role)
    assert forecast(aws, "scoring", CACHED)[0].reason == "no earlier execution"
    aws.sagemaker.start_pipeline_execution(PipelineName="scoring")
    assert forecast(aws, "scoring", CACHED) == [
        Forecast("Prepare", None, reason="ListPipelineExecutionSteps is not served"),
        NEVER,
    ]
