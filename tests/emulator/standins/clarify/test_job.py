"""A processing job with Clarify's image on a whole emulator, which serves the shadow endpoint."""

import io
import json
import tarfile
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROLE = "arn:aws:iam::000000000000:role/clarify"
REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
PROGRAM = (str(Path(__file__).with_name("emulator_with_adder.py")),)

ROWS = "".join(f"{int(x + z > 8)},{x},{z}\n" for x in range(5) for z in range(0, 10, 3))
CONFIG = {
    "dataset_type": "text/csv",
    "headers": ["y", "x", "z"],
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "x", "value_or_threshold": [3]}],
    "probability_threshold": 0.8,
    "methods": {
        "post_training_bias": {"methods": "all"},
        "shap": {"baseline": [[0, 0]], "num_samples": 20},
        "report": {"name": "report", "title": "Analysis Report"},
    },
    "predictor": {"instance_type": "ml.m5.large", "initial_instance_count": 1},
}


def test_a_job_asks_the_model_that_the_emulator_serves(start_emulator, tmp_path):
    emulator = start_emulator(tmp_path, program=PROGRAM)
    s3, sagemaker = emulator.client("s3"), emulator.client("sagemaker")
    emulator.client("iam").create_role(RoleName="clarify", AssumeRolePolicyDocument="{}")
    s3.create_bucket(Bucket="clarify")
    for key, body in {
        "config/analysis_config.json": json.dumps(CONFIG).encode(),
        "data/rows.csv": ROWS.encode(),
        "model.tar.gz": empty_archive(),
    }.items():
        s3.put_object(Bucket="clarify", Key=key, Body=body)
    sagemaker.create_model(
        ModelName="adder",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": f"{REGISTRY}/adder:1", "ModelDataUrl": "s3://clarify/model.tar.gz"},
    )

    job = run(sagemaker)

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "Completed: SageMaker XAI Analyzer ran successfully"
    written = {each["Key"] for each in s3.list_objects_v2(Bucket="clarify", Prefix="results/")["Contents"]}
    assert written == {
        f"results/{name}" for name in ("analysis.json", "explanations_shap/out.csv", "report.html")
    }
    analysis = json.loads(s3.get_object(Bucket="clarify", Key="results/analysis.json")["Body"].read())
    shap = analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert {name: round(value, 9) for name, value in shap.items()} == {"x": 0.2, "z": 0.45}
    (group,) = analysis["post_training_bias_metrics"]["facets"]["x"]
    # The model is right everywhere.
    assert {each["name"]: each["value"] for each in group["metrics"]}["GE"] == 0
    eventually_none(lambda: sagemaker.list_endpoints()["Endpoints"])
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


def run(sagemaker) -> dict:
    def s3_input(name: str, key: str, folder: str) -> dict:
        return {
            "InputName": name,
            "S3Input": {
                "S3Uri": f"s3://clarify/{key}",
                "LocalPath": f"/opt/ml/processing/input/{folder}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }

    sagemaker.create_processing_job(
        ProcessingJobName="clarify",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": f"{REGISTRY}/sagemaker-clarify-processing:1.0"},
        Environment={"model_name": "adder"},
        ProcessingInputs=[
            s3_input("analysis_config", "config/analysis_config.json", "config"),
            s3_input("dataset", "data/", "data"),
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "analysis_result",
                    "S3Output": {
                        "S3Uri": "s3://clarify/results",
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
    )
    while (job := sagemaker.describe_processing_job(ProcessingJobName="clarify"))[
        "ProcessingJobStatus"
    ] == "InProgress":
        time.sleep(0.1)
    return job


def eventually_none(found) -> None:
    until = time.monotonic() + 20
    while left := found():
        assert time.monotonic() < until, left
        time.sleep(0.05)


def empty_archive() -> bytes:
    packed = io.BytesIO()
    tarfile.open(fileobj=packed, mode="w:gz").close()
    return packed.getvalue()
