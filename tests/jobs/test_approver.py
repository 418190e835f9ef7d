import pytest
from botocore.exceptions import ClientError

from jobs.approver import answer, bounds, review

POLICY = bounds({"MINIMUM_AUC": "0.85", "MAXIMUM_LOG_LOSS": "0.5", "PATH": "/bin"})


class Callbacks:
    """SageMaker's callbacks: what was answered, unless `error` says that nobody waits."""

    def __init__(self, error=None):
        self.error = error
        self.answers = []

    def send_pipeline_execution_step_success(self, CallbackToken, OutputParameters):
        self._take(CallbackToken, {item["Name"]: item["Value"] for item in OutputParameters})

    def send_pipeline_execution_step_failure(self, CallbackToken, FailureReason):
        self._take(CallbackToken, FailureReason)

    def _take(self, token, what):
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "Nobody waits."}}, "Send")
        self.answers.append((token, what))


def request(status="Executing", **arguments):
    return {"token": "abcdefghij", "status": status, "arguments": arguments}


def answered(asked, policy=POLICY):
    callbacks = Callbacks()
    answer(callbacks, asked, policy)
    [(token, what)] = callbacks.answers
    assert token == "abcdefghij"
    return what


def test_the_policy_is_what_the_environment_says():
    assert POLICY == {"MAXIMUM_LOG_LOSS": ("log_loss", 0.5), "MINIMUM_AUC": ("auc", 0.85)}


def test_a_model_within_all_bounds_is_approved():
    assert answered(request(auc=0.85, log_loss="0.5")) == {"approval_status": "Approved"}


def test_a_model_beyond_a_bound_is_refused_with_what_does_not_hold():
    assert answered(request(auc=0.8, log_loss=0.61)) == (
        "Not approved: log_loss 0.61 is above the maximum of 0.5; auc 0.8 is below the minimum of 0.85."
    )


@pytest.mark.parametrize("arguments", [{}, {"auc": "high"}, {"auc": None}])
def test_a_request_without_a_metric_is_refused(arguments):
    assert review(arguments, bounds({"MINIMUM_AUC": "0.85"})) == ["the request has no auc"]


def test_a_metric_that_is_no_number_is_not_approved():
    assert review({"auc": "NaN"}, bounds({"MINIMUM_AUC": "0.85"})) == ["auc nan is below the minimum of 0.85"]


def test_without_a_policy_nothing_is_approved():
    assert answered(request(auc=1), {}) == "Not approved: the policy is empty."


def test_the_step_of_an_execution_that_stops_is_ended():
    assert answered(request("Stopping", auc=1, log_loss=0)) == "The execution is being stopped."


def test_a_long_reason_is_cut_to_what_the_service_takes():
    policy = bounds({f"MINIMUM_METRIC_{number}": "1" for number in range(20)})
    assert len(answered(request(), policy)) == 256


@pytest.mark.parametrize("code", ["ConflictException", "ResourceNotFound"])
def test_a_request_that_nobody_waits_for_is_done(code):
    answer(Callbacks(code), request(auc=1, log_loss=0), POLICY)


def test_another_error_leaves_the_message_in_the_queue():
    with pytest.raises(ClientError, match="ThrottlingException"):
        answer(Callbacks("ThrottlingException"), request(auc=1, log_loss=0), POLICY)
