"""Validation in AWS's words."""

import datetime

import pytest

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.requests import accept


def refused(operation, **request):
    with pytest.raises(ServiceError) as caught:
        accept(operation, request)
    return caught.value.code, caught.value.message


def test_a_missing_member():
    assert refused("DescribeModel") == (
        "ValidationException",
        "1 validation error detected: Value null at 'modelName' failed to satisfy constraint:"
        " Member must not be null",
    )


def test_a_null_member_is_a_missing_one():
    assert refused("DescribeModel", ModelName=None) == refused("DescribeModel")


def test_a_pattern():
    assert refused("DescribeModel", ModelName="a b") == (
        "ValidationException",
        "1 validation error detected: Value 'a b' at 'modelName' failed to satisfy constraint:"
        " Member must satisfy regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?",
    )


def test_an_enum():
    assert refused("ListModels", SortOrder="Up") == (
        "ValidationException",
        "1 validation error detected: Value 'Up' at 'sortOrder' failed to satisfy constraint:"
        " Member must satisfy enum value set: [Ascending, Descending]",
    )


def test_numbers_and_lengths_have_limits():
    assert refused("ListModels", MaxResults=0, NameContains="n" * 64) == (
        "ValidationException",
        "2 validation errors detected: Value '0' at 'maxResults' failed to satisfy constraint:"
        f" Member must have value greater than or equal to 1; Value '{'n' * 64}' at 'nameContains'"
        " failed to satisfy constraint: Member must have length less than or equal to 63",
    )
    assert refused("ListModels", MaxResults=101)[1].endswith(
        "Member must have value less than or equal to 100"
    )
    assert refused("DescribeProcessingJob", ProcessingJobName="")[1].startswith(
        "2 validation errors detected: Value '' at 'processingJobName' failed to satisfy constraint:"
        " Member must have length greater than or equal to 1; "
    )


def test_places_inside_lists_and_maps():
    request = {
        "ProcessingJobName": "job",
        "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "Prefix"}}],
        "Environment": {"KEY": "v" * 257},
    }
    assert (
        "at 'processingInputs.1.member.s3Input.s3DataType' " in refused("CreateProcessingJob", **request)[1]
    )
    assert "at 'environment.KEY.member' " in refused("CreateProcessingJob", **request)[1]


def test_a_long_value_is_cut():
    assert refused("DescribeModel", ModelName="." * 1000)[1].startswith(
        f"2 validation errors detected: Value '{'.' * 253}...' at 'modelName' failed"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "NUMBER_VALUE can not be converted to String at 'modelName'."),
        (True, "TRUE_VALUE can not be converted to String at 'modelName'."),
        ([], "Start of list found where not expected at 'modelName'."),
        ({}, "Start of structure or map found where not expected at 'modelName'."),
    ],
)
def test_a_wrong_type_cannot_be_read(value, message):
    assert refused("DescribeModel", ModelName=value) == ("SerializationException", message)


def test_a_wrong_type_hides_the_rest():
    assert refused("ListModels", MaxResults="5", SortOrder="Up") == (
        "SerializationException",
        "STRING_VALUE can not be converted to Integer at 'maxResults'.",
    )


def test_what_the_model_does_not_have_is_ignored():
    request = {"ModelName": "m", "Unknown": 1, "PrimaryContainer": {"Image": "i", "Later": {}, "Mode": None}}
    assert accept("CreateModel", request) == {"ModelName": "m", "PrimaryContainer": {"Image": "i"}}


@pytest.mark.parametrize(
    "time",
    [
        1_700_000_000.5,
        "2023-11-14T22:13:20.5Z",
        datetime.datetime.fromtimestamp(1_700_000_000.5, datetime.UTC),
    ],
)
def test_times_become_seconds(time):
    assert accept("ListModels", {"CreationTimeAfter": time}) == {"CreationTimeAfter": 1_700_000_000.5}


def test_a_time_that_is_none():
    assert refused("ListModels", CreationTimeAfter="soon") == (
        "SerializationException",
        'Invalid timestamp "soon": Unknown string format: soon.',
    )
