"""Model packages and their groups."""

import threading

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"
SPECIFICATION = {"Containers": [{"Image": "image"}]}


@pytest.fixture
def group(bench):
    bench("CreateModelPackageGroup", ModelPackageGroupName="group", ModelPackageGroupDescription="A group")


def refusal(bench, operation, **request):
    with pytest.raises(ServiceError) as caught:
        bench(operation, **request)
    return caught.value.code, caught.value.message


def test_a_group_is_described_by_name_and_by_arn(bench, group):
    shown = bench("DescribeModelPackageGroup", ModelPackageGroupName="group")
    assert shown == {
        "ModelPackageGroupName": "group",
        "ModelPackageGroupArn": f"{PREFIX}model-package-group/group",
        "ModelPackageGroupDescription": "A group",
        "ModelPackageGroupStatus": "Completed",
        "CreationTime": shown["CreationTime"],
        "CreatedBy": {},
    }
    assert bench("DescribeModelPackageGroup", ModelPackageGroupName=shown["ModelPackageGroupArn"]) == shown
    assert refusal(bench, "DescribeModelPackageGroup", ModelPackageGroupName=f"{PREFIX}model/group") == (
        "ValidationException",
        f"ModelPackageGroup {PREFIX}model/group does not exist.",
    )


def test_a_group_is_made_once(bench, group):
    assert refusal(bench, "CreateModelPackageGroup", ModelPackageGroupName="group") == (
        "ValidationException",
        f"Model Package Group already exists: {PREFIX}model-package-group/group",
    )


def test_versions_of_a_group_count_up_and_are_never_used_again(bench, group):
    assert bench.model_package() == f"{PREFIX}model-package/group/1"
    second = bench.model_package(f"{PREFIX}model-package-group/group")
    bench("DeleteModelPackage", ModelPackageName=second)
    assert bench.model_package() == f"{PREFIX}model-package/group/3"
    shown = bench("DescribeModelPackage", ModelPackageName="group/3")
    assert shown["ModelPackageVersion"] == 3
    assert shown["ModelPackageGroupName"] == shown["ModelPackageName"] == "group"
    assert shown["ModelApprovalStatus"] == "PendingManualApproval"
    assert shown["ModelPackageStatus"] == "Completed"


