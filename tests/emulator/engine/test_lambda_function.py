"""How long a pipeline waits for a function, and outputs that are not there; all else of Lambda and Callback
steps is tested over the wire."""

import io
import json
import threading

import pytest

from penstock.emulator.engine.policy import final_status
from penstock.emulator.engine.steps.interface import Context
from penstock.emulator.engine.steps.lambda_function import Lambda


class SlowFunction:
    """A client of Lambda whose function ends when it is told to."""

    def __init__(self):
        self.go = threading.Event()
        self.answered = threading.Event()

    def invoke(self, **_):
        self.go.wait(20)
        self.answered.set()
        return {"Payload": io.BytesIO(b"{}")}


def test_a_function_that_takes_longer_than_a_pipeline_waits_fails_the_step(laboratory, wait_for):
    function, store = SlowFunction(), laboratory.store
    context = Context(None, lambda _: function, store, None, "execution", "Call", "job")
    step = Lambda(patience=0.05)
    begun = step.begin({"FunctionArn": "arn", "Event": {}, "Outputs": {}}, context)
    ended = wait_for(
        store, lambda: (now := step.observe(begun.handle, context)).status != "Executing" and now
    )
    assert ended.status == "Failed"
    assert ended.failure.reason == "ClientError: The function arn did not end within 0.05 seconds."
    # The function goes on; what it comes to changes nothing.
    function.go.set()
    assert function.answered.wait(20)
    assert step.observe(begun.handle, context) == ended


class FailingFunction:
    """A client of Lambda whose function raises."""

    def invoke(self, **_):
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"no good")}


class Queue:
    def __init__(self):
        self.tokens = []

    def send_message(self, QueueUrl, MessageBody):
        self.tokens.append(json.loads(MessageBody)["token"])


def asked(name, kind, **keys):
    outputs = [{"OutputName": "o", "OutputType": "String"}]
    return {"Name": name, "Type": kind, "Arguments": {}, "OutputParameters": outputs, **keys}


@pytest.mark.parametrize(
    "step", [asked("Ask", "Lambda", FunctionArn="arn"), asked("Ask", "Callback", SqsQueueUrl="queue")]
)
def test_a_step_that_failed_has_no_outputs(start, service, build, laboratory, step):
    service.clients = {"lambda": FailingFunction(), "sqs": Queue()}
    output = {"Get": "Steps.Ask.OutputParameters['o']"}
    execution = start([step, build.fail("Tell", output, DependsOn=[{"Step": "Ask", "Trigger": "Any"}])])
    execution.wait_for_step("Ask", "Failed" if step["Type"] == "Lambda" else "Executing")
    for token in service.clients["sqs"].tokens:
        laboratory.store.update(
            "Callback", token, lambda document: document.update(Status="Failed", FailureReason="no")
        )
    assert execution.wait() == "Failed"
    assert execution.entries["Tell"]["FailureReason"] == (
        "ClientError: Steps[1].Arguments.ErrorMessage: cannot resolve Steps.Ask.OutputParameters['o']: "
        "step Ask did not succeed, so it has no outputs"
    )


def test_an_execution_that_is_to_stop_fails_when_its_function_timed_out():
    assert final_status(stop_requested=True, unhandled=["Failed"], handled=False, timed_out=True) == (
        "Failed",
        "Step failure: One or multiple steps failed.",
    )
