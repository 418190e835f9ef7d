"""What expressions can stand for."""

import pytest

from penstock.deployment.policy.values import Values

DEFINITION = {
    "Parameters": [
        {"Name": "Uri", "Type": "String", "DefaultValue": "s3://b/k"},
        {"Name": "Level", "Type": "String", "DefaultValue": "low", "EnumValues": ["low", "high"]},
        {"Name": "Given", "Type": "String"},
    ],
    "Steps": [
        {
            "Name": "A",
            "Type": "Processing",
            "Arguments": {
                "Outputs": [{"OutputName": "x", "S3Output": {"S3Uri": "s3://b/x"}}, {"OutputName": "y"}],
                "Again": {"Get": "Steps.A.Again"},
            },
        },
        {
            "Name": "E",
            "Type": "EMR",
            "Arguments": {"StepConfig": {"HadoopJarStep": {"Args": ["--out", "s3://b/e"]}}},
        },
    ],
}


@pytest.fixture
def values():
    return Values(DEFINITION, "scoring")


def get(reference):
    return {"Get": reference}


def join(*parts, on=""):
    return {"Std:Join": {"On": on, "Values": list(parts)}}


@pytest.mark.parametrize(
    ("value", "patterns"),
    [
        ("text", ["text"]),
        (3, ["3"]),
        (True, ["true"]),
        (get("Parameters.Uri"), ["s3://b/k"]),
        (get("Parameters.Level"), ["high", "low"]),
        (get("Parameters.Given"), ["*"]),
        (get("Parameters.Unknown"), ["*"]),
        (get("Execution.PipelineName"), ["scoring"]),
        (get("Execution.PipelineExecutionId"), ["*"]),
        (get("Steps.A.Outputs['x'].S3Output.S3Uri"), ["s3://b/x"]),
        (get("Steps.A.Outputs[0].S3Output.S3Uri"), ["s3://b/x"]),
        (get("Steps.A.Outputs[7].S3Output.S3Uri"), ["*"]),
        (get("Steps.A.ProcessingJobName"), ["pipelines-*"]),
        (get("Steps.A.Again"), ["*"]),
        (get("Steps.E.Config.Args[1]"), ["s3://b/e"]),
        (get("Steps.Gone.X"), ["*"]),
        (join("s3://b", get("Execution.PipelineExecutionId"), "x", on="/"), ["s3://b/*/x"]),
        (join("a-", get("Parameters.Level")), ["a-high", "a-low"]),
        (join(*[get("Parameters.Level")] * 9), ["*"]),
        ({"Std:Join": {}}, ["*"]),
        ({"Std:JsonGet": {"Path": "a"}}, ["*"]),
        (None, ["*"]),
    ],
)
def test_an_expression_stands_for_patterns(values, value, patterns):
    assert values.of(value) == patterns
