"""Tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.resources import merged

ARN = "arn:aws:sagemaker:us-east-1:000000000000:model/model"


def tag(key, value=""):
    return {"Key": key, "Value": value}


@pytest.fixture
def model(bench):
    bench.model(Tags=[tag("a", "1")])


def test_tags_are_added_overwritten_and_deleted(bench, model):
    assert bench("AddTags", ResourceArn=ARN, Tags=[tag("b", "2"), tag("a", "3")]) == {
        "Tags": [tag("a", "3"), tag("b", "2")]
    }
    assert bench("DeleteTags", ResourceArn=ARN, TagKeys=["a", "none"]) == {}
    assert bench("ListTags", ResourceArn=ARN) == {"Tags": [tag("b", "2")]}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (
            [tag("b"), tag("B")],
            "Duplicate tag keys found. Please note that tag keys are case insensitive.",
        ),
        ([tag("aws:b")], "Tag key 'aws:b' begins with 'aws:', which is reserved for AWS."),
        ([tag(f"k{n}") for n in range(50)], "A resource can have 50 tags, and this one would have 51."),
    ],
)
def test_tags_that_cannot_be_are_refused_and_nothing_changes(bench, model, tags, message):
    with pytest.raises(ServiceError) as caught:
        bench("AddTags", ResourceArn=ARN, Tags=tags)
    assert (caught.value.code, caught.value.message) == ("ValidationException", message)
    assert bench("ListTags", ResourceArn=ARN) == {"Tags": [tag("a", "1")]}


def test_a_resource_with_bad_tags_is_not_created(bench):
    with pytest.raises(ServiceError):
        bench.model(Tags=[tag("aws:b")])
    assert bench("ListModels") == {"Models": []}


tag_lists = st.lists(
    st.builds(tag, st.sampled_from("abcdef"), st.text(max_size=2)), unique_by=lambda each: each["Key"]
)


@given(tag_lists, tag_lists)
def test_the_last_value_of_a_key_counts(old, new):
    values = {each["Key"]: each["Value"] for each in old} | {each["Key"]: each["Value"] for each in new}
    assert {each["Key"]: each["Value"] for each in merged(old, new)} == values


def test_a_job_tells_by_tags_what_ran_it(bench):
    bench.processing_job(Tags=[tag("a", "1")])
    arn = "arn:aws:sagemaker:us-east-1:000000000000:processing-job/job"
    assert bench("ListTags", ResourceArn=arn)["Tags"] == [tag("a", "1")]
    note = "run by a stand-in: the same words, " + "more " * 60
    ran_by = {"StandIn": "Analyzer", "Is": note, "Isolation": "namespaces"}
    bench.store.update("ProcessingJob", "job", lambda document: document.update(_RanBy=ran_by))
    tags = {each["Key"]: each["Value"] for each in bench("ListTags", ResourceArn=arn)["Tags"]}
    first, second = tags.pop("penstock:ran-by"), tags.pop("penstock:ran-by/2")
    assert (first + second, len(first)) == (f"Analyzer: {note}", 256)
    assert tags == {"a": "1", "penstock:isolation": "namespaces"}


def test_an_execution_tells_by_tags_how_steps_without_a_job_are_answered(bench):
    bench.pipeline()
    tags = bench("ListTags", ResourceArn=bench.execution(Parameters=[]))["Tags"]
    assert [each["Key"].removeprefix("penstock:ran-by") for each in tags] == [
        "", "/Callback", "/EMR", "/Endpoint", "/Lambda",
    ]  # fmt: skip


def test_an_execution_that_is_not_there_has_no_tags(bench):
    arn = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/none/execution/abcdefghijkl"
    with pytest.raises(ServiceError) as caught:
        bench("ListTags", ResourceArn=arn)
    assert caught.value.message == f"Could not find the resource {arn}."
