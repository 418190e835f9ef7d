import re
import sqlite3
import threading

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

STEP_FAILURE = "Step failure: One or multiple steps failed."


def types_and_names(execution):
    return [
        (event["Type"], event.get("StepName") or event.get("Status"), event.get("StepStatus"))
        for event in execution.events
    ]


def test_runs_a_job_step_through_the_service_and_tells_it_as_events(start, service, build):
    execution = start([build.processing("Prepare", DisplayName="Prepare it", Description="Splits")])
    service.finish_step("Prepare")

    assert execution.wait() == "Succeeded"
    assert types_and_names(execution) == [
        ("ExecutionStatus", "Executing", None),
        ("StepStarted", "Prepare", None),
        ("StepChanged", "Prepare", "Executing"),
        ("StepEnded", "Prepare", "Succeeded"),
        ("ExecutionStatus", "Succeeded", None),
    ]
    [entry] = execution.entries.values()
    job = service.requests("CreateProcessingJob")[0]["ProcessingJobName"]
    assert re.fullmatch(r"pipelines-0{12}-Prepare-[A-Za-z0-9]{10}", job)
    assert entry.pop("StartTime") <= entry.pop("EndTime")
    assert entry == {
        "StepName": "Prepare",
        "StepDisplayName": "Prepare it",
        "StepDescription": "Splits",
        "StepStatus": "Succeeded",
        "AttemptCount": 1,
        "Metadata": {
            "ProcessingJob": {
                "Arn": f"arn:aws:sagemaker:us-east-1:000000000000:processing-job/{job}",
            }
        },
    }


def test_what_is_ready_runs_at_once_and_the_rest_waits(start, service, build):
    execution = start([build.processing("A"), build.processing("B"), build.processing("C", after=["A", "B"])])
    execution.wait_for_step("A", "Executing")
    execution.wait_for_step("B", "Executing")
    service.finish_step("A")
    execution.wait_for_step("A", "Succeeded")
    assert "C" not in execution.entries
    service.finish_step("B")
    service.finish_step("C")
    assert execution.wait() == "Succeeded"


def test_no_more_steps_run_at_once_than_the_parallelism_allows(start, service, build):
    execution = start([build.processing(f"S{number}") for number in range(5)], cap=2)
    execution.wait_for_step("S1", "Executing")
    assert list(execution.entries) == ["S0", "S1"]
    for number in range(5):
        service.finish_step(f"S{number}")
    assert execution.wait() == "Succeeded"
    assert service.most_at_once == 2


def test_the_parallelism_of_a_running_execution_can_be_changed(start, service, build):
    execution = start([build.processing(f"S{number}") for number in range(5)], cap=1)
    execution.wait_for_step("S0", "Executing")
    execution.limit(3)
    execution.wait_for_step("S2", "Executing")
    assert list(execution.entries) == ["S0", "S1", "S2"]
    execution.limit(1)
    for number in range(3):
        service.finish_step(f"S{number}")
    execution.wait_for_step("S3", "Executing")
    assert "S4" not in execution.entries
    for number in (3, 4):
        service.finish_step(f"S{number}")
    assert execution.wait() == "Succeeded"
    execution.limit(2)  # nothing is left to do


def test_a_reference_is_an_edge_and_is_resolved_from_describe(start, service, build):
    use = build.processing("Use")
    use["Arguments"]["Environment"] = {
        "MODEL": {"Get": "Steps.Make.ProcessingOutputConfig.Outputs['model'].S3Output.S3Uri"},
        "JOB": {"Get": "Execution.ProcessingJobName"},
        "TRIAL": {"Get": "PipelineExperimentConfig.TrialName"},
        "ID": {"Std:Join": {"On": "-", "Values": [{"Get": "Execution.PipelineName"}, 1, True]}},
    }
    execution = start([use, build.processing("Make", outputs=["model"])])
    service.finish_step("Make")
    service.finish_step("Use")
    assert execution.wait() == "Succeeded"
    request = service.requests("CreateProcessingJob")[1]
    assert request["Environment"] == {
        "MODEL": "s3://bucket/Make/model",
        "JOB": request["ProcessingJobName"],
        "TRIAL": "000000000000",
        "ID": "Pipe-1-true",
    }


