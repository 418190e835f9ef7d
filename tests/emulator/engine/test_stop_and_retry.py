import pytest

from penstock.emulator.engine.policy import Failure, Retries, final_status
from penstock.emulator.sagemaker.errors import ServiceError

FAILED = "AlgorithmError: no"


def test_stop_stops_what_runs_and_starts_nothing_more(start, service, build):
    execution = start([build.processing("A"), build.processing("B", after=["A"])])
    execution.wait_for_step("A", "Executing")
    [(kind, job)] = service.running()
    execution.stop()
    execution.wait_for_step("A", "Stopping")
    assert execution.status == "Stopping"
    assert service.requests("StopProcessingJob") == [{"ProcessingJobName": job}]
    service.finish(kind, job, "Stopped")
    assert execution.wait() == "Stopped"
    assert execution.statuses == {"A": "Stopped"}


def test_a_job_that_completes_while_it_is_stopped_keeps_its_success(start, service, build):
    execution = start([build.processing("A"), build.processing("B", after=["A"])])
    execution.wait_for_step("A", "Executing")
    [(kind, job)] = service.running()
    service.refuse["StopProcessingJob"] = [ServiceError("ValidationException", "it is Completed")]
    execution.stop()
    execution.wait_for_step("A", "Stopping")
    service.finish(kind, job, "Completed")
    assert execution.wait() == "Stopped"
    assert execution.statuses == {"A": "Succeeded"}


def test_stop_ends_the_wait_for_another_attempt(start, service, build, wait_for):
    service.refuse["CreateProcessingJob"] = [ServiceError("ThrottlingException", "slow down")]
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 600, "MaxAttempts": 1}
    execution = start([build.processing("A", RetryPolicies=[policy])])
    wait_for(execution.store, lambda: any("NextAttempt" in event for event in execution.events))
    execution.stop()
    assert execution.wait() == "Stopped"
    assert execution.statuses == {"A": "Stopped"}


def test_stopping_what_has_ended_changes_nothing(start, service, build):
    service.instant = True
    execution = start([build.processing("A")])
    assert execution.wait() == "Succeeded"
    execution.stop()
    assert execution.status == "Succeeded"


def test_a_job_stopped_by_hand_stops_the_execution(start, service, build):
    execution = start([build.processing("A"), build.processing("B", after=["A"])])
    service.finish_step("A", "Stopped")
    assert execution.wait() == "Stopped"
    assert execution.statuses == {"A": "Stopped"}


def test_retry_keeps_what_succeeded_and_runs_the_rest_again(start, service, build):
    use = build.processing("Use", after=["Bad"])
    use["Arguments"]["Environment"] = {"FROM": {"Get": "Steps.Good.ProcessingJobName"}}
    execution = start([build.processing("Good"), build.processing("Bad", after=["Good"]), use])
    service.finish_step("Good")
    service.finish_step("Bad", "Failed", FailureReason=FAILED)
    assert execution.wait() == "Failed"
    good = service.requests("CreateProcessingJob")[0]["ProcessingJobName"]

    execution.retry()
    assert execution.status == "Executing"
    assert "FailureReason" not in execution.document
    service.finish_step("Bad")
    service.finish_step("Use")
    assert execution.wait() == "Succeeded"
    assert list(execution.entries) == ["Good", "Bad", "Use"]
    assert [entry["AttemptCount"] for entry in execution.entries.values()] == [1, 2, 1]
    assert "FailureReason" not in execution.entries["Bad"]
    requests = service.requests("CreateProcessingJob")
    assert len(requests) == 4
    assert requests[-1]["Environment"] == {"FROM": good}


def test_retry_goes_on_in_the_branch_that_was_taken(start, service, build):
    execution = start(
        [build.condition("Gate", [build.equals(1, 1)], [build.processing("Yes")], [build.processing("No")])]
    )
    service.finish_step("Yes", "Failed", FailureReason=FAILED)
    assert execution.wait() == "Failed"
    execution.retry()
    service.finish_step("Yes")
    assert execution.wait() == "Succeeded"
    assert execution.statuses == {"Gate": "Succeeded", "Yes": "Succeeded"}


