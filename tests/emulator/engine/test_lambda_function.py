"""How long a pipeline waits for a function; all else of the step is tested over the wire."""

import io
import threading

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


def test_an_execution_that_is_to_stop_fails_when_its_function_timed_out():
    assert final_status(stop_requested=True, unhandled=["Failed"], handled=False, timed_out=True) == (
        "Failed",
        "Step failure: One or multiple steps failed.",
    )
