"""Answers to Callback steps: which step is meant, what is sent, and every answer that cannot be given."""

import pytest

from penstock.deployment import approvals, environments
from penstock.deployment.aws import connect
from scripts.cli import main

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"
ARN = f"{PIPELINE}/execution/abcdefghijkl"
SUCCESS, FAILURE = "SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure"


def step(name, status="Executing", **callback):
    metadata = {"Callback": callback} if callback else {"ProcessingJob": {"Arn": "arn"}}
    return {"StepName": name, "StepStatus": status, "Metadata": metadata}


ASK = step("Ask", CallbackToken="token00001")


@pytest.fixture
def script(scripted_aws):
    """Makes the endpoint tell of an execution, and take or refuse answers."""

    def script(*steps, status="Executing", answer=None):
        scripted_aws.answers |= {
            "DescribePipelineExecution": [{"PipelineExecutionArn": ARN, "PipelineExecutionStatus": status}],
            "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": list(steps)}],
            SUCCESS: [answer or {"PipelineExecutionArn": ARN}],
            FAILURE: [answer or {"PipelineExecutionArn": ARN}],
        }

    return script


@pytest.fixture
def run(project, monkeypatch, capsys):
    """Runs `penstock approve`; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(project.root)

    def run(*arguments):
        code = main(["approve", ARN, *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_only_step_that_waits_is_meant(script, scripted_aws, project):
    script(step("Done", "Succeeded", CallbackToken="token00000"), ASK, step("Job"))
    with connect(environments.load(project, "local")) as aws:
        assert approvals.approve(aws, ARN, None, {"verdict": "yes"}) == "Ask"
        assert approvals.reject(aws, ARN, "Ask", "not today") == "Ask"
    sent = [(name, body) for name, body in scripted_aws.calls if name in (SUCCESS, FAILURE)]
    for _, body in sent:
        del body["ClientRequestToken"]
    assert sent == [
        (SUCCESS, {"CallbackToken": "token00001", "OutputParameters": [{"Name": "verdict", "Value": "yes"}]}),
        (FAILURE, {"CallbackToken": "token00001", "FailureReason": "not today"}),
    ]


def test_the_command_says_what_it_did(script, run):
    script(ASK)
    assert run("--output", "verdict=yes") == (0, f"approved Ask of {ARN}\n", "")
    assert run("--reject", "not today") == (0, f"rejected Ask of {ARN}\n", "")


OTHER = step("Other", "Stopping", CallbackToken="token00002")
HERE = "penstock: execution abcdefghijkl"


@pytest.mark.parametrize(
    ("steps", "status", "arguments", "code", "error"),
    [
        ([step("Job")], "Executing", [], 1,
         f"{HERE}: no step waits for an answer\nSee how far it is with `penstock watch {ARN}`.\n"),
        ([ASK], "Stopped", [], 1,
         f"{HERE}: nothing waits for an answer: it is Stopped\nStart a new one with `penstock start`.\n"),
        ([ASK, OTHER], "Stopping", [], 2,
         f"{HERE}: several steps wait: Ask, Other\nChoose one with --step.\n"),
        ([ASK], "Executing", ["--step", "Job"], 2,
         f"{HERE}: step Job does not wait for an answer\nWaiting: Ask.\n"),
        ([ASK], "Executing", ["--output", "yes"], 2,
         "penstock: --output: 'yes' is not NAME=VALUE\nWrite --output Name=Value.\n"),
        ([ASK], "Executing", ["--output", "a=1", "--output", "a=2"], 2,
         "penstock: --output a=2: a is given twice\nGive it once.\n"),
        ([ASK], "Executing", ["--output", "a=1", "--reject", "no"], 2,
         "penstock: --reject: a rejected step has no outputs\nLeave --output out.\n"),
        ([ASK], "Executing", ["--reject", " "], 2,
         "penstock: --reject: a reason has 1 to 256 characters, and this one 0\nSay in a sentence why.\n"),
        ([ASK], "Executing", ["--reject", "x" * 257], 2,
         "penstock: --reject: a reason has 1 to 256 characters, and this one 257\nSay in a sentence why.\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered(script, run, steps, status, arguments, code, error):
    script(*steps, status=status)
    assert run(*arguments) == (code, "", error)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (("ConflictException", "used"),
         f"the step was answered in the meantime\nSee what came of it with `penstock watch {ARN}`.\n"),
        (("ResourceNotFound", "unknown"),
         f"the step was answered in the meantime\nSee what came of it with `penstock watch {ARN}`.\n"),
        (("ValidationException", "There is no output 'a'."),
         "AWS does not take this answer: There is no output 'a'.\n"
         "Give each output of the step with --output NAME=VALUE.\n"),
    ],
)  # fmt: skip
def test_what_aws_does_not_take(script, scripted_aws, run, refusal, error):
    script(ASK, answer=scripted_aws.refusal(*refusal))
    assert run() == (1, "", f"{HERE}, step Ask: {error}")
