"""Executions as a scripted endpoint tells of them, followed to every end."""

import io

import pytest
from rich.console import Console

from penstock.deployment import environments
from penstock.deployment.aws import connect
from penstock.deployment.executions import Snapshot, find, follow, retry, stop
from penstock.deployment.terminal import Watching
from penstock.deployment.watch import WatchInterrupted, require_success, watch
from penstock.deployment.wording import failure_lines
from penstock.errors import PenstockError

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"
ARN = f"{PIPELINE}/execution/abcdefghijkl"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:processing-job/pipelines-abc-Prepare-1"


def execution(status, **more):
    return {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": status, **more}


def step(name, status, kind="ProcessingJob", end=None, **more):
    times = {"StartTime": 1000.0} | ({"EndTime": end} if end else {})
    return {"StepName": name, "StepStatus": status, "Metadata": {kind: {"Arn": JOB}}, **times, **more}


def steps(*listed):
    return {"PipelineExecutionSteps": list(listed)}


@pytest.fixture
def aws(project, scripted_aws):
    with connect(environments.load(project, "local")) as aws:
        yield aws


def script(scripted_aws, executions, listings):
    scripted_aws.answers |= {
        "DescribePipelineExecution": executions,
        "ListPipelineExecutionSteps": listings,
    }


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped", "CompletedWithFailures"])
def test_following_ends_on_every_terminal_status(scripted_aws, aws, status):
    script(
        scripted_aws,
        [execution("Executing"), execution("Executing"), execution(status)],
        [steps(), steps(step("Prepare", "Executing")), steps(step("Prepare", "Succeeded", end=1004.0))],
    )
    seen = list(follow(aws, ARN, shortest=0))
    assert [snapshot.status for snapshot in seen] == ["Executing", "Executing", status]
    assert seen[-1].steps[0]["StepStatus"] == "Succeeded"


def test_all_pages_of_steps_are_read(scripted_aws, aws):
    pages = [steps(step("A", "Succeeded")) | {"NextToken": "n"}, steps(step("B", "Succeeded"))]
    script(scripted_aws, [execution("Succeeded")], pages)
    (snapshot,) = follow(aws, ARN, shortest=0)
    assert [item["StepName"] for item in snapshot.steps] == ["A", "B"]


def test_throttling_and_a_lost_connection_are_waited_out(scripted_aws, aws):
    refusal = scripted_aws.refusal("ThrottlingException", "Rate exceeded")
    script(
        scripted_aws,
        [refusal, execution("Executing"), ConnectionResetError, ConnectionResetError, execution("Succeeded")],
        [steps()],
    )
    heard = []
    hasty = {"sagemaker": aws.client("sagemaker", attempts=1)}
    aws.__dict__.update(hasty)
    assert [s.status for s in follow(aws, ARN, on_trouble=heard.append, shortest=0.01)] == [
        "Executing",
        "Succeeded",
    ]
    assert len(heard) == 2


def test_an_unknown_execution_says_what_to_check(scripted_aws, aws):
    script(scripted_aws, [scripted_aws.refusal("ResourceNotFound")], [steps()])
    with pytest.raises(PenstockError) as caught:
        list(follow(aws, ARN))
    assert str(caught.value) == (
        f"{ARN}: there is no such execution\nCheck the ARN, and that it is of environment local."
    )


def test_elsewhere_than_on_a_terminal_each_transition_is_one_line():
    out = io.StringIO()
    with Watching(Console(file=out, soft_wrap=True)) as display:
        for status, listed in [
            ("Executing", []),
            ("Executing", [step("Prepare", "Executing")]),
            ("Executing", [step("Prepare", "Executing")]),
            ("Executing", [step("Prepare", "Succeeded", CacheHitResult={"SourcePipelineExecutionArn": ARN})]),
            ("Succeeded", [step("Prepare", "Succeeded")]),
        ]:
            display.show(Snapshot(execution(status), listed))
    assert out.getvalue().splitlines() == [
        "execution Executing",
        "Prepare Executing",
        "Prepare Succeeded",
        "execution Succeeded",
    ]


def test_on_a_terminal_there_is_a_table_with_durations(scripted_aws, aws):
    done = step("Prepare", "Succeeded", end=1064.5)
    script(scripted_aws, [execution("Succeeded")], [steps(done, step("Gate", "Failed", "Fail"))])
    out = io.StringIO()
    with Watching(Console(file=out, force_terminal=True, width=100)) as display:
        for snapshot in follow(aws, ARN):
            display.show(snapshot)
    text = out.getvalue()
    assert "Prepare" in text
    assert "1 min 04 s" in text
    assert "ProcessingJob" in text


def test_the_report_of_a_success_says_what_was_produced_and_where(scripted_aws, aws):
    script(
        scripted_aws,
        [execution("Succeeded")],
        [
            steps(
                step("Evaluate", "Succeeded", end=1004.2),
                {
                    "StepName": "Gate",
                    "StepStatus": "Succeeded",
                    "Metadata": {"Condition": {"Outcome": "True"}},
                },
                step("Score", "Succeeded", "TransformJob"),
                step("Register", "Succeeded", "RegisterModel"),
            )
        ],
    )
    definition = (
        '{"Steps": [{"Name": "Evaluate", "PropertyFiles":'
        ' [{"PropertyFileName": "E", "OutputName": "evaluation", "FilePath": "evaluation.json"}]}]}'
    )
    scripted_aws.answers |= {
        "DescribePipelineDefinitionForExecution": [{"PipelineDefinition": definition}],
        "DescribeProcessingJob": [
            {
                "ProcessingOutputConfig": {
                    "Outputs": [{"OutputName": "evaluation", "S3Output": {"S3Uri": "s3://things/run/e"}}]
                }
            }
        ],
        "GET /things/run/e/evaluation.json": [
            b'{"binary_classification_metrics": {"auc": {"value": 0.9312345}, "confusion_matrix": {"0": {}}}}'
        ],
        "DescribeTransformJob": [{"TransformOutput": {"S3OutputPath": "s3://things/run/scores"}}],
        "DescribeModelPackage": [
            {"ModelPackageArn": "arn:package/1", "ModelApprovalStatus": "PendingManualApproval"}
        ],
    }
    report = watch(aws, ARN)
    assert report == {
        "execution_arn": ARN,
        "status": "Succeeded",
        "steps": [
            {
                "name": "Evaluate",
                "type": "ProcessingJob",
                "status": "Succeeded",
                "seconds": 4.2,
                "outputs": {"evaluation": "s3://things/run/e"},
                "cached": False,
                "metrics": {"auc": 0.9312345},
            },
            {
                "name": "Gate",
                "type": "Condition",
                "status": "Succeeded",
                "seconds": None,
                "outputs": {"outcome": "True"},
                "cached": False,
                "metrics": {},
            },
            {
                "name": "Score",
                "type": "TransformJob",
                "status": "Succeeded",
                "seconds": None,
                "outputs": {"predictions": "s3://things/run/scores"},
                "cached": False,
                "metrics": {},
            },
            {
                "name": "Register",
                "type": "RegisterModel",
                "status": "Succeeded",
                "seconds": None,
                "outputs": {"model package": "arn:package/1", "approval": "PendingManualApproval"},
                "cached": False,
                "metrics": {},
            },
        ],
    }
    require_success(report, "local")


def test_the_report_of_a_failure_has_the_reason_and_the_last_lines_of_the_log(scripted_aws, aws):
    script(
        scripted_aws,
        [execution("Failed", FailureReason="Step failure: One or multiple steps failed.")],
        [steps(step("Prepare", "Failed", FailureReason="ClientError: AlgorithmError: no column"))],
    )
    scripted_aws.answers |= {
        "DescribeLogStreams": [{"logStreams": [{"logStreamName": "pipelines-abc-Prepare-1/algo-1-1"}]}],
        "GetLogEvents": [
            {"events": [{"timestamp": number, "message": f"line {number}\n"} for number in range(12)]}
        ],
    }
    report = watch(aws, ARN)
    assert report["failure_reason"] == "Step failure: One or multiple steps failed."
    assert report["steps"][0]["failure_reason"] == "ClientError: AlgorithmError: no column"
    assert report["steps"][0]["log"] == [f"line {number}" for number in range(2, 12)]
    asked = dict(scripted_aws.calls)["DescribeLogStreams"]
    assert asked == {
        "logGroupName": "/aws/sagemaker/ProcessingJobs",
        "logStreamNamePrefix": "pipelines-abc-Prepare-1/",
    }
    with pytest.raises(PenstockError) as caught:
        require_success(report, "local")
    assert str(caught.value) == (
        "execution abcdefghijkl: Failed: Step failure: One or multiple steps failed.\n"
        "Mend the cause, deploy it and start a new execution. If only data, a permission or a quota was at"
        f" fault, `penstock retry {ARN} --env local` goes on with this one."
    )


@pytest.mark.parametrize(
    ("status", "types", "message"),
    [
        ("Stopped", ["ProcessingJob"], f"Stopped\nGo on with it by `penstock retry {ARN} --env local`."),
        (
            "Failed",
            ["ProcessingJob", "Fail"],
            "Failed\nA Fail step decided this: mend its cause and start a new execution.",
        ),
        (
            "CompletedWithFailures",
            ["ProcessingJob"],
            "CompletedWithFailures\nMend the cause, deploy it and start a new execution. If only data, a"
            f" permission or a quota was at fault, `penstock retry {ARN} --env local` goes on with this one.",
        ),
    ],
)
def test_every_end_but_success_is_a_failure_that_says_what_can_be_done(status, types, message):
    report = {"status": status, "execution_arn": ARN, "steps": [{"type": kind} for kind in types]}
    with pytest.raises(PenstockError) as caught:
        require_success(report, "local")
    assert str(caught.value) == f"execution abcdefghijkl: {message}"


def test_interrupting_the_watch_leaves_the_execution_and_says_how_to_go_on(scripted_aws, aws):
    script(scripted_aws, [execution("Executing")], [steps()])

    class Interrupting:
        """The clients, until the person presses Ctrl-C."""

        environment = aws.environment
        left = 2

        @property
        def sagemaker(self):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
            return aws.sagemaker

    with pytest.raises(WatchInterrupted) as caught:
        watch(Interrupting(), ARN)
    assert caught.value.exit_code == 130
    assert str(caught.value) == (
        "execution abcdefghijkl: no longer watched, and goes on\n"
        f"Watch it again with `penstock watch {ARN} --env local`."
    )


def test_a_pipeline_means_its_latest_execution(project, scripted_aws, aws):
    scripted_aws.answers["ListPipelineExecutions"] = [
        {"PipelineExecutionSummaries": [{"PipelineExecutionArn": ARN}]}
    ]
    assert find(project, "scoring", aws) == ARN
    assert scripted_aws.calls == [
        (
            "ListPipelineExecutions",
            {"PipelineName": "scoring", "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1},
        )
    ]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            {"PipelineExecutionSummaries": []},
            "environment local: pipeline scoring has no execution\nStart one with `penstock start`.",
        ),
        (
            None,
            "environment local: pipeline scoring is not deployed\nDeploy it with `penstock deploy` first.",
        ),
    ],
)
def test_a_pipeline_without_an_execution_says_so(project, scripted_aws, aws, answer, message):
    scripted_aws.answers["ListPipelineExecutions"] = [answer or scripted_aws.refusal("ResourceNotFound")]
    with pytest.raises(PenstockError) as caught:
        find(project, "scoring", aws)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("act", "operation", "remedy"),
    [
        (stop, "StopPipelineExecution", "Nothing is left to stop."),
        (retry, "RetryPipelineExecution", "Start a new one with `penstock start`."),
    ],
)
def test_what_has_ended_can_be_neither_stopped_nor_retried(scripted_aws, aws, act, operation, remedy):
    said = f"Pipeline execution {ARN} is Succeeded."
    scripted_aws.answers[operation] = [scripted_aws.refusal("ConflictException", said)]
    with pytest.raises(PenstockError) as caught:
        act(aws, ARN)
    assert str(caught.value) == f"execution abcdefghijkl: {said}\n{remedy}"


def test_an_event_of_several_lines_stays_behind_its_bar():
    step = {"name": "A", "status": "Failed", "failure_reason": "no", "log": ["Traceback:\n  line 1", "end"]}
    assert list(failure_lines({"steps": [step]})) == [
        "A failed: no",
        "  | Traceback:",
        "  |   line 1",
        "  | end",
    ]


def test_a_missing_permission_leads_to_the_policy():
    user = "arn:aws:sts::123456789012:assumed-role/pipelines/SageMaker"
    reason = f"ClientError: User: {user} is not authorized to perform: s3:GetObject on resource: x"
    step = {"type": "ProcessingJob", "failure_reason": reason}
    with pytest.raises(PenstockError) as caught:
        require_success({"status": "Failed", "execution_arn": ARN, "steps": [step]}, "local")
    assert str(caught.value) == (
        "execution abcdefghijkl: Failed\n"
        "`penstock policy NAME --env local --check pipelines` lists all that the role lacks; with it,"
        f" `penstock retry {ARN} --env local` goes on."
    )