def test_versions_registered_at_once_have_numbers_of_their_own(bench, group):
    arns = []
    threads = [threading.Thread(target=lambda: arns.append(bench.model_package())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(arns) == [f"{PREFIX}model-package/group/{number}" for number in range(1, 9)]


def test_a_token_registers_once(bench, group):
    assert bench.model_package(ClientToken="once") == bench.model_package(ClientToken="once")
    assert len(bench("ListModelPackages", ModelPackageGroupName="group")["ModelPackageSummaryList"]) == 1


@pytest.mark.parametrize(
    ("request_members", "message"),
    [
        (
            {"InferenceSpecification": SPECIFICATION},
            "Exactly one of ModelPackageName and ModelPackageGroupName must be provided.",
        ),
        (
            {"ModelPackageName": "own", "ModelPackageGroupName": "group"},
            "Exactly one of ModelPackageName and ModelPackageGroupName must be provided.",
        ),
        (
            {"ModelPackageGroupName": "group"},
            "One of InferenceSpecification, SourceAlgorithmSpecification and SourceUri must be provided.",
        ),
        (
            {
                "ModelPackageGroupName": "group",
                "InferenceSpecification": SPECIFICATION,
                "Tags": [{"Key": "a", "Value": "1"}],
            },
            "Tags cannot be given for a model package in a group: it uses the group's tags. Tag the group.",
        ),
        (
            {
                "ModelPackageName": "own",
                "InferenceSpecification": SPECIFICATION,
                "ModelApprovalStatus": "Approved",
            },
            "ModelApprovalStatus does not apply to a model package without a group.",
        ),
    ],
)
def test_a_package_that_cannot_be_is_refused(bench, group, request_members, message):
    assert refusal(bench, "CreateModelPackage", **request_members) == ("ValidationException", message)


def test_a_package_can_have_a_name_of_its_own_once(bench):
    request = {"ModelPackageName": "own", "InferenceSpecification": SPECIFICATION}
    assert bench("CreateModelPackage", **request) == {"ModelPackageArn": f"{PREFIX}model-package/own"}
    assert refusal(bench, "CreateModelPackage", **request) == (
        "ValidationException",
        f"Model Package already exists: {PREFIX}model-package/own",
    )


def test_a_version_is_approved_and_amended(bench, group):
    arn = bench.model_package(CustomerMetadataProperties={"a": "1", "b": "2"})
    bench(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="Good",
        CustomerMetadataProperties={"b": "3", "c": "4"},
        CustomerMetadataPropertiesToRemove=["a"],
        AdditionalInferenceSpecificationsToAdd=[{"Name": "neo", **SPECIFICATION}],
    )
    shown = bench("DescribeModelPackage", ModelPackageName=arn)
    assert shown["ModelApprovalStatus"] == "Approved"
    assert shown["ApprovalDescription"] == "Good"
    assert shown["CustomerMetadataProperties"] == {"b": "3", "c": "4"}
    assert [each["Name"] for each in shown["AdditionalInferenceSpecifications"]] == ["neo"]
    assert shown["InferenceSpecification"] == SPECIFICATION
    assert shown["LastModifiedTime"] > shown["CreationTime"]

    bench("UpdateModelPackage", ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["b", "c"])
    assert "CustomerMetadataProperties" not in bench("DescribeModelPackage", ModelPackageName=arn)
    bench("UpdateModelPackage", ModelPackageArn=arn, CustomerMetadataProperties={"d": "5"})
    shown = bench("DescribeModelPackage", ModelPackageName=arn)
    assert shown["CustomerMetadataProperties"] == {"d": "5"}


def test_additional_specifications_are_fifteen_at_most(bench, group):
    arn = bench.model_package(
        AdditionalInferenceSpecifications=[{"Name": f"n{number}", **SPECIFICATION} for number in range(15)]
    )
    one_more = [{"Name": "neo", **SPECIFICATION}]
    assert refusal(
        bench, "UpdateModelPackage", ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=one_more
    ) == (
        "ValidationException",
        "A model package can have 15 additional inference specifications, and this one would have 16.",
    )


def test_many_versions_are_described_at_once(bench, client, group):
    arn, missing = bench.model_package(), f"{PREFIX}model-package/group/2"
    shown = client.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    assert shown["ModelPackageSummaries"][arn]["ModelPackageVersion"] == 1
    assert shown["ModelPackageSummaries"][arn]["InferenceSpecification"] == SPECIFICATION
    assert shown["BatchDescribeModelPackageErrorMap"] == {
        missing: {
            "ErrorCode": "ValidationException",
            "ErrorResponse": f"ModelPackage {missing} does not exist.",
        }
    }


def test_a_card_can_be_left_out(bench, group):
    arn = bench.model_package(ModelCard={"ModelCardContent": "{}", "ModelCardStatus": "Draft"})
    assert bench("DescribeModelPackage", ModelPackageName=arn)["ModelCard"]["ModelCardContent"] == "{}"
    shown = bench("DescribeModelPackage", ModelPackageName=arn, IncludedData="MetadataOnly")
    assert shown["ModelCard"] == {"ModelCardStatus": "Draft"}


def test_packages_are_listed_by_type_group_and_approval(bench, group):
    bench("CreateModelPackageGroup", ModelPackageGroupName="group-2")
    first, other, second = bench.model_package(), bench.model_package("group-2"), bench.model_package()
    own = bench("CreateModelPackage", ModelPackageName="own", InferenceSpecification=SPECIFICATION)
    bench("UpdateModelPackage", ModelPackageArn=second, ModelApprovalStatus="Approved")

    def arns(**request):
        found = bench("ListModelPackages", **request)["ModelPackageSummaryList"]
        return [package["ModelPackageArn"] for package in found]

    assert arns() == [own["ModelPackageArn"]]
    assert arns(ModelPackageType="Versioned") == [first, other, second]
    assert arns(ModelPackageType="Both") == [first, other, second, own["ModelPackageArn"]]
    assert arns(ModelPackageGroupName="group") == [first, second]
    assert arns(ModelPackageGroupName="group", ModelApprovalStatus="Approved") == [second]
    assert arns(ModelPackageGroupName="group", SortOrder="Descending", MaxResults=1) == [second]
    assert arns(ModelPackageType="Both", NameContains="ow") == [own["ModelPackageArn"]]


def test_a_group_with_versions_is_not_deleted(bench, group):
    arn = bench.model_package()
    assert refusal(bench, "DeleteModelPackageGroup", ModelPackageGroupName="group") == (
        "ConflictException",
        f"Model Package Group {PREFIX}model-package-group/group still has 1 model package."
        " Delete them first.",
    )
    bench("DeleteModelPackage", ModelPackageName=arn)
    bench("DeleteModelPackageGroup", ModelPackageGroupName="group")
    assert bench("ListModelPackageGroups") == {"ModelPackageGroupSummaryList": []}


def test_groups_are_listed_oldest_first(bench):
    for name in ("b", "a"):
        bench("CreateModelPackageGroup", ModelPackageGroupName=name)

    def names(**request):
        found = bench("ListModelPackageGroups", **request)["ModelPackageGroupSummaryList"]
        return [each["ModelPackageGroupName"] for each in found]

    assert names() == ["b", "a"]
    assert names(SortBy="Name") == ["a", "b"]
    assert names(CrossAccountFilterOption="CrossAccount") == []