def test_what_runs_completes_after_a_failure_and_nothing_new_starts(start, service, build):
    execution = start(
        [
            build.processing("Bad"),
            build.processing("Good"),
            build.processing("AfterGood", after=["Good"]),
            build.processing("AfterBad", after=["Bad"]),
        ]
    )
    execution.wait_for_step("Good", "Executing")
    service.finish_step("Bad", "Failed", FailureReason="AlgorithmError: it broke, exit code: 1")
    execution.wait_for_step("Bad", "Failed")
    assert execution.status == "Executing"
    service.finish_step("Good")
    assert execution.wait() == "Failed"
    assert execution.statuses == {"Bad": "Failed", "Good": "Succeeded"}
    assert execution.document["FailureReason"] == STEP_FAILURE
    assert execution.entries["Bad"]["FailureReason"] == (
        "ClientError: AlgorithmError: it broke, exit code: 1"
    )


def test_a_step_that_waits_for_a_failure_runs_and_the_execution_completes_with_failures(
    start, service, build
):
    execution = start(
        [
            build.processing("Train"),
            build.processing("Notify", after=[{"Step": "Train", "Trigger": "Failed"}]),
            build.processing("Always", after=[{"Step": "Train", "Trigger": "Any"}]),
            build.processing("Deploy", after=["Train"]),
        ]
    )
    service.finish_step("Train", "Failed", FailureReason="AlgorithmError: no")
    service.finish_step("Notify")
    service.finish_step("Always")
    assert execution.wait() == "CompletedWithFailures"
    assert execution.statuses == {"Train": "Failed", "Notify": "Succeeded", "Always": "Succeeded"}
    assert "FailureReason" not in execution.document


def test_a_step_that_waits_for_a_failure_is_not_listed_where_there_is_none(start, service, build):
    execution = start(
        [
            build.processing("Train"),
            build.processing("Notify", after=[{"Step": "Train", "Trigger": "Failed"}]),
        ]
    )
    service.finish_step("Train")
    assert execution.wait() == "Succeeded"
    assert execution.statuses == {"Train": "Succeeded"}


def test_a_failure_handled_elsewhere_does_not_excuse_one_that_is_not(start, service, build):
    execution = start(
        [
            build.processing("A"),
            build.processing("HandlesA", after=[{"Step": "A", "Trigger": "Failed"}]),
            build.processing("B"),
        ]
    )
    execution.wait_for_step("A", "Executing")
    service.finish_step("B", "Failed", FailureReason="AlgorithmError: b")
    execution.wait_for_step("B", "Failed")
    service.finish_step("A", "Failed", FailureReason="AlgorithmError: a")
    service.finish_step("HandlesA")
    assert execution.wait() == "Failed"
    assert execution.statuses == {"A": "Failed", "B": "Failed", "HandlesA": "Succeeded"}


