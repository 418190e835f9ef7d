"""Pipelines and their versions."""

import json

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

ARN = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/pipeline"


def refusal(bench, operation, **request):
    with pytest.raises(ServiceError) as caught:
        bench(operation, **request)
    return caught.value.code, caught.value.message


def test_a_pipeline_is_described_as_it_was_created(bench, client, make):
    text = make.definition()
    created = client.create_pipeline(
        PipelineName="pipeline",
        PipelineDisplayName="Shown",
        PipelineDescription="What it does",
        PipelineDefinition=text,
        RoleArn=make.role,
        ParallelismConfiguration={"MaxParallelExecutionSteps": 4},
        PipelineVersionAliases=["live"],
        Tags=[{"Key": "a", "Value": "1"}],
    )
    assert created["PipelineArn"] == ARN
    shown = client.describe_pipeline(PipelineName="pipeline")
    assert shown["CreationTime"] == shown["LastModifiedTime"]
    for member in ("ResponseMetadata", "CreationTime", "LastModifiedTime"):
        del shown[member]
    assert shown == {
        "PipelineArn": ARN,
        "PipelineName": "pipeline",
        "PipelineDisplayName": "Shown",
        "PipelineDescription": "What it does",
        "PipelineDefinition": text,
        "PipelineStatus": "Active",
        "RoleArn": make.role,
        "CreatedBy": {},
        "LastModifiedBy": {},
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4},
        "PipelineVersionAliases": ["live"],
    }
    assert client.list_tags(ResourceArn=ARN)["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_pipeline_is_found_by_name_and_by_arn(bench):
    bench.pipeline()
    assert bench("DescribePipeline", PipelineName=ARN) == bench("DescribePipeline", PipelineName="pipeline")
    elsewhere = ARN.replace("us-east-1", "eu-west-1")
    assert refusal(bench, "DescribePipeline", PipelineName=elsewhere) == (
        "ResourceNotFound",
        f"Pipeline '{elsewhere}' does not exist.",
    )


def test_a_pipeline_is_created_once(bench, make):
    bench.pipeline()
    request = {
        "PipelineName": "pipeline",
        "PipelineDefinition": make.definition(),
        "RoleArn": make.role,
    }
    assert refusal(bench, "CreatePipeline", **request, ClientRequestToken=make.token("other")) == (
        "ValidationException",
        "Pipeline names must be unique within an AWS account and region. Pipeline with name (pipeline)"
        " already exists.",
    )


def test_the_same_token_and_request_give_the_same_answer(bench):
    bench.pipeline()
    bench.pipeline()
    assert len(bench("ListPipelines")["PipelineSummaries"]) == 1


def test_a_token_serves_one_request(bench, make):
    bench.pipeline()
    with pytest.raises(ServiceError) as caught:
        bench.pipeline(PipelineDescription="another")
    assert caught.value.code == "ConflictException"
    assert caught.value.message == (
        f"The token {make.token('create pipeline')} was used for another CreatePipeline request."
        " Send a new token with a new request."
    )


def test_a_deleted_pipeline_can_be_created_with_the_token_of_the_old_one(bench, make):
    for _ in range(2):
        bench.pipeline()
        bench("DeletePipeline", PipelineName="pipeline", ClientRequestToken=make.token("delete"))
        assert bench("ListPipelines")["PipelineSummaries"] == []


def test_a_definition_can_lie_in_s3(bench, make):
    bench.objects["s3://bucket/definitions/p.json"] = make.definition("größe").encode()
    location = {"Bucket": "bucket", "ObjectKey": "definitions/p.json"}
    bench.pipeline(PipelineDefinition=None, PipelineDefinitionS3Location=location)
    shown = bench("DescribePipeline", PipelineName="pipeline")
    assert shown["PipelineDefinition"] == make.definition("größe")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"PipelineDefinition": None},
            "Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be provided.",
        ),
        (
            {"PipelineDefinitionS3Location": {"Bucket": "bucket", "ObjectKey": "p.json"}},
            "Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be provided.",
        ),
        (
            {
                "PipelineDefinition": None,
                "PipelineDefinitionS3Location": {"Bucket": "bucket", "ObjectKey": "p.json"},
            },
            "Could not find the pipeline definition at s3://bucket/p.json.",
        ),
        (
            {
                "PipelineDefinition": None,
                "PipelineDefinitionS3Location": {"Bucket": "bucket", "ObjectKey": "latin", "VersionId": "1"},
            },
            "The emulator reads the latest version of s3://bucket/latin only. Leave VersionId out.",
        ),
        (
            {
                "PipelineDefinition": None,
                "PipelineDefinitionS3Location": {"Bucket": "bucket", "ObjectKey": "latin"},
            },
            "The pipeline definition at s3://bucket/latin is not UTF-8 text.",
        ),
        ({"PipelineVersionAliases": ["1"]}, "Alias '1' cannot consist of numbers only."),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused(bench, members, message):
    bench.objects["s3://bucket/latin"] = "größe".encode("latin-1")
    with pytest.raises(ServiceError) as caught:
        bench.pipeline(**members)
    assert (caught.value.code, caught.value.message) == ("ValidationException", message)
    assert bench("ListPipelines")["PipelineSummaries"] == []


