"""kill -9 in the middle of a job: after a restart nothing hangs, and nothing else is lost."""

import json
import subprocess
import sys
import time

import pytest

from penstock.emulator.sagemaker.recovery import EXECUTION_REASON, JOB_REASON, STEP_REASON

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed")]

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SLEEP = {
    "Version": "2020-12-01",
    "Steps": [
        {
            "Name": "Sleep",
            "Type": "Processing",
            "Arguments": {
                "ProcessingResources": {
                    "ClusterConfig": {
                        "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1,
                    }
                },
                "AppSpecification": {
                    "ImageUri": IMAGE,
                    "ContainerEntrypoint": ["python3", "-c", "import time; print('asleep'); time.sleep(600)"],
                },
                "RoleArn": "arn:aws:iam::000000000000:role/penstock-execution",
            },
        }
    ],
}  # fmt: skip


def says_asleep(emulator) -> bool:
    """Whether the job's container is running, by its log."""
    logs = emulator.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return False
    events = logs.filter_log_events(logGroupName=group)["events"]
    return any(event["message"] == "asleep" for event in events)


def test_the_job_and_the_execution_are_failed_and_everything_else_is_there(start_emulator, tmp_path):
    emulator = start_emulator(tmp_path / "state")
    subprocess.run(
        [sys.executable, "-m", "scripts.cli", "bootstrap"], env=emulator.command_environment(), check=True
    )
    sagemaker, s3 = emulator.client("sagemaker"), emulator.client("s3")
    s3.put_object(Bucket="penstock-000000000000-us-east-1", Key="kept", Body=b"kept")
    role = "arn:aws:iam::000000000000:role/penstock-execution"
    sagemaker.create_pipeline(PipelineName="sleep", PipelineDefinition=json.dumps(SLEEP), RoleArn=role)
    arn = sagemaker.start_pipeline_execution(PipelineName="sleep")["PipelineExecutionArn"]
    deadline = time.monotonic() + 60
    while not says_asleep(emulator):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    emulator.kill()

    again = start_emulator(tmp_path / "state")
    sagemaker, s3 = again.client("sagemaker"), again.client("s3")
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (execution["PipelineExecutionStatus"], execution["FailureReason"]) == ("Failed", EXECUTION_REASON)
    [step] = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert (step["StepStatus"], step["FailureReason"]) == ("Failed", STEP_REASON)
    job_name = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    job = sagemaker.describe_processing_job(ProcessingJobName=job_name)
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Failed", JOB_REASON)
    kept = s3.get_object(Bucket="penstock-000000000000-us-east-1", Key="kept")
    assert kept["Body"].read() == b"kept"
    assert again.client("iam").get_role(RoleName="penstock-execution")["Role"]["Arn"] == role
    assert sagemaker.describe_pipeline(PipelineName="sleep")["PipelineStatus"] == "Active"
