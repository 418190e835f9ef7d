"""Executions: what is stored at the start, and what may be asked of them afterwards."""

import re
import threading

import pytest

from penstock.emulator.engine import events
from penstock.emulator.sagemaker.errors import ServiceError

PIPELINE = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/pipeline"
PARAMETERS = [
    {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Dry", "Type": "Boolean", "DefaultValue": True},
    {"Name": "Data", "Type": "String"},
]


def refusal(bench, operation, **request):
    with pytest.raises(ServiceError) as caught:
        bench(operation, **request)
    return caught.value.code, caught.value.message


def test_an_execution_is_stored_and_started(bench):
    bench.pipeline()
    arn = bench.execution()
    assert re.fullmatch(rf"{PIPELINE}/execution/[a-z0-9]{{12}}", arn)
    assert bench.executions.asked == [("start", arn)]
    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    created = execution["CreationTime"]
    assert execution == {
        "PipelineArn": PIPELINE,
        "PipelineExecutionArn": arn,
        "PipelineExecutionDisplayName": f"execution-{created * 1000:.0f}",
        "PipelineExecutionStatus": "Executing",
        "PipelineVersionId": 1,
        "CreationTime": created,
        "LastModifiedTime": created,
        "CreatedBy": {},
        "LastModifiedBy": {},
    }


def test_what_is_given_at_the_start_is_described(bench, client, make):
    bench.pipeline(ParallelismConfiguration={"MaxParallelExecutionSteps": 2}, PipelineVersionAliases=["live"])
    arn = client.start_pipeline_execution(
        PipelineName="pipeline",
        PipelineExecutionDisplayName="First",
        PipelineExecutionDescription="The first one",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 7},
        PipelineVersionAlias="live",
    )["PipelineExecutionArn"]
    execution = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineExecutionDisplayName"] == "First"
    assert execution["PipelineExecutionDescription"] == "The first one"
    assert execution["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 7}
    assert execution["PipelineVersionAliases"] == ["live"]


def test_the_engine_finds_what_it_needs(bench, make):
    bench.pipeline(
        PipelineDefinition=make.definition(parameters=PARAMETERS),
        ParallelismConfiguration={"MaxParallelExecutionSteps": 2},
    )
    arn = bench.execution(PipelineParameters=[{"Name": "Data", "Value": "s3://bucket/data"}])
    document = bench.store.get("PipelineExecution", arn.split(":pipeline/")[1].replace("/execution/", "/"))
    assert document["_Definition"]["Parameters"] == PARAMETERS
    assert document["_Parameters"] == {"Threshold": 0.5, "Dry": True, "Data": "s3://bucket/data"}
    assert document["_MaxParallelSteps"] == 2
    assert document["_RoleArn"] == make.role


def test_parameters_are_listed_as_the_strings_they_are_on_the_wire(bench, make):
    bench.pipeline(PipelineDefinition=make.definition(parameters=PARAMETERS))
    arn = bench.execution(PipelineParameters=[{"Name": "Data", "Value": "s3://bucket/data"}])
    listed = bench("ListPipelineParametersForExecution", PipelineExecutionArn=arn)["PipelineParameters"]
    assert listed == [
        {"Name": "Threshold", "Value": "0.5"},
        {"Name": "Dry", "Value": "true"},
        {"Name": "Data", "Value": "s3://bucket/data"},
    ]


def test_parameters_are_checked_at_the_start(bench, make):
    bench.pipeline(PipelineDefinition=make.definition(parameters=PARAMETERS))
    code, message = refusal(
        bench,
        "StartPipelineExecution",
        PipelineName="pipeline",
        ClientRequestToken=make.token("start"),
        PipelineParameters=[{"Name": "None", "Value": "x"}],
    )
    assert code == "ValidationException"
    assert message.startswith("Unknown parameter 'None'.")
    assert bench("ListPipelineExecutions", PipelineName="pipeline")["PipelineExecutionSummaries"] == []
    assert bench.executions.asked == []


def test_experiment_and_mlflow_are_resolved(bench, make):
    bench.pipeline(
        "My-Pipeline",
        PipelineDefinition=make.definition(
            PipelineExperimentConfig={
                "ExperimentName": {"Get": "Execution.PipelineName"},
                "TrialName": {"Get": "Execution.PipelineExecutionId"},
            },
            MlflowConfig={
                "MlflowResourceArn": "arn:aws:sagemaker:us-east-1:000000000000:mlflow-tracking-server/a",
                "MlflowExperimentName": "in the definition",
            },
        ),
    )
    arn = bench.execution("My-Pipeline", MlflowExperimentName="at the start")
    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert execution["PipelineExperimentConfig"] == {
        "ExperimentName": "my-pipeline",
        "TrialName": arn.rpartition("/")[2],
    }
    assert execution["MLflowConfig"]["MlflowExperimentName"] == "at the start"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "Stop"}]}},
            "The emulator does not run selected steps only. Leave SelectiveExecutionConfig out.",
        ),
        (
            {"RoleArn": "arn:aws:iam::000000000000:role/other"},
            "RoleArn can be given only for a pipeline that AWS manages. Leave it out.",
        ),
    ],
)
def test_what_cannot_be_asked_at_the_start_is_refused(bench, make, members, message):
    bench.pipeline()
    request = {"PipelineName": "pipeline", "ClientRequestToken": make.token("start")}
    assert refusal(bench, "StartPipelineExecution", **request, **members) == ("ValidationException", message)