def test_a_role_must_exist(bench, make):
    bench.missing_roles.add(make.role)
    with pytest.raises(ServiceError) as caught:
        bench.pipeline()
    assert caught.value.message == (
        f"Could not assume role {make.role}. Please ensure that the role exists and allows principal"
        " 'sagemaker.amazonaws.com' to assume the role."
    )


def test_a_new_definition_makes_a_new_version(bench, make):
    bench.pipeline()
    other = make.definition("other")
    updated = bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=other)
    assert updated == {"PipelineArn": ARN, "PipelineVersionId": 2}
    assert bench("DescribePipeline", PipelineName="pipeline")["PipelineDefinition"] == other
    first = bench("DescribePipeline", PipelineName="pipeline", PipelineVersionId=1)
    assert first["PipelineDefinition"] == make.definition()


def test_an_update_without_a_new_definition_keeps_the_version(bench, make):
    bench.pipeline(PipelineDescription="old")
    before = bench("DescribePipeline", PipelineName="pipeline")
    request = {"PipelineName": "pipeline", "PipelineDefinition": make.definition()}
    assert bench("UpdatePipeline", **request, PipelineDescription="new")["PipelineVersionId"] == 1
    after = bench("DescribePipeline", PipelineName="pipeline")
    assert after["LastModifiedTime"] > before["LastModifiedTime"]
    changed = {"PipelineDescription": "new", "LastModifiedTime": after["LastModifiedTime"]}
    assert after == before | changed


def test_an_update_that_is_refused_changes_nothing(bench, make):
    bench.pipeline()
    before = bench("DescribePipeline", PipelineName="pipeline")
    request = {"PipelineName": "pipeline", "PipelineDescription": "new"}
    assert refusal(bench, "UpdatePipeline", **request, PipelineVersionAliases=["live"]) == (
        "ValidationException",
        "PipelineVersionAliases can be given only when the definition changes. Use UpdatePipelineVersion.",
    )
    code, message = refusal(bench, "UpdatePipeline", **request, PipelineDefinition='{"Version": "1"}')
    assert code == "ValidationException"
    assert message.startswith("Unable to parse pipeline definition.")
    assert bench("DescribePipeline", PipelineName="pipeline") == before


def test_versions_are_listed_newest_first_by_number(bench, make):
    bench.pipeline()
    for number in range(2, 12):
        bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=make.definition(str(number)))
    versions = bench("ListPipelineVersions", PipelineName=ARN)["PipelineVersionSummaries"]
    assert [version["PipelineVersionId"] for version in versions] == list(range(11, 0, -1))
    assert set(versions[0]) == {"PipelineArn", "PipelineVersionId", "CreationTime"}