def test_the_branch_not_taken_and_what_depends_on_it_are_not_listed(start, service, build):
    service.instant = True
    execution = start(
        [
            build.condition(
                "Gate",
                [build.equals({"Get": "Parameters.Go"}, "yes")],
                [build.processing("Yes"), build.processing("YesToo", after=["Yes"])],
                [build.processing("No")],
            ),
            build.processing("AfterGate", after=["Gate"]),
            build.processing("AfterYes", after=["YesToo"]),
            build.processing("AfterNo", after=["No"]),
            build.processing("AfterBoth", after=["Yes", "No"]),
        ],
        [{"Name": "Go", "Type": "String", "DefaultValue": "no"}],
        [{"Name": "Go", "Value": "yes"}],
    )
    assert execution.wait() == "Succeeded"
    assert list(execution.entries) == ["Gate", "Yes", "AfterGate", "YesToo", "AfterYes"]
    assert execution.entries["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}


def test_an_outcome_joins_as_a_lower_case_boolean(start, service, build):
    service.instant = True
    use = build.processing("Use")
    use["Arguments"]["Environment"] = {
        "OUTCOME": {"Std:Join": {"On": "", "Values": ["it is ", {"Get": "Steps.Gate.Outcome"}]}}
    }
    execution = start([build.condition("Gate", [build.equals(1, 2)]), use])
    assert execution.wait() == "Succeeded"
    assert service.requests("CreateProcessingJob")[0]["Environment"] == {"OUTCOME": "it is false"}


def test_a_condition_reads_a_property_file(start, service, build):
    service.objects["s3://bucket/Evaluate/report/evaluation.json"] = b'{"auc": {"value": 0.93}}'
    auc = {
        "Std:JsonGet": {
            "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"},
            "Path": "auc.value",
        }
    }
    file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "evaluation.json"}
    service.instant = True
    execution = start(
        [
            build.processing("Evaluate", outputs=["report"], PropertyFiles=[file]),
            build.condition(
                "Gate",
                [{"Type": "GreaterThanOrEqualTo", "LeftValue": auc, "RightValue": 0.9}],
                [build.processing("Pass")],
                [build.fail("Reject", {"Std:Join": {"On": " ", "Values": ["AUC is", auc]}})],
            ),
        ]
    )
    assert execution.wait() == "Succeeded"
    assert list(execution.entries) == ["Evaluate", "Gate", "Pass"]


def test_a_fail_step_fails_the_execution_with_its_message(start, build):
    message = {"Std:Join": {"On": " ", "Values": ["AUC", 0.71, "is below", 0.9]}}
    execution = start([build.fail("Reject", message)])
    assert execution.wait() == "Failed"
    entry = execution.entries["Reject"]
    assert entry["StepStatus"] == "Failed"
    assert entry["FailureReason"] == "AUC 0.71 is below 0.9"
    assert entry["Metadata"] == {"Fail": {"ErrorMessage": "AUC 0.71 is below 0.9"}}
    assert execution.document["FailureReason"] == STEP_FAILURE


def test_a_fail_step_with_an_empty_message_has_no_reason(start, build):
    execution = start([build.fail("Reject", "")])
    assert execution.wait() == "Failed"
    assert "FailureReason" not in execution.entries["Reject"]
    assert execution.entries["Reject"]["Metadata"] == {"Fail": {"ErrorMessage": ""}}


def test_a_fail_step_lets_what_runs_complete(start, service, build):
    execution = start([build.processing("Slow"), build.fail("Reject")])
    execution.wait_for_step("Reject", "Failed")
    assert execution.status == "Executing"
    service.finish_step("Slow")
    assert execution.wait() == "Failed"
    assert execution.statuses == {"Slow": "Succeeded", "Reject": "Failed"}


def test_a_refused_call_fails_the_step_in_the_words_of_the_service(start, service, build):
    service.refuse["CreateProcessingJob"] = [
        ServiceError("ResourceLimitExceeded", "The account-level service limit is 0 Instances.")
    ]
    execution = start([build.processing("A")])
    assert execution.wait() == "Failed"
    entry = execution.entries["A"]
    assert entry["FailureReason"] == (
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: The account-level "
        "service limit is 0 Instances.\nRetry not appropriate on execution of step with "
        f"PipelineExecutionArn {execution.arn} and StepId A. No retry policy configured for the exception "
        "type SAGEMAKER_RESOURCE_LIMIT."
    )
    assert entry["Metadata"] == {}


def test_an_expression_without_a_value_fails_its_step_and_says_where(start, service, build):
    service.instant = True
    use = build.processing("Use")
    use["Arguments"]["Environment"] = {
        "X": {"Get": "Steps.Make.ProcessingOutputConfig.Outputs['b'].S3Output"}
    }
    execution = start([build.processing("Make", outputs=["a"]), use])
    assert execution.wait() == "Failed"
    assert execution.entries["Use"]["FailureReason"] == (
        "ClientError: Steps[1].Arguments.Environment.X: cannot resolve "
        "Steps.Make.ProcessingOutputConfig.Outputs['b'].S3Output: there is no b in "
        "ProcessingOutputConfig.Outputs, a list of 1 item: a"
    )


