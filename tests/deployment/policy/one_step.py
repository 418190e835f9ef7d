"""Definitions of a step or two, and what the execution role's policy allows for them."""

from penstock.deployment.policy.execution import needs

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipelines"
HERE = f"us-east-1:{ACCOUNT}"
PROCESSING = {
    "AppSpecification": {"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own/image:1"},
    "ProcessingInputs": [{"InputName": "data", "S3Input": {"S3Uri": {"Get": "Parameters.DataUri"}}}],
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "train",
                "S3Output": {
                    "S3Uri": {
                        "Std:Join": {
                            "On": "/",
                            "Values": ["s3://things/penstock", {"Get": "Execution.PipelineExecutionId"}, "A"],
                        }
                    }
                },
            }
        ]
    },
    "RoleArn": ROLE,
}


def step(kind, arguments=None, name="A", **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def statements(environment, *steps, parameters=()):
    definition = {"Steps": list(steps), "Parameters": list(parameters)}
    return {one.pop("Sid"): one for one in needs(definition, environment, "scoring").policy["Statement"]}


def resources(environment, sid, *steps, **kwargs):
    return statements(environment, *steps, **kwargs)[sid]["Resource"]
