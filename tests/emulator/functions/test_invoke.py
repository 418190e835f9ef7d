"""Invoke over the wire: what a handler is given, and what comes back of all that it can do."""

import json
import re
import threading

import pytest
from botocore.exceptions import ClientError

HANDLER = """
import json, os, sys, threading, time

def handler(event, context):
    match event.get("do"):
        case "raise":
            raise ValueError("no good")
        case "exit":
            sys.exit(3)
        case "exit quietly":
            os._exit(0)
        case "die":
            os.kill(os.getpid(), 9)
        case "sleep":
            print("going to sleep")
            time.sleep(event["seconds"])
        case "print":
            line = "x" * 999
            for _ in range(10_000):
                sys.stdout.write(line + chr(10))
            print("last line")
        case "much":
            return "x" * 7_000_000
        case "no json":
            return {1, 2}
    return {"pid": os.getpid(), "event": event}
"""


@pytest.fixture(scope="module")
def function(functions):
    return functions.make(HANDLER, Timeout=10)


def test_a_handler_is_given_its_event_and_a_real_context(functions):
    code = """
import os
def handler(event, context):
    print("hello")
    names = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION", "_HANDLER", "COLOUR",
             "AWS_EXECUTION_ENV")
    return {
        "event": event,
        "id": context.aws_request_id,
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "group": context.log_group_name,
        "stream": context.log_stream_name,
        "left": context.get_remaining_time_in_millis(),
        "environment": {name: os.environ[name] for name in names},
        "input": os.read(0, 1).decode(),
    }
"""
    name = functions.make(code, Timeout=7, MemorySize=256, Environment={"Variables": {"COLOUR": "red"}})
    answer = functions.invoke(name, {"n": [1, None, "é"]})
    value = answer.value
    assert (answer.status, answer.error, answer.version) == (200, None, "$LATEST")
    assert 0 < value.pop("left") <= 7000
    stream = value.pop("stream")
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    assert value == {
        "event": {"n": [1, None, "é"]},
        "id": answer.request_id,
        "memory": "256",
        "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "group": f"/aws/lambda/{name}",
        "environment": {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_REGION": "us-east-1",
            "_HANDLER": "app.handler",
            "COLOUR": "red",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        },
        "input": "",
    }
    start, hello, end, report = answer.log.splitlines()[1:]
    assert start == f"START RequestId: {answer.request_id} Version: $LATEST"
    assert (hello, end) == ("hello", f"END RequestId: {answer.request_id}")
    assert re.fullmatch(
        rf"REPORT RequestId: {answer.request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 256 MB(\tMax Memory Used: \d+ MB)?\tInit Duration: [\d.]+ ms",
        report,
    )
    logged = functions.logged(name, "REPORT")
    assert logged[1:] == [start, hello, end, report]
    [found] = functions.logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert found["logStreamName"] == stream


def test_a_handlers_own_clients_reach_the_emulator(functions, bucket):
    name = functions.make(
        "import boto3\n"
        "def handler(event, context):\n"
        "    return [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]\n"
    )
    assert bucket in functions.invoke(name).value


def test_a_worker_is_used_again_and_a_changed_function_gets_another(functions, zipped):
    name = functions.make("import os\ndef handler(event, context):\n    return os.getpid()\n")
    first, second = functions.invoke(name).value, functions.invoke(name).value
    assert first == second
    functions.client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"A": "changed"}}
    )
    third = functions.invoke(name).value
    assert third != second
    functions.client.update_function_code(
        FunctionName=name, ZipFile=zipped(app="def handler(event, context):\n    return 'new'\n")
    )
    assert functions.invoke(name).value == "new"


def test_versions_and_aliases_run_the_code_that_they_name(functions, zipped):
    name = functions.make("def handler(event, context):\n    return context.invoked_function_arn, 'old'\n")
    functions.client.publish_version(FunctionName=name)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    functions.client.update_function_code(
        FunctionName=name, ZipFile=zipped(app="def handler(event, context):\n    return 'new'\n")
    )
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    for options in ({"Qualifier": "live"}, {}):
        answer = functions.invoke(name if options else f"{arn}:live", **options)
        assert (answer.version, answer.value) == ("1", [f"{arn}:live", "old"])
    assert functions.invoke(arn).value == "new"


def test_a_layer_is_on_the_path(functions, zipped):
    layer = functions.client.publish_layer_version(
        LayerName="helpers",
        Content={"ZipFile": zipped(python__helper="def help():\n    return 'from the layer'\n")},
    )
    name = functions.make(
        "import helper\ndef handler(event, context):\n    return helper.help()\n",
        Layers=[layer["LayerVersionArn"]],
    )
    assert functions.invoke(name).value == "from the layer"