def test_a_start_needs_the_role_of_the_pipeline(bench, make):
    bench.pipeline()
    bench.missing_roles.add(make.role)
    request = {"PipelineName": "pipeline", "ClientRequestToken": make.token("start")}
    assert refusal(bench, "StartPipelineExecution", **request)[1].startswith(
        f"Could not assume role {make.role}."
    )


def test_one_token_starts_one_execution_however_often_it_is_sent(bench, make):
    bench.pipeline()
    started = []

    def start():
        started.append(bench.execution(ClientRequestToken=make.token("start")))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 8
    assert len(set(started)) == 1
    assert bench.executions.asked == [("start", started[0])]


def test_an_execution_keeps_the_definition_that_it_started_with(bench, make):
    bench.pipeline()
    arn = bench.execution()
    bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=make.definition("new"))
    shown = bench("DescribePipelineDefinitionForExecution", PipelineExecutionArn=arn)
    assert shown["PipelineDefinition"] == make.definition()
    assert bench("DescribePipelineExecution", PipelineExecutionArn=arn)["PipelineVersionId"] == 1


def test_an_earlier_version_can_be_started(bench, make):
    bench.pipeline()
    bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=make.definition("new"))
    arn = bench.execution(PipelineVersionId=1)
    shown = bench("DescribePipelineDefinitionForExecution", PipelineExecutionArn=arn)
    assert shown["PipelineDefinition"] == make.definition()
    second, first = bench("ListPipelineVersions", PipelineName="pipeline")["PipelineVersionSummaries"]
    assert first["LastExecutionPipelineExecutionArn"] == arn
    assert "LastExecutionPipelineExecutionArn" not in second


def test_executions_are_listed_newest_first_and_by_alias(bench, make):
    bench.pipeline(PipelineVersionAliases=["old"])
    first = bench.execution()
    bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=make.definition("new"))
    second = bench.execution()
    bench.end_execution(second, "Failed")
    summaries = bench("ListPipelineExecutions", PipelineName="pipeline")["PipelineExecutionSummaries"]
    assert [summary["PipelineExecutionArn"] for summary in summaries] == [second, first]
    assert summaries[0]["PipelineExecutionStatus"] == "Failed"
    assert summaries[1]["PipelineVersionAliases"] == ["old"]
    created = bench("DescribePipelineExecution", PipelineExecutionArn=first)["CreationTime"]
    assert summaries[1]["StartTime"] == created

    (old,) = bench("ListPipelineExecutions", PipelineName="pipeline", PipelineVersionAlias="old")[
        "PipelineExecutionSummaries"
    ]
    assert old["PipelineExecutionArn"] == first