def test_an_alias_belongs_to_one_version(bench, make):
    bench.pipeline(PipelineVersionAliases=["live"])
    bench("UpdatePipeline", PipelineName="pipeline", PipelineDefinition=make.definition("2"))
    version_2 = {"PipelineArn": ARN, "PipelineVersionId": 2}
    assert refusal(
        bench, "UpdatePipelineVersion", **version_2, PipelineVersionAliasOperations={"Add": ["live"]}
    ) == (
        "ValidationException",
        f"Alias 'live' belongs to version 1 of {ARN}. Remove it there first.",
    )
    assert refusal(
        bench, "UpdatePipelineVersion", **version_2, PipelineVersionAliasOperations={"Remove": ["live"]}
    ) == ("ValidationException", f"Version 2 of {ARN} has no alias 'live'.")

    bench(
        "UpdatePipelineVersion",
        PipelineArn=ARN,
        PipelineVersionId=1,
        PipelineVersionAliasOperations={"Remove": ["live"]},
    )
    assert (
        bench(
            "UpdatePipelineVersion",
            **version_2,
            PipelineVersionDisplayName="second",
            PipelineVersionDescription="with an alias",
            PipelineVersionAliasOperations={"Add": ["live"]},
        )
        == version_2
    )
    shown = bench("DescribePipeline", PipelineName="pipeline", PipelineVersionAlias="live")
    assert shown["PipelineDefinition"] == make.definition("2")
    assert shown["PipelineVersionDisplayName"] == "second"
    assert shown["PipelineVersionDescription"] == "with an alias"
    assert shown["PipelineVersionAliases"] == ["live"]


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        (
            {"PipelineVersionId": 2},
            ("ResourceNotFound", f"Pipeline '{ARN}' has no version 2."),
        ),
        (
            {"PipelineVersionAlias": "live"},
            ("ResourceNotFound", f"Pipeline '{ARN}' has no version with alias 'live'."),
        ),
        (
            {"PipelineVersionId": 1, "PipelineVersionAlias": "live"},
            (
                "ValidationException",
                "PipelineVersionId and PipelineVersionAlias cannot be given together.",
            ),
        ),
    ],
)
def test_a_version_must_exist(bench, members, answer):
    bench.pipeline()
    assert refusal(bench, "DescribePipeline", PipelineName="pipeline", **members) == answer


def test_a_pipeline_that_runs_cannot_be_deleted(bench, make):
    bench.pipeline()
    arn = bench.execution()
    delete = {"PipelineName": "pipeline", "ClientRequestToken": make.token("delete")}
    assert refusal(bench, "DeletePipeline", **delete) == (
        "ConflictException",
        f"Pipeline {ARN} has a running execution, {arn}. Stop it before you delete the pipeline.",
    )
    bench.end_execution(arn, "Succeeded")
    bench.store.append_event(arn, {"Type": "ExecutionStatus", "Time": 1.0, "Status": "Succeeded"})
    assert bench("DeletePipeline", **delete) == {"PipelineArn": ARN}
    assert bench.store.events(arn) == []
    for kind in ("PipelineExecution", "PipelineVersion", "Pipeline"):
        assert bench.store.all(kind) == []


def test_deleting_a_pipeline_leaves_those_with_longer_names(bench, make):
    bench.pipeline("a")
    bench.pipeline("a-b")
    bench.end_execution(bench.execution("a-b"), "Succeeded")
    bench("DeletePipeline", PipelineName="a", ClientRequestToken=make.token("delete"))
    assert len(bench("ListPipelineExecutions", PipelineName="a-b")["PipelineExecutionSummaries"]) == 1


def test_pipelines_are_listed_with_their_last_execution(bench):
    bench.pipeline("a")
    bench.pipeline("b")
    arn = bench.execution("a")
    b, a = bench("ListPipelines")["PipelineSummaries"]
    assert (a["PipelineName"], b["PipelineName"]) == ("a", "b")
    started = bench("DescribePipelineExecution", PipelineExecutionArn=arn)["CreationTime"]
    assert a["LastExecutionTime"] == started
    assert "LastExecutionTime" not in b
    assert bench("ListPipelines", PipelineNamePrefix="b")["PipelineSummaries"] == [b]
    assert bench("ListPipelines", ManagedBy="AWS")["PipelineSummaries"] == []
    assert bench("ListPipelines", ManagedBy="CUSTOMER")["PipelineSummaries"] == [b, a]


def test_a_definition_is_kept_to_the_byte(bench):
    text = json.dumps(
        {
            "Steps": [{"Type": "Fail", "Name": "S", "Arguments": {"ErrorMessage": "ü"}}],
            "Version": "2020-12-01",
        },
        indent=3,
        ensure_ascii=False,
    )
    bench.pipeline(PipelineDefinition=text)
    assert bench("DescribePipeline", PipelineName="pipeline")["PipelineDefinition"] == text