def test_a_step_that_was_refused_has_no_properties_for_what_waits_for_its_failure(start, service, build):
    service.refuse["CreateProcessingJob"] = [ServiceError("ValidationException", "no")]
    tell = build.fail(
        "Tell", {"Get": "Steps.A.FailureReason"}, DependsOn=[{"Step": "A", "Trigger": "Failed"}]
    )
    execution = start([build.processing("A"), tell])
    assert execution.wait() == "Failed"
    assert execution.entries["Tell"]["FailureReason"] == (
        "ClientError: Steps[1].Arguments.ErrorMessage: cannot resolve Steps.A.FailureReason: step A ended "
        "before it had properties"
    )


def test_what_waits_for_a_failure_may_refer_to_the_failed_job(start, service, build):
    tell = build.fail(
        "Tell", {"Get": "Steps.A.FailureReason"}, DependsOn=[{"Step": "A", "Trigger": "Failed"}]
    )
    execution = start([build.processing("A"), tell])
    service.finish_step("A", "Failed", FailureReason="AlgorithmError: no")
    assert execution.wait() == "Failed"
    assert execution.entries["Tell"]["FailureReason"] == "AlgorithmError: no"


@pytest.mark.parametrize("kind", ["Training", "Tuning", "Lineage", "Athena"])
def test_a_step_type_that_is_not_run_says_so_and_what_to_do(start, kind):
    execution = start([{"Name": "Trace", "Type": kind, "Arguments": {}}])
    assert execution.wait() == "Failed"
    assert execution.entries["Trace"]["FailureReason"] == (
        f"ClientError: Step type {kind} is run by AWS, but not by this emulator. To run the rest of the "
        "pipeline here, move the step into a branch of a Condition step that compares a parameter, and start "
        "with the other branch. The emulator runs AutoML, Callback, ClarifyCheck, Condition, EMR, Endpoint, "
        "EndpointConfig, Fail, Lambda, Model, Processing, QualityCheck, RegisterModel, Transform."
    )


def test_a_crash_of_the_engine_fails_the_execution(start, service, build):
    def broken(operation, request):
        raise KeyError("nobody expects this")

    service._create = broken
    execution = start([build.processing("A")])
    assert execution.wait() == "Failed"
    reason = (
        "InternalServerError: The pipeline engine failed: KeyError: 'nobody expects this'. "
        "Retry the execution to go on."
    )
    assert execution.document["FailureReason"] == reason
    assert execution.entries["A"]["FailureReason"] == reason


def test_a_shutdown_fails_what_runs(start, service, build, laboratory):
    execution = start([build.processing("A")])
    execution.wait_for_step("A", "Executing")
    laboratory.engine.shutdown()
    assert execution.status == "Failed"
    reason = "InternalServerError: The emulator was stopped while the execution ran. Retry it to go on."
    assert execution.document["FailureReason"] == reason
    assert execution.statuses == {"A": "Failed"}


def test_an_end_that_cannot_be_written_is_written_when_there_is_room(start, service, build, laboratory):
    database = laboratory.store._database
    tried = threading.Event()

    def disk_full(kind, request):
        database.execute("PRAGMA query_only = ON")
        tried.set()
        raise sqlite3.OperationalError("database or disk is full")

    service._create = disk_full
    execution = start([build.processing("A")])
    assert tried.wait(20)
    assert execution.status == "Executing"
    database.execute("PRAGMA query_only = OFF")
    assert execution.wait() == "Failed"
    assert execution.document["FailureReason"] == (
        "InternalServerError: The pipeline engine failed: OperationalError: database or disk is full. "
        "Retry the execution to go on."
    )
    assert execution.statuses == {"A": "Failed"}


def test_an_operation_that_is_not_served_is_not_tried_again(start, service, build):
    service.refuse["CreateProcessingJob"] = [
        ServiceError("NotImplementedException", "It is not served.", 501)
    ]
    execution = start([build.processing("A")])
    assert execution.wait() == "Failed"
    assert execution.entries["A"]["FailureReason"] == (
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: It is not served."
    )