def test_a_running_execution_is_asked_to_stop_once_for_each_token(bench, make):
    bench.pipeline()
    arn = bench.execution()
    request = {"PipelineExecutionArn": arn, "ClientRequestToken": make.token("stop")}
    assert bench("StopPipelineExecution", **request) == {"PipelineExecutionArn": arn}
    assert bench("StopPipelineExecution", **request) == {"PipelineExecutionArn": arn}
    assert bench.executions.asked == [("start", arn), ("stop", arn)]
    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert execution["PipelineExecutionStatus"] == "Stopping"
    assert refusal(
        bench, "StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken=make.token("again")
    ) == (
        "ConflictException",
        f"Pipeline execution {arn} is Stopping. Only an execution that is Executing can be stopped.",
    )


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_an_execution_that_did_not_succeed_is_retried(bench, make, status):
    bench.pipeline()
    arn = bench.execution()
    bench.end_execution(arn, status)
    bench(
        "RetryPipelineExecution",
        PipelineExecutionArn=arn,
        ClientRequestToken=make.token("retry"),
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert execution["PipelineExecutionStatus"] == "Executing"
    assert execution["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
    assert bench.executions.asked[-1] == ("retry", arn)


@pytest.mark.parametrize("status", ["Executing", "Succeeded"])
def test_an_execution_that_runs_or_succeeded_is_not_retried(bench, make, status):
    bench.pipeline()
    arn = bench.execution()
    bench.end_execution(arn, status)
    assert refusal(
        bench, "RetryPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken=make.token("retry")
    ) == (
        "ConflictException",
        f"Pipeline execution {arn} is {status}. Only an execution that is Failed or Stopped can be retried.",
    )


def test_an_execution_that_a_fail_step_ended_is_not_retried(bench, make):
    bench.pipeline()
    arn = bench.execution()
    bench.store.append_event(arn, events.step_started("Stop"))
    bench.store.append_event(
        arn, events.step_ended("Stop", "Failed", "no", Metadata={"Fail": {"ErrorMessage": "no"}})
    )
    bench.end_execution(arn, "Failed")
    assert refusal(
        bench, "RetryPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken=make.token("retry")
    ) == (
        "ValidationException",
        f"Pipeline execution {arn} was ended by its Fail step Stop and cannot be retried. Start a new one.",
    )


def test_an_execution_is_renamed(bench):
    bench.pipeline()
    arn = bench.execution()
    bench(
        "UpdatePipelineExecution",
        PipelineExecutionArn=arn,
        PipelineExecutionDisplayName="new",
        PipelineExecutionDescription="New",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 1},
    )
    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert execution["PipelineExecutionDisplayName"] == "new"
    assert execution["PipelineExecutionDescription"] == "New"
    assert execution["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}
    assert bench.executions.asked[-1] == ("limit", arn, 1)
    assert execution["LastModifiedTime"] > execution["CreationTime"]


def test_steps_are_listed_in_pages_newest_first(bench, client):
    bench.pipeline()
    arn = bench.execution()
    for number in range(150):
        bench.store.append_event(arn, events.step_started(f"Step-{number}", display_name=f"Step {number}"))
    bench.store.append_event(arn, events.step_ended("Step-0", "Succeeded", Metadata={"Model": {"Arn": "a"}}))

    first = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)
    assert len(first["PipelineExecutionSteps"]) == 100
    assert first["PipelineExecutionSteps"][0]["StepName"] == "Step-149"

    pages = client.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending", PaginationConfig={"PageSize": 40}
    )
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    assert [step["StepName"] for step in steps] == [f"Step-{number}" for number in range(150)]
    assert steps[0]["StepStatus"] == "Succeeded"
    assert steps[0]["Metadata"] == {"Model": {"Arn": "a"}}
    assert steps[0]["StepDisplayName"] == "Step 0"
    assert steps[0]["StartTime"] <= steps[0]["EndTime"]
