"""Models."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"


def refusal(bench, **members):
    with pytest.raises(ServiceError) as caught:
        bench("CreateModel", ModelName="model", **members)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_model_has_a_lower_case_arn(bench):
    bench.model("My-Model")
    model = bench("DescribeModel", ModelName="My-Model")
    assert model["ModelArn"] == f"{PREFIX}model/my-model"
    assert model["ModelName"] == "My-Model"
    assert model["EnableNetworkIsolation"] is False


def test_a_model_is_made_once(bench):
    bench.model("model")
    assert refusal(bench, PrimaryContainer={"Image": "image"}) == (
        f'Cannot create already existing model "{PREFIX}model/model".'
    )


def test_a_container_has_one_source_of_its_image(bench):
    message = "Each container must have exactly one of Image and ModelPackageName."
    assert refusal(bench, PrimaryContainer={}) == message
    assert (
        refusal(bench, Containers=[{"Image": "image"}, {"Image": "image", "ModelPackageName": "p"}])
        == message
    )


def test_a_model_package_must_exist(bench):
    assert refusal(bench, PrimaryContainer={"ModelPackageName": "group/1"}) == (
        f"ModelPackage {PREFIX}model-package/group/1 does not exist."
    )
    bench("CreateModelPackageGroup", ModelPackageGroupName="group")
    arn = bench.model_package()
    bench("CreateModel", ModelName="model", PrimaryContainer={"ModelPackageName": arn})


def test_a_role_must_exist(bench, make):
    bench.missing_roles.add(make.role)
    assert refusal(bench, PrimaryContainer={"Image": "image"}, ExecutionRoleArn=make.role) == (
        f"Could not assume role {make.role}. Please ensure that the role exists and allows principal"
        " 'sagemaker.amazonaws.com' to assume the role."
    )


def test_a_deleted_model_is_gone_with_its_tags(bench):
    bench.model("model", Tags=[{"Key": "a", "Value": "1"}])
    bench("DeleteModel", ModelName="model")
    assert bench("ListModels") == {"Models": []}
    with pytest.raises(ServiceError, match="Could not find the resource"):
        bench("ListTags", ResourceArn=f"{PREFIX}model/model")
    bench.model("model")
    assert bench("ListTags", ResourceArn=f"{PREFIX}model/model") == {"Tags": []}


def test_models_are_listed_newest_first(bench):
    for name in ("b", "c", "a"):
        bench.model(name)
    assert [model["ModelName"] for model in bench("ListModels")["Models"]] == ["a", "c", "b"]
    by_name = bench("ListModels", SortBy="Name", SortOrder="Ascending")["Models"]
    assert [model["ModelName"] for model in by_name] == ["a", "b", "c"]
