"""The analyzer as the container of a processing job, through the emulator's endpoint."""

import json
import time

import pytest

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"


@pytest.fixture(scope="module")
def role(client):
    name = "model-monitor-tests"
    return client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]


def run(client, role, bucket, name, content):
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.put_object(Bucket=bucket, Key=f"{name}/data.csv", Body=content)
    baseline = "/opt/ml/processing/input/baseline_dataset_input"
    sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=role,
        AppSpecification={"ImageUri": IMAGE},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        },
        Environment={
            "dataset_source": baseline,
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
        ProcessingInputs=[
            {
                "InputName": "baseline_dataset_input",
                "S3Input": {
                    "S3Uri": f"s3://{bucket}/{name}/data.csv",
                    "LocalPath": baseline,
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "quality_check_output",
                    "S3Output": {
                        "S3Uri": f"s3://{bucket}/{name}/output",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    )
    while (job := sagemaker.describe_processing_job(ProcessingJobName=name))["ProcessingJobStatus"] in (
        "InProgress",
        "Stopping",
    ):
        time.sleep(0.1)
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{name}/output/").get("Contents", [])
    return job, [entry["Key"].rpartition("/")[2] for entry in found]


def test_a_processing_job_writes_statistics_and_constraints(client, role, bucket):
    job, files = run(client, role, bucket, "profiles", "a,b\n1,x\n2,y\n")
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == (
        "Completed",
        "Completed: Job completed successfully with no violations.",
    )
    assert files == ["constraints.json", "statistics.json"]


def test_a_processing_job_of_bad_data_fails_with_what_is_wrong(client, role, bucket):
    job, files = run(client, role, bucket, "ragged", "a,b\n1,x,y\n")
    said = "data.csv, line 2: expected 2 columns, got 3; correct or remove that line"
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Failed", said)
    assert job["FailureReason"] == f"AlgorithmError: {said}, exit code: 1"
    assert files == []
