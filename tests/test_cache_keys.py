"""What the caches compare, against AWS's own model of the requests."""

import pytest

from penstock import cache_keys
from penstock.cache_keys import compared, is_cached
from penstock.service_model import input_shape

OPERATIONS = {
    "Processing": ("sagemaker", "CreateProcessingJob"),
    "Training": ("sagemaker", "CreateTrainingJob"),
    "Tuning": ("sagemaker", "CreateHyperParameterTuningJob"),
    "AutoML": ("sagemaker", "CreateAutoMLJob"),
    "Transform": ("sagemaker", "CreateTransformJob"),
}


@pytest.mark.parametrize("step_type", OPERATIONS)
def test_what_is_compared_are_members_of_the_request(step_type):
    request = input_shape(*OPERATIONS[step_type])
    for path in cache_keys.MEMBERS[step_type]:
        shape = request
        for name in path.removeprefix("Arguments.").split("."):
            assert name in shape.members, path
            shape = shape.members[name]


def test_members_by_path_without_those_that_have_no_value():
    step = {
        "Arguments": {"AppSpecification": {"ImageUri": "image"}, "Environment": None, "RoleArn": "role"},
        "DisplayName": "Prepare",
    }
    assert compared("Processing", step) == {"Arguments.AppSpecification": {"ImageUri": "image"}}


def test_of_some_members_a_part():
    config = {"Mode": "ENSEMBLING", "SecurityConfig": {"VolumeKmsKeyId": "key"}}
    step = {"Arguments": {"AutoMLJobConfig": config, "RoleArn": "role"}}
    assert compared("AutoML", step) == {"Arguments.AutoMLJobConfig.Mode": "ENSEMBLING"}


def test_a_check_is_compared_with_its_own_keys_but_for_what_it_does_about_violations():
    step = {
        "Arguments": {"RoleArn": "role"},
        "CheckType": "DATA_QUALITY",
        "SkipCheck": True,
        "FailOnViolation": True,
        "ModelPackageGroupName": "",
        "SuppliedBaselineStatistics": None,
    }
    assert compared("QualityCheck", step) == {
        "Arguments": {"RoleArn": "role"},
        "CheckType": "DATA_QUALITY",
        "SkipCheck": True,
        "RegisterNewBaseline": False,
    }


def test_types_that_the_service_does_not_cache():
    assert compared("Lambda", {"Arguments": {"x": 1}}) == {}
    assert [is_cached(name) for name in ("Model", "RegisterModel", "Lambda", "EMR")] == [False] * 3 + [True]
