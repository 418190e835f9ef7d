"""The AWS CLI and boto3, as they come, on the jobs of the flagship: nothing is set but the environment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("flagship")]

ROLE = "arn:aws:iam::000000000000:role/penstock-execution"
AWS = str(Path(sys.executable).parent / "aws")


@pytest.fixture(scope="module")
def aws(emulator, passed, tmp_path_factory):
    """aws("s3", "ls"): what the command prints."""
    folder = tmp_path_factory.mktemp("aws")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [AWS, *arguments],
            cwd=folder,
            env=emulator.command_environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def arn_of(aws, passed, step, kind):
    listed = json.loads(
        aws("sagemaker", "list-pipeline-execution-steps",
            "--pipeline-execution-arn", passed.data["execution_arn"])
    )  # fmt: skip
    entry = next(entry for entry in listed["PipelineExecutionSteps"] if entry["StepName"] == step)
    return entry["Metadata"][kind]["Arn"]


def test_the_cli_creates_starts_and_describes_a_pipeline(aws):
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "as asked"}}],
    }
    aws("sagemaker", "create-pipeline", "--pipeline-name", "by-cli", "--role-arn", ROLE,
        "--pipeline-definition", json.dumps(definition))  # fmt: skip
    started = json.loads(aws("sagemaker", "start-pipeline-execution", "--pipeline-name", "by-cli"))
    arn = started["PipelineExecutionArn"]
    for _ in range(50):
        described = json.loads(
            aws("sagemaker", "describe-pipeline-execution", "--pipeline-execution-arn", arn)
        )
        if described["PipelineExecutionStatus"] != "Executing":
            break
    assert described["PipelineExecutionStatus"] == "Failed"
    [step] = json.loads(
        aws("sagemaker", "list-pipeline-execution-steps", "--pipeline-execution-arn", arn)
    )["PipelineExecutionSteps"]  # fmt: skip
    assert (step["StepName"], step["StepStatus"], step["FailureReason"]) == ("Stop", "Failed", "as asked")


def test_the_rendered_request_is_accepted_as_it_is(aws, penstock, tmp_path):
    rendered = penstock("render", "automl_scoring", "--env", "local")
    request = json.loads(rendered.stdout) | {"PipelineName": "rendered"}
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    made = json.loads(aws("sagemaker", "create-pipeline", "--cli-input-json", f"file://{file}"))
    assert made["PipelineArn"].endswith(":pipeline/rendered")


def test_the_cli_describes_the_automl_job_and_lists_its_candidates(aws, passed):
    name = arn_of(aws, passed, "TrainAutoML", "AutoMLJob").rpartition("/")[2]
    job = json.loads(aws("sagemaker", "describe-auto-ml-job", "--auto-ml-job-name", name))
    assert job["AutoMLJobStatus"] == "Completed"
    listed = json.loads(
        aws("sagemaker", "list-candidates-for-auto-ml-job", "--auto-ml-job-name", name)
    )  # fmt: skip
    names = [candidate["CandidateName"] for candidate in listed["Candidates"]]
    assert job["BestCandidate"]["CandidateName"] in names
    assert len(names) > 1
    metric = job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert metric["MetricName"] == "AUC"
    assert 0.8 < metric["Value"] < 1


def test_the_best_candidate_is_deployed_by_hand_as_the_documentation_shows(aws, passed, client):
    """Describe the job, create a model from its best candidate, run a transform job (the first seed)."""
    name = arn_of(aws, passed, "TrainAutoML", "AutoMLJob").rpartition("/")[2]
    container = aws(
        "sagemaker", "describe-auto-ml-job", "--auto-ml-job-name", name,
        "--query", "BestCandidate.InferenceContainers[0]", "--output", "json",
    )  # fmt: skip
    aws("sagemaker", "create-model", "--model-name", "by-hand", "--primary-container", container,
        "--execution-role-arn", ROLE)  # fmt: skip
    execution = passed.data["execution_arn"].rpartition("/")[2]
    features = (
        f"s3://penstock-000000000000-us-east-1/penstock/automl-scoring/{execution}/PrepareData/features/"
    )
    output = "s3://penstock-000000000000-us-east-1/by-hand/scores"
    aws(
        "sagemaker", "create-transform-job", "--transform-job-name", "by-hand", "--model-name", "by-hand",
        "--transform-input", json.dumps({
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": features}},
            "ContentType": "text/csv", "SplitType": "Line",
        }),
        "--transform-output", json.dumps({"S3OutputPath": output, "AssembleWith": "Line"}),
        "--transform-resources", json.dumps({"InstanceType": "ml.m5.large", "InstanceCount": 1}),
    )  # fmt: skip
    sagemaker = client("sagemaker")
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(
        TransformJobName="by-hand", WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    assert sagemaker.describe_transform_job(TransformJobName="by-hand")["TransformJobStatus"] == "Completed"
    [line] = aws("s3", "ls", "--recursive", output).splitlines()
    assert line.endswith(".csv.out")
    scored = aws("s3", "cp", f"{output}/{line.rpartition('/')[2]}", "-").splitlines()
    assert len(scored) == 600
    assert set(scored) == {"<=50K", ">50K"}
