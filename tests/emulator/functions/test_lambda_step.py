"""The Lambda step over the wire: from a definition to the outputs of a real function, and all that fails."""

import json

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"

CODE = """
import json, os, time

def handler(event, context):
    match event.get("do"):
        case "raise":
            raise ValueError("no good")
        case "exit":
            os._exit(1)
        case "sleep":
            time.sleep(60)
        case "print":
            print("x" * 10_000_000)
        case "text":
            return "text"
        case "wait":
            while not os.path.exists(event["file"]):
                time.sleep(0.01)
    return json.loads(event["answer"]) if "answer" in event else event
"""


@pytest.fixture(scope="module")
def function(functions):
    return functions.make(CODE, Timeout=60)


def call(function, arguments, name="Call", **outputs):
    return {
        "Name": name,
        "Type": "Lambda",
        "FunctionArn": f"{ARN}{function}",
        "Arguments": arguments,
        "OutputParameters": [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()],
    }


def output(step, name, path=""):
    return {"Get": f"Steps.{step}.OutputParameters['{name}']{path}"}


def fail(message, name="Tell"):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def test_outputs_have_their_types_and_can_be_referred_to(executions, function):
    answer = {"text": "a", "count": "7", "share": 2, "good": True, "nested": {"a": [1]}, "extra": 0}
    arn = executions.start(
        call(
            function,
            {"answer": json.dumps(answer), "n": 1},
            text="String", count="Integer", share="Float", good="Boolean", nested="String",
        ),
        {
            "Name": "Check",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {"Type": "Equals", "LeftValue": output("Call", "count"), "RightValue": 7},
                    {"Type": "LessThan", "LeftValue": output("Call", "share"), "RightValue": 2.5},
                    {"Type": "Equals", "LeftValue": output("Call", "good"), "RightValue": True},
                ],
                "IfSteps": [
                    call(function, {"text": output("Call", "text"), "nested": output("Call", "nested")},
                         name="Again", text="String", nested="String"),
                ],
                "ElseSteps": [fail("not equal")],
            },
        },
    )  # fmt: skip
    assert executions.wait(arn) == "Succeeded"
    steps = executions.steps(arn)
    assert steps["Call"]["Metadata"] == {
        "Lambda": {
            "Arn": f"{ARN}{function}",
            "OutputParameters": [
                {"Name": "text", "Value": "a"},
                {"Name": "count", "Value": "7"},
                {"Name": "share", "Value": "2.0"},
                {"Name": "good", "Value": "true"},
                {"Name": "nested", "Value": '{"a": [1]}'},
            ],
        }
    }
    assert steps["Again"]["Metadata"]["Lambda"]["OutputParameters"] == [
        {"Name": "text", "Value": "a"},
        {"Name": "nested", "Value": '{"a": [1]}'},
    ]


@pytest.mark.parametrize(
    ("arguments", "outputs", "reason"),
    [
        ({"do": "raise"}, {}, "failed. ValueError: no good"),
        ({"do": "print", "answer": "{}"}, {"a": "String"},
         "did not return its outputs. There is no output 'a'. There are: none."),
        ({"answer": '{"b": 1, "c": 2}'}, {"a": "String"},
         "did not return its outputs. There is no output 'a'. There are: b, c."),
        ({"do": "text"}, {"a": "String"},
         "did not return its outputs. There is no output 'a'. There are: none."),
        ({"answer": '{"a": null}'}, {"a": "String"},
         "did not return its outputs. Output 'a' is null."),
        ({"answer": '{"a": "many"}'}, {"a": "Integer"},
         "did not return its outputs. Output 'a' is \"many\", which is no Integer."),
        ({"answer": '{"a": {"b": 1}}'}, {"a": "Float"},
         "did not return its outputs. Output 'a' is \"{\\\"b\\\": 1}\", which is no Float."),
        ({"answer": json.dumps({"a": "x" * 1025})}, {"a": "String"},
         "did not return its outputs. Output 'a' has 1025 characters; 1024 are allowed."),
    ],
)  # fmt: skip
def test_what_fails_the_step(executions, function, arguments, outputs, reason):
    arn = executions.start(call(function, arguments, **outputs))
    assert executions.wait(arn) == "Failed"
    step = executions.steps(arn)["Call"]
    assert step["StepStatus"] == "Failed"
    assert step["FailureReason"] == f"ClientError: The function {ARN}{function} {reason}"


