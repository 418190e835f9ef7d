"""The Callback step over the wire: the message, the two answers, stopping, and answers that are wrong."""

import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parent.parent.parent.parent


class Queue:
    def __init__(self, client):
        self.sqs = client("sqs")
        self.url = self.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:12]}")["QueueUrl"]

    def receive(self):
        [message] = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=20)["Messages"]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])


@pytest.fixture
def queue(client):
    return Queue(client)


def ask(queue, arguments=None, name="Ask", **outputs):
    return {
        "Name": name,
        "Type": "Callback",
        "SqsQueueUrl": queue.url,
        "Arguments": arguments or {},
        "OutputParameters": [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()],
    }


def output(name, path=""):
    return {"Get": f"Steps.Ask.OutputParameters['{name}']{path}"}


def tell(message):
    return {"Name": "Tell", "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def error_of(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def succeed(executions, token, **outputs):
    return executions.sagemaker.send_pipeline_execution_step_success(
        CallbackToken=token,
        OutputParameters=[{"Name": name, "Value": value} for name, value in outputs.items()],
    )


def test_a_message_is_answered_and_its_outputs_can_be_referred_to(executions, queue):
    arn = executions.start(
        ask(
            queue,
            {"n": 1, "of": {"Get": "Execution.PipelineExecutionArn"}},
            verdict="String",
            rows="Integer",
        ),
        tell({"Std:Join": {"On": " ", "Values": [output("verdict"), output("rows")]}}),
    )
    message = queue.receive()
    token = message["token"]
    assert re.fullmatch("[A-Za-z0-9]{10}", token)
    assert message == {
        "token": token,
        "pipelineExecutionArn": arn,
        "arguments": {"n": 1, "of": arn},
        "status": "Executing",
    }
    assert executions.status(arn) == "Executing"
    assert executions.steps(arn)["Ask"]["Metadata"] == {
        "Callback": {"CallbackToken": token, "SqsQueueUrl": queue.url}
    }
    assert succeed(executions, token, verdict="yes", rows="12")["PipelineExecutionArn"] == arn
    assert executions.wait(arn) == "Failed"
    steps = executions.steps(arn)
    assert steps["Ask"]["StepStatus"] == "Succeeded"
    assert steps["Ask"]["Metadata"]["Callback"]["OutputParameters"] == [
        {"Name": "verdict", "Value": "yes"},
        {"Name": "rows", "Value": "12"},
    ]
    assert steps["Tell"]["FailureReason"] == "yes 12"


def test_a_failure_fails_the_step_with_its_reason(executions, queue):
    arn = executions.start(ask(queue))
    token = queue.receive()["token"]
    executions.sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="not today")
    assert executions.wait(arn) == "Failed"
    assert executions.steps(arn)["Ask"]["FailureReason"] == "not today"


@pytest.mark.parametrize("answer", ["success", "failure"])
def test_a_stopped_execution_waits_for_the_answer(executions, queue, wait_for, answer):
    arn = executions.start(ask(queue, {"n": 1}))
    first = queue.receive()
    executions.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert queue.receive() == {**first, "status": "Stopping"}
    wait_for(lambda: executions.steps(arn)["Ask"]["StepStatus"] == "Stopping")
    assert executions.status(arn) == "Stopping"
    send = getattr(executions.sagemaker, f"send_pipeline_execution_step_{answer}")
    send(CallbackToken=first["token"])
    assert executions.wait(arn) == "Stopped"
    assert executions.steps(arn)["Ask"]["StepStatus"] == {"success": "Succeeded", "failure": "Failed"}[answer]


