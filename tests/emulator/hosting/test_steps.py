"""A pipeline that deploys its model: the EndpointConfig and the Endpoint step."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("hosting")

ROLE = "arn:aws:iam::000000000000:role/models"


@pytest.fixture(scope="module")
def execute(bench):
    """Runs the pipeline on a model; its steps by name when it has ended."""

    def run(endpoint, model):
        document = json.dumps(definition(endpoint, model))
        request = {"PipelineName": "deploying", "PipelineDefinition": document, "RoleArn": ROLE}
        try:
            bench.sagemaker.create_pipeline(**request)
        except bench.sagemaker.exceptions.ClientError:
            bench.sagemaker.update_pipeline(**request)
        execution = bench.sagemaker.start_pipeline_execution(PipelineName="deploying")
        bench.eventually(
            lambda: (
                bench.sagemaker.describe_pipeline_execution(**arn(execution))["PipelineExecutionStatus"]
                != "Executing"
            )
        )
        steps = bench.sagemaker.list_pipeline_execution_steps(**arn(execution))["PipelineExecutionSteps"]
        return {step["StepName"]: step for step in steps}

    return run


def arn(execution):
    return {"PipelineExecutionArn": execution["PipelineExecutionArn"]}


def definition(endpoint, model):
    variant = {"VariantName": "all", "ModelName": model, "InstanceType": "ml.m5.large"}
    return {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": "Configure",
                "Type": "EndpointConfig",
                "Arguments": {"ProductionVariants": [{**variant, "InitialInstanceCount": 1}]},
            },
            {
                "Name": "Deploy",
                "Type": "Endpoint",
                "Arguments": {
                    "EndpointName": endpoint,
                    "EndpointConfigName": {"Get": "Steps.Configure.EndpointConfigName"},
                },
            },
        ],
    }


def test_a_pipeline_creates_an_endpoint_and_updates_it(bench, execute):
    steps = execute("deployed", bench.model())
    assert {name: step["StepStatus"] for name, step in steps.items()} == {
        "Configure": "Succeeded",
        "Deploy": "Succeeded",
    }
    found = bench.sagemaker.describe_endpoint(EndpointName="deployed")
    assert steps["Deploy"]["Metadata"] == {"Endpoint": {"Arn": found["EndpointArn"]}}
    config = steps["Configure"]["Metadata"]["EndpointConfig"]["Arn"]
    assert config.endswith(f"endpoint-config/{found['EndpointConfigName'].lower()}")
    assert bench.said("deployed", "1") == "<1>"

    assert execute("deployed", bench.model({"MARKS": "[]"}))["Deploy"]["StepStatus"] == "Succeeded"
    assert bench.said("deployed", "1") == "[1]"

    step = execute("deployed", bench.model({"MUTE": "no seeds left"}))["Deploy"]
    assert step["StepStatus"] == "Failed"
    assert step["FailureReason"] == (
        "ClientError: The primary container for production variant all did not pass the ping health check."
        " Please check CloudWatch logs for this endpoint. AlgorithmError: no seeds left, exit code: 1"
    )
    assert bench.said("deployed", "1") == "[1]"
