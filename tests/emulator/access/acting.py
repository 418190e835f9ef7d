"""What tests of enforcement do as a role: run a step, make a function, see a call refused."""

import io
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

REGION = "us-east-1:000000000000"


def error(call):
    """Code and message of the refusal of a call."""
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def processing(role, image, *inputs, output=None, code="pass"):
    arguments = {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "AppSpecification": {"ImageUri": image, "ContainerEntrypoint": ["python3", "-c", code]},
        "RoleArn": role.arn,
        "ProcessingInputs": [
            {
                "InputName": f"i{number}",
                "S3Input": {
                    "S3Uri": uri,
                    "LocalPath": f"/opt/ml/processing/i{number}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for number, uri in enumerate(inputs)
        ],
    }
    if output:
        place = {"S3Uri": output, "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
        arguments["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "out", "S3Output": place}]}
    return {"Name": "Work", "Type": "Processing", "Arguments": arguments}


def run_one(account, role, step):
    """The status of a pipeline's only step, and its reason."""
    [entry] = account.run(role, step).values()
    return entry["StepStatus"], entry.get("FailureReason")


def invoke_failed(operation, reason):
    return f"ClientError: Failed to invoke {operation}. Error Details: {reason}"


def make_function(account, role, code):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    name = f"f-{uuid.uuid4().hex[:8]}"
    return account.client("lambda").create_function(
        FunctionName=name,
        Role=role.arn,
        Runtime="python3.11",
        Handler="app.handler",
        Timeout=10,
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
