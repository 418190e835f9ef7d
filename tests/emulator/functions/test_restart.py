"""Functions, mappings and callbacks after the emulator was killed."""

import json
import re

import psutil
import pytest

pytestmark = pytest.mark.long


def workers_of(process):
    """Identifiers of the processes that run functions of an emulator."""
    return [
        child.pid
        for child in psutil.Process(process.pid).children(recursive=True)
        if any("boot.py" in word for word in child.cmdline())
    ]


def test_what_is_there_after_a_kill(
    start_emulator, make_functions, make_executions, tmp_path, wait_for, zipped
):
    first = start_emulator(tmp_path)
    functions = make_functions(first.client)
    executions = make_executions(first.client, functions.role)
    first.client("s3").create_bucket(Bucket="code")
    sqs = first.client("sqs")
    asked, mapped = (
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
        for name in ("asked", "mapped")
    )
    function = functions.make(
        "def handler(event, context):\n    print('GOT', event['Records'][0]['body'])\n", bucket="code"
    )
    slow = functions.make("import time\ndef handler(event, context):\n    time.sleep(30)\n", Timeout=60)
    functions.client.create_event_source_mapping(
        EventSourceArn="arn:aws:sqs:us-east-1:000000000000:mapped", FunctionName=function
    )
    arn = executions.start(
        {"Name": "Ask", "Type": "Callback", "SqsQueueUrl": asked, "Arguments": {}},
        {
            "Name": "Call",
            "Type": "Lambda",
            "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{slow}",
            "Arguments": {},
        },
    )
    [message] = sqs.receive_message(QueueUrl=asked, WaitTimeSeconds=20)["Messages"]
    old = json.loads(message["Body"])["token"]
    workers = wait_for(lambda: workers_of(first.process))
    first.kill()
    wait_for(lambda: not any(psutil.pid_exists(pid) for pid in workers))

    second = start_emulator(tmp_path)
    functions = make_functions(second.client)
    executions = make_executions(second.client, functions.role)
    steps = executions.steps(arn)
    assert executions.status(arn) == "Failed"
    assert {name: step["FailureReason"] for name, step in steps.items()} == dict.fromkeys(
        ("Ask", "Call"), "The emulator stopped while the step was running."
    )
    sagemaker, failed = executions.sagemaker, {}
    answer = sagemaker.send_pipeline_execution_step_success
    failed["ended"] = refusal(answer, old)
    second.client("lambda").update_function_code(
        FunctionName=slow, ZipFile=zipped(app="def handler(event, context):\n    return {}\n")
    )
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    sqs = second.client("sqs")
    asked, mapped = (re.sub(r"^http://[^/]+", second.endpoint_url, url) for url in (asked, mapped))
    new = wait_for(lambda: executions.steps(arn)["Ask"]["Metadata"].get("Callback", {}).get("CallbackToken"))
    failed["superseded"] = refusal(answer, old)
    assert failed == {
        "ended": f"Callback token '{old}' is not waited for: pipeline execution {arn} is Failed.",
        "superseded": f"Callback token '{old}' is not waited for: step Ask was started again.",
    }
    answer(CallbackToken=new)
    assert executions.wait(arn) == "Succeeded"
    sqs.send_message(QueueUrl=mapped, MessageBody="after the restart")
    assert "GOT after the restart" in functions.logged(function, "GOT")
    said = second.stop()
    assert "replay" not in said
    assert "Traceback" not in said


def refusal(call, token):
    try:
        call(CallbackToken=token)
    except call.__self__.exceptions.ConflictException as error:
        return error.response["Error"]["Message"]
    return None