def test_retry_of_a_stopped_execution_goes_on_where_it_stopped(start, service, build):
    execution = start([build.processing("A"), build.processing("B", after=["A"])])
    execution.wait_for_step("A", "Executing")
    [(kind, job)] = service.running()
    execution.stop()
    execution.wait_for_step("A", "Stopping")
    service.finish(kind, job, "Stopped")
    execution.wait()
    execution.retry()
    service.finish_step("A")
    service.finish_step("B")
    assert execution.wait() == "Succeeded"


def test_throttling_is_tried_again_without_a_policy(start, service, build):
    service.instant = True
    service.refuse["CreateProcessingJob"] = [ServiceError("ThrottlingException", "slow down")]
    execution = start([build.processing("A")])
    assert execution.wait() == "Succeeded"
    assert execution.entries["A"]["AttemptCount"] == 2


def test_a_failed_job_is_tried_again_as_its_policy_says(start, service, build):
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 0, "MaxAttempts": 1}
    execution = start([build.processing("A", RetryPolicies=[policy])])
    for _ in range(2):
        service.finish_step("A", "Failed", FailureReason="InternalServerError: try again")
    assert execution.wait() == "Failed"
    assert execution.entries["A"]["AttemptCount"] == 2
    assert execution.entries["A"]["FailureReason"] == "InternalServerError: try again"
    names = {request["ProcessingJobName"] for request in service.requests("CreateProcessingJob")}
    assert len(names) == 2


def test_a_failure_of_the_users_code_is_not_tried_again(start, service, build):
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 5}
    execution = start([build.processing("A", RetryPolicies=[policy])])
    service.finish_step("A", "Failed", FailureReason=FAILED)
    assert execution.wait() == "Failed"
    assert execution.entries["A"]["AttemptCount"] == 1


def delays(policy, failure, times):
    retries = Retries((policy,))
    return [retries.next(failure, now) for now in times]


def test_intervals_grow_by_the_backoff_rate_until_the_attempts_are_used_up():
    policy = {
        "ExceptionType": ["Step.THROTTLING"],
        "IntervalSeconds": 3,
        "BackoffRate": 1.5,
        "MaxAttempts": 3,
    }
    assert delays(policy, Failure("", "Step.THROTTLING"), range(4)) == [3, 4.5, 6.75, None]


def test_no_attempts_means_never():
    policy = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 0}
    assert delays(policy, Failure("", "Step.THROTTLING"), [0]) == [None]


def test_the_built_in_policy_has_the_documented_numbers():
    retries = Retries(())
    failure = Failure("", "Step.SERVICE_FAULT")
    assert [retries.next(failure, 0) for _ in range(6)] == [1, 2, 4, 8, 16, None]


def test_tries_go_on_until_the_policy_expires():
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 30, "ExpireAfterMin": 1}
    times = [100, 129, 131]
    policy["BackoffRate"] = 1
    assert delays(policy, Failure("", "SageMaker.CAPACITY_ERROR"), times) == [30, 30, None]


def test_each_policy_counts_for_itself():
    policies = (
        {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 1},
        {"ExceptionType": ["SageMaker.RESOURCE_LIMIT"], "MaxAttempts": 1},
    )
    retries = Retries(policies)
    kinds = ["Step.THROTTLING", "SageMaker.RESOURCE_LIMIT", "Step.THROTTLING", "SageMaker.RESOURCE_LIMIT", ""]
    assert [retries.next(Failure("", kind), 0) for kind in kinds] == [1, 1, None, None, None]


@pytest.mark.parametrize(
    ("stop", "unhandled", "handled", "status"),
    [
        (False, [], False, "Succeeded"),
        (False, [], True, "CompletedWithFailures"),
        (False, ["Failed"], True, "Failed"),
        (False, ["Stopped", "Failed"], False, "Failed"),
        (False, ["Stopped"], False, "Stopped"),
        (True, ["Failed"], False, "Stopped"),
    ],
)
def test_how_an_execution_ends(stop, unhandled, handled, status):
    assert final_status(stop_requested=stop, unhandled=unhandled, handled=handled)[0] == status