def test_a_function_that_exits_or_times_out_fails_the_step(executions, functions):
    function = functions.make(CODE, Timeout=1)
    arns = [executions.start(call(function, {"do": do})) for do in ("exit", "sleep")]
    reasons = []
    for arn in arns:
        assert executions.wait(arn) == "Failed"
        reasons.append(executions.steps(arn)["Call"]["FailureReason"])
    head, *errors = f"ClientError: The function {ARN}{function} failed. ", *reasons
    assert [error.removeprefix(head).partition(" RequestId: ")[0] for error in errors] == [
        "Runtime.ExitError:",
        "Sandbox.Timedout:",
    ]
    assert [error.partition(" Error: ")[2] for error in errors] == [
        "Runtime exited with error: exit status 1",
        "Task timed out after 1.00 seconds",
    ]


def test_a_function_that_is_not_there_fails_the_step(executions):
    arn = executions.start(call("nobody", {}))
    assert executions.wait(arn) == "Failed"
    assert executions.steps(arn)["Call"]["FailureReason"] == (
        f"ClientError: Failed to invoke lambda:Invoke. Error Details: Function not found: {ARN}nobody"
    )


def test_nothing_inside_a_nested_output_can_be_referred_to(executions, function):
    arn = executions.start(
        call(function, {"answer": '{"a": {"b": 1}}'}, a="String"), fail(output("Call", "a", ".b"))
    )
    assert executions.wait(arn) == "Failed"
    assert executions.steps(arn)["Tell"]["FailureReason"] == (
        "ClientError: Steps[1].Arguments.ErrorMessage: cannot resolve Steps.Call.OutputParameters['a'].b: "
        "there is no b in OutputParameters.a, which is '{\"b\": 1}'"
    )


def test_a_function_cannot_be_interrupted(executions, function, tmp_path, wait_for):
    file = tmp_path / "go"
    arn = executions.start(
        call(function, {"do": "wait", "file": str(file)}), fail("never") | {"DependsOn": ["Call"]}
    )
    wait_for(lambda: executions.steps(arn).get("Call", {}).get("StepStatus") == "Executing")
    executions.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    wait_for(lambda: executions.steps(arn)["Call"]["StepStatus"] == "Stopping")
    assert executions.status(arn) == "Stopping"
    file.touch()
    assert executions.wait(arn) == "Stopped"
    assert {name: step["StepStatus"] for name, step in executions.steps(arn).items()} == {"Call": "Succeeded"}


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (call("f", {"a": {"b": 1}}),
         "Argument 'a' of Lambda step 'Call' is an Object; a function's arguments are strings, numbers and "
         "Booleans. At Steps[0].Arguments.a."),
        (call("f", {"a": [1]}),
         "Argument 'a' of Lambda step 'Call' is an Array; a function's arguments are strings, numbers and "
         "Booleans. At Steps[0].Arguments.a."),
        (call("f", {}) | {"FunctionArn": 5},
         "Expecting start of Json String. Found 5. At Steps[0].FunctionArn."),
        (call("f", {}, a="Text"),
         "OutputType 'Text' of output 'a' is not one of String, Integer, Float, Boolean. At "
         "Steps[0].OutputParameters[0]."),
        ({"Name": "Call", "Type": "Lambda", "Arguments": {}},
         "Required property 'FunctionArn' is missing. At Steps[0]."),
        ({"Name": "Ask", "Type": "Callback", "Arguments": {}},
         "Required property 'SqsQueueUrl' is missing. At Steps[0]."),
        (call("f", {}) | {"OutputParameters": [{"OutputName": "a", "OutputType": "String"}] * 2},
         "Output name 'a' is used more than once in step 'Call'. At Steps[0].OutputParameters[1]."),
        (call("f", {}) | {"OutputParameters": [{"OutputName": "a"}]},
         "Required property 'OutputType' is missing. At Steps[0].OutputParameters[0]."),
        (call("f", {}, **{f"o{n}": "String" for n in range(51)}),
         "Step 'Call' has 51 outputs; 50 are allowed. At Steps[0]."),
    ],
)  # fmt: skip
def test_what_a_definition_must_not_say(executions, step, refusal):
    with pytest.raises(ClientError) as caught:
        executions.start(step)
    message = f"Unable to parse pipeline definition. {refusal}"
    assert caught.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(
    ("reference", "refusal"),
    [
        ("Steps.Call.OutputParameters['b']",
         "'Steps.Call.OutputParameters['b']' refers to output 'b', which step 'Call' has not. There are: a"),
        ("Steps.Call.Arn", "'Steps.Call.Arn' is not Steps.Call.OutputParameters['<output>']"),
    ],
)  # fmt: skip
def test_a_reference_to_an_output_that_is_not_declared(executions, reference, refusal):
    with pytest.raises(ClientError) as caught:
        executions.start(call("f", {}, a="String"), fail({"Get": reference}))
    assert caught.value.response["Error"]["Message"] == (
        f"Unable to parse pipeline definition. {refusal}. At Steps[1].Arguments.ErrorMessage."
    )
