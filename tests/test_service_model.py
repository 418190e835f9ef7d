"""The check of values against AWS's models."""

import pytest

from penstock.service_model import (
    Problem,
    format_path,
    input_shape,
    matches,
    operation_model,
    output_shape,
    validate,
)

MINIMAL = {
    "ProcessingJobName": "job",
    "ProcessingResources": {
        "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
    },
    "AppSpecification": {"ImageUri": "image"},
    "RoleArn": "arn:aws:iam::000000000000:role/penstock",
}


def problems_with(**changes):
    request = {**MINIMAL, **changes}
    return [problem.message for problem in validate(input_shape("sagemaker", "CreateProcessingJob"), request)]


def test_a_request_that_fits_has_no_problem():
    assert problems_with() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AppSpecification": {}}, "AppSpecification: ImageUri is required"),
        ({"Colour": "red"}, "Colour is not a member here"),
        ({"Environment": ["A"]}, "Environment: ['A'] is not a map"),
        ({"ProcessingInputs": {"a": 1}}, "ProcessingInputs: {'a': 1} is not a list"),
        ({"NetworkConfig": "vpc"}, "NetworkConfig: 'vpc' is not a structure"),
        ({"ProcessingJobName": 7}, "ProcessingJobName: 7 is not a string"),
        ({"ProcessingJobName": "a" * 64}, f"ProcessingJobName: '{'a' * 64}' is longer than 63"),
        ({"NetworkConfig": {"EnableNetworkIsolation": 1}},
         "NetworkConfig.EnableNetworkIsolation: 1 is not a boolean"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": True}},
         "StoppingCondition.MaxRuntimeInSeconds: True is not an integer"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
         "StoppingCondition.MaxRuntimeInSeconds: 0 is less than 1"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 777601}},
         "StoppingCondition.MaxRuntimeInSeconds: 777601 is more than 777600"),
        ({"ProcessingInputs": [{"InputName": "x", "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "File"}}]},
         "ProcessingInputs[0].S3Input.S3DataType: 'File' is not one of ManifestFile, S3Prefix"),
    ],
)  # fmt: skip
def test_each_kind_of_problem_names_the_place_and_the_rule(changes, message):
    assert message in problems_with(**changes)


def test_a_name_that_breaks_the_pattern_is_reported_with_the_pattern():
    assert "ProcessingJobName: '-job' does not match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}" in problems_with(
        ProcessingJobName="-job"
    )


def test_a_variable_fits_everywhere():
    request = {**MINIMAL, "ProcessingJobName": {"Get": "Parameters.Name"}, "StoppingCondition": {"Get": "x"}}
    shape = input_shape("sagemaker", "CreateProcessingJob")
    assert (
        validate(shape, request, is_variable=lambda value: isinstance(value, dict) and "Get" in value) == []
    )


def test_a_pattern_written_for_another_engine_is_left_to_the_service():
    assert matches("[\\uD800\\uDC00-\\uDBFF\\uDFFF-a]*(", "anything")


def test_unicode_classes_are_understood():
    assert matches("[\\p{L}\\p{N}]+", "größe1")
    assert not matches("[\\p{L}]+", "1")


def test_a_path_is_written_as_a_reader_writes_it():
    assert format_path(("A", 0, "B", "key")) == "A[0].B.key"
    assert Problem(("A",), 1, "max", 0).place == "A"


def test_long_values_are_cut_in_messages():
    assert len(Problem((), "x" * 5000, "max_length", 10).message) < 120


def test_an_operation_without_input_has_an_empty_shape():
    assert not input_shape("sagemaker", "ListPipelines").required_members
    assert operation_model("sagemaker", "StartPipelineExecution").name == "StartPipelineExecution"


def test_an_operation_without_output_has_an_empty_shape():
    shape = output_shape("sagemaker", "StopProcessingJob")
    assert (shape.type_name, dict(shape.members)) == ("structure", {})