def test_a_token_that_is_unknown_or_used(executions, queue):
    arn = executions.start(ask(queue), ask(queue, name="Other"))
    token, other = queue.receive()["token"], queue.receive()["token"]
    client = executions.sagemaker
    for send in (client.send_pipeline_execution_step_success, client.send_pipeline_execution_step_failure):
        assert error_of(send, CallbackToken="nobody0000") == (
            "ResourceNotFound",
            "Callback token 'nobody0000' does not exist.",
        )
    steps = executions.steps(arn)
    names = {step["Metadata"]["Callback"]["CallbackToken"]: name for name, step in steps.items()}
    succeed(executions, token)
    for send in (client.send_pipeline_execution_step_success, client.send_pipeline_execution_step_failure):
        assert error_of(send, CallbackToken=token) == (
            "ConflictException",
            f"Callback token '{token}' was used already: step {names[token]} has Succeeded.",
        )
    # The same request with the same ClientRequestToken is the same request.
    again = {"CallbackToken": other, "ClientRequestToken": "t" * 32}
    assert client.send_pipeline_execution_step_success(**again)["PipelineExecutionArn"] == arn
    assert client.send_pipeline_execution_step_success(**again)["PipelineExecutionArn"] == arn
    assert executions.wait(arn) == "Succeeded"


def test_an_answer_that_the_step_does_not_take_leaves_it_waiting(executions, queue):
    arn = executions.start(ask(queue, rows="Integer"))
    token = queue.receive()["token"]
    send = executions.sagemaker.send_pipeline_execution_step_success
    head = "Step Ask does not take these outputs. "
    for outputs, message in (
        ([], f"{head}There is no output 'rows'. There are: none."),
        ([("row", "1")], f"{head}There is no output 'rows'. There are: row."),
        ([("rows", "many")], f"{head}Output 'rows' is \"many\", which is no Integer."),
        ([("rows", '{"a": 1}')], f'{head}Output \'rows\' is "{{\\"a\\": 1}}", which is no Integer.'),
        ([("rows", "1"), ("rows", "2")], "Output parameter 'rows' is given more than once."),
    ):
        parameters = [{"Name": name, "Value": value} for name, value in outputs]
        found = error_of(send, CallbackToken=token, OutputParameters=parameters)
        assert found == ("ValidationException", message)
    assert executions.steps(arn)["Ask"]["StepStatus"] == "Executing"
    succeed(executions, token, rows="1")
    assert executions.wait(arn) == "Succeeded"


def test_more_than_50_outputs(executions):
    code, message = error_of(
        executions.sagemaker.send_pipeline_execution_step_success,
        CallbackToken="0123456789",
        OutputParameters=[{"Name": f"n{number}", "Value": "v"} for number in range(51)],
    )
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value '[{")
    assert message.endswith(
        "at 'outputParameters' failed to satisfy constraint: Member must have length less than or equal to 50"
    )


def test_nothing_inside_a_nested_output_can_be_referred_to(executions, queue):
    arn = executions.start(ask(queue, a="String"), tell(output("a", ".b")))
    succeed(executions, queue.receive()["token"], a='{"b": 1}')
    assert executions.wait(arn) == "Failed"
    assert executions.steps(arn)["Tell"]["FailureReason"] == (
        "ClientError: Steps[1].Arguments.ErrorMessage: cannot resolve Steps.Ask.OutputParameters['a'].b: "
        "there is no b in OutputParameters.a, which is '{\"b\": 1}'"
    )


def test_a_queue_that_is_not_there_fails_the_step(executions, queue):
    queue.url += "-missing"
    arn = executions.start(ask(queue))
    assert executions.wait(arn) == "Failed"
    assert executions.steps(arn)["Ask"]["FailureReason"] == (
        "ClientError: Failed to invoke sqs:SendMessage. Error Details: The specified queue does not exist."
    )


def test_a_person_answers_with_penstock_approve(executions, emulator, queue):
    arn = executions.start(ask(queue, verdict="String"))
    queue.receive()

    def approve(*options):
        finished = subprocess.run(
            [sys.executable, "-m", "scripts.approve", arn, *options],
            cwd=ROOT, env=emulator.command_environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return finished.returncode, finished.stdout, finished.stderr

    assert approve() == (
        1,
        "",
        f"penstock: execution {arn[-12:]}, step Ask: AWS does not take this answer: Step Ask does not take "
        "these outputs. There is no output 'verdict'. There are: none.\n"
        "Give each output of the step with --output NAME=VALUE.\n",
    )
    assert approve("--output", "verdict=yes") == (0, f"approved Ask of {arn}\n", "")
    assert executions.wait(arn) == "Succeeded"
