"""What processing, AutoML and transform jobs have in common, once for each kind."""

import threading

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

PREFIX = "arn:aws:sagemaker:us-east-1:000000000000:"
KINDS = {
    "ProcessingJob": ("processing_job", "processing-job", "processing job", "ProcessingJobSummaries"),
    "AutoMLJob": ("auto_ml_job", "automl-job", "AutoML job", "AutoMLJobSummaries"),
    "TransformJob": ("transform_job", "transform-job", "transform job", "TransformJobSummaries"),
}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def create(bench, kind):
    bench.model()
    return getattr(bench, KINDS[kind][0])


@kinds
def test_a_new_job_is_in_progress_and_started(bench, kind, create):
    create("Job-1")
    job = bench(f"Describe{kind}", **{f"{kind}Name": "Job-1"})
    assert job[f"{kind}Arn"] == f"{PREFIX}{KINDS[kind][1]}/Job-1"
    assert job[f"{kind}Status"] == "InProgress"
    assert bench.jobs.asked == [("start", kind, "Job-1")]


@kinds
def test_a_job_name_is_taken_once(bench, kind, create):
    create("job")
    with pytest.raises(ServiceError) as caught:
        create("job")
    assert caught.value.code == "ResourceInUse"
    assert caught.value.message == (
        "Job name must be unique within an AWS account and region, and a job with this name already exists"
        f" ({PREFIX}{KINDS[kind][1]}/job)"
    )
    assert len(bench.jobs.asked) == 1


@kinds
def test_a_name_is_given_to_one_of_many_who_ask_at_once(bench, kind, create):
    refused = []

    def attempt():
        try:
            create("job")
        except ServiceError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["ResourceInUse"] * 7
    assert len(bench.jobs.asked) == 1


@kinds
def test_a_running_job_is_asked_to_stop(bench, kind, create):
    create("job")
    assert bench(f"Stop{kind}", **{f"{kind}Name": "job"}) == {}
    job = bench(f"Describe{kind}", **{f"{kind}Name": "job"})
    assert job[f"{kind}Status"] == "Stopping"
    assert bench.jobs.asked[-1] == ("stop", kind, "job")


@kinds
def test_a_job_that_does_not_run_cannot_be_stopped(bench, kind, create):
    create("job")
    bench.end_job(kind, "job")
    with pytest.raises(ServiceError) as caught:
        bench(f"Stop{kind}", **{f"{kind}Name": "job"})
    assert caught.value.code == "ValidationException"
    assert caught.value.message == (
        f"The request was rejected because the {KINDS[kind][2]} is in status Completed."
    )
    assert bench.jobs.asked == [("start", kind, "job")]


@kinds
def test_a_summary_has_what_the_job_has(bench, kind, create):
    create("job")
    bench.end_job(kind, "job", "Failed")
    (summary,) = bench(f"List{kind}s", StatusEquals="Failed")[KINDS[kind][3]]
    assert summary[f"{kind}Name"] == "job"
    assert summary[f"{kind}Arn"] == f"{PREFIX}{KINDS[kind][1]}/job"
    assert summary[f"{kind}Status"] == "Failed"
    assert {"CreationTime", "LastModifiedTime"} <= set(summary)


@pytest.mark.parametrize(
    ("kind", "order"),
    # The defaults that botocore's model states.
    [("ProcessingJob", ["b", "a"]), ("TransformJob", ["a", "b"]), ("AutoMLJob", ["b", "a"])],
)
def test_lists_have_the_orders_of_the_api(bench, kind, order, create):
    create("b")
    create("a")
    names = [summary[f"{kind}Name"] for summary in bench(f"List{kind}s")[KINDS[kind][3]]]
    assert names == order


@pytest.mark.parametrize("kind", ["ProcessingJob", "AutoMLJob"])
def test_a_role_that_cannot_be_assumed_is_refused(bench, kind, make, create):
    bench.missing_roles.add(make.role)
    with pytest.raises(ServiceError) as caught:
        create("job")
    assert caught.value.message == (
        f"Could not assume role {make.role}. Please ensure that the role exists and allows principal"
        " 'sagemaker.amazonaws.com' to assume the role."
    )


@kinds
def test_tags_come_with_the_job(bench, kind, create):
    create("job", Tags=[{"Key": "project", "Value": "penstock"}])
    tags = bench("ListTags", ResourceArn=f"{PREFIX}{KINDS[kind][1]}/job")["Tags"]
    assert tags == [{"Key": "project", "Value": "penstock"}]
