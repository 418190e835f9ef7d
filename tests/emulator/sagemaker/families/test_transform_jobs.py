"""What is particular to transform jobs."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

SOURCE = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}}


@pytest.fixture
def model(bench):
    bench.model()


def refusal(bench, **members):
    with pytest.raises(ServiceError) as caught:
        bench.transform_job(**members)
    return caught.value.message


def test_payloads_at_once_are_limited(bench, model):
    assert refusal(bench, MaxPayloadInMB=50, MaxConcurrentTransforms=3) == (
        "MaxPayloadInMB times MaxConcurrentTransforms must not exceed 100 MB: 50 x 3 is 150 MB."
    )
    bench.transform_job(MaxPayloadInMB=50, MaxConcurrentTransforms=2)


def test_a_join_needs_both_sides_alike(bench, model):
    joined = {"DataProcessing": {"JoinSource": "Input"}}
    source = {**SOURCE, "SplitType": "Line", "ContentType": "text/csv"}
    target = {"S3OutputPath": "s3://bucket/out", "AssembleWith": "Line", "Accept": "text/csv"}
    assert refusal(
        bench, **joined, TransformInput=source, TransformOutput=target | {"AssembleWith": "None"}
    ) == (
        "TransformInput.SplitType and TransformOutput.AssembleWith must be the same when"
        " DataProcessing.JoinSource is Input: they are Line and None."
    )
    target_without = {name: value for name, value in target.items() if name != "Accept"}
    assert refusal(bench, **joined, TransformInput=source, TransformOutput=target_without) == (
        "TransformInput.ContentType and TransformOutput.Accept must be the same when"
        " DataProcessing.JoinSource is Input: they are text/csv and not given."
    )
    bench.transform_job(**joined, TransformInput=source, TransformOutput=target)


def test_a_list_shows_ten_jobs_where_nothing_else_is_asked(bench, model):
    for number in range(11):
        bench.transform_job(f"job-{number}")
    first = bench("ListTransformJobs")
    assert len(first["TransformJobSummaries"]) == 10
    second = bench("ListTransformJobs", NextToken=first["NextToken"])
    assert [job["TransformJobName"] for job in second["TransformJobSummaries"]] == ["job-0"]
    assert "NextToken" not in second