def test_invocations_run_at_the_same_time(functions, function):
    """Each waits for the other's file: one after the other they would wait for ever."""
    name = functions.make(
        """
import pathlib, time
def handler(event, context):
    folder = pathlib.Path(event["folder"])
    (folder / event["me"]).touch()
    while not (folder / event["other"]).exists():
        time.sleep(0.005)
    return event["me"]
""",
        Timeout=20,
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        answers = []
        threads = [
            threading.Thread(
                target=lambda me=me, other=other: answers.append(
                    functions.invoke(name, {"folder": folder, "me": me, "other": other}).value
                )
            )
            for me, other in (("a", "b"), ("b", "a"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == ["a", "b"]


def test_dry_run_and_event(functions):
    name = functions.make("def handler(event, context):\n    print('got', event)\n")
    dry = functions.invoke(name, {"n": 1}, InvocationType="DryRun")
    assert (dry.status, dry.text) == (204, "")
    later = functions.invoke(name, {"n": 2}, InvocationType="Event")
    assert (later.status, later.text) == (202, "")
    assert [line for line in functions.logged(name, "got") if line.startswith("got")] == ["got {'n': 2}"]


def test_a_handler_that_raises(functions, function):
    answer = functions.invoke(function, {"do": "raise"})
    assert (answer.status, answer.error) == (200, "Unhandled")
    value = answer.value
    [trace] = value.pop("stackTrace")
    assert value == {"errorMessage": "no good", "errorType": "ValueError", "requestId": answer.request_id}
    assert trace.endswith(', in handler\n    raise ValueError("no good")\n')
    assert "[ERROR] ValueError: no good" in answer.log
    # It goes on in the same process.
    pid = functions.invoke(function).value["pid"]
    functions.invoke(function, {"do": "raise"})
    assert functions.invoke(function).value["pid"] == pid


@pytest.mark.parametrize(
    ("do", "text"),
    [
        ("exit", "Runtime exited with error: exit status 3"),
        ("exit quietly", "Runtime exited without providing a reason"),
        ("die", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_handler_that_ends_its_process(functions, function, do, text):
    answer = functions.invoke(function, {"do": do})
    assert (answer.status, answer.error) == (200, "Unhandled")
    message = f"RequestId: {answer.request_id} Error: {text}"
    assert answer.value == {"errorType": "Runtime.ExitError", "errorMessage": message}
    assert message in answer.log
    assert functions.invoke(function, {"n": 1}).value["event"] == {"n": 1}


def test_a_handler_that_takes_too_long_is_killed(functions):
    name = functions.make(HANDLER, Timeout=1)
    answer = functions.invoke(name, {"do": "sleep", "seconds": 60})
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.value == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {answer.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert "going to sleep" in answer.log
    assert re.search(rf"\dZ {answer.request_id} Task timed out after 1.00 seconds\n", answer.log)


def test_a_handler_that_prints_10_megabytes(functions):
    name = functions.make(HANDLER, Timeout=60)
    answer = functions.invoke(name, {"do": "print"})
    assert answer.error is None
    assert len(answer.log) == 4096
    assert "\nlast line\nEND RequestId: " in answer.log
    logged = functions.logged(name, "REPORT")
    left_out = "The emulator logs 1048576 bytes of an invocation; 8951010 more were printed."
    assert left_out in logged
    assert sum(len(line) for line in logged) < 1_100_000


def test_an_answer_that_is_too_large(functions, function):
    answer = functions.invoke(function, {"do": "much"})
    assert answer.error == "Unhandled"
    assert answer.value == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_an_answer_that_is_no_json(functions, function):
    answer = functions.invoke(function, {"do": "no json"})
    assert answer.error == "Unhandled"
    assert answer.value == {
        "errorType": "Runtime.MarshalError",
        "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
        "requestId": answer.request_id,
        "stackTrace": [],
    }


@pytest.mark.parametrize(
    ("code", "settings", "kind", "message"),
    [
        ("import nothing_like_it\n", {}, "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'nothing_like_it'"),
        ("x = 1\n", {}, "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("x = 1\n", {"Handler": "handler"}, "Runtime.MalformedHandlerName",
         "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
        ("raise OSError('at import')\n", {}, "OSError", "at import"),
    ],
)  # fmt: skip
def test_a_function_that_cannot_start(functions, code, settings, kind, message):
    answer = functions.invoke(functions.make(code, **settings))
    assert answer.error == "Unhandled"
    assert (answer.value["errorType"], answer.value["errorMessage"]) == (kind, message)


def error_of(call, *arguments, **options):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_function_that_is_not_there(functions, function):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:"
    for name, options, missing in (
        ("missing", {}, f"{arn}missing"),
        (function, {"Qualifier": "7"}, f"{arn}{function}:7"),
        (f"arn:aws:lambda:us-east-1:123456789012:function:{function}", {}, f"{arn}{function}"),
    ):
        assert error_of(functions.invoke, name, **options) == (
            "ResourceNotFoundException",
            f"Function not found: {missing}",
        )


def test_an_event_that_is_no_json_or_too_large(functions, function):
    assert error_of(functions.client.invoke, FunctionName=function, Payload=b"{no") == (
        "InvalidRequestContentException",
        "Could not parse request body into json: Expecting property name enclosed in double quotes: line 1"
        " column 2 (char 1)",
    )
    payload = json.dumps("x" * 6_291_456).encode()
    assert error_of(functions.client.invoke, FunctionName=function, Payload=payload) == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )


def test_code_in_s3_that_is_not_there(functions, bucket):
    code = {"S3Bucket": bucket, "S3Key": "missing.zip"}
    assert error_of(
        functions.client.create_function,
        FunctionName="f", Runtime="python3.11", Handler="app.handler", Role=functions.role, Code=code,
    ) == (
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key"
        " does not exist.",
    )  # fmt: skip


def test_a_runtime_that_the_emulator_has_not(functions):
    name = functions.make("", Runtime="nodejs20.x")
    assert error_of(functions.invoke, name) == (
        "InvalidRuntimeException",
        f"The emulator runs functions of Python; {name} is of nodejs20.x.",
    )


def test_a_package_that_leads_out_of_its_folder(functions):
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../outside.py", "x = 1")
    name = functions.make(packed.getvalue())
    assert error_of(functions.invoke, name) == (
        "InvalidZipFileException",
        f"Lambda could not unzip the deployment package of {name}: it holds a member that leads out of its"
        " folder: '../outside.py'.",
    )


def test_reserved_concurrency_is_kept(functions):
    name = functions.make(HANDLER)
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert error_of(functions.invoke, name) == (
        "TooManyRequestsException",
        "Rate Exceeded. Reason: ReservedFunctionConcurrentInvocationLimitExceeded",
    )
