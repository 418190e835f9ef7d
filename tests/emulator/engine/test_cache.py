import pytest


def cached(build, image="image", **config):
    step = build.processing("Prepare", outputs=["data"], CacheConfig={"Enabled": True, **config})
    step["Arguments"]["AppSpecification"] = {"ImageUri": image}
    return step


def use(build):
    step = build.processing("Use", after=["Prepare"])
    step["Arguments"]["Environment"] = {"JOB": {"Get": "Steps.Prepare.ProcessingJobName"}}
    return step


@pytest.fixture
def first(start, service, build):
    """An execution that has done the work."""
    service.instant = True
    execution = start([cached(build)])
    assert execution.wait() == "Succeeded"
    return execution


def test_a_step_that_ran_before_is_not_run_again_and_has_the_same_properties(first, start, service, build):
    second = start([cached(build, ExpireAfter="PT1H"), use(build)])
    assert second.wait() == "Succeeded"
    entry = second.entries["Prepare"]
    assert entry["StepStatus"] == "Succeeded"
    assert entry["CacheHitResult"] == {"SourcePipelineExecutionArn": first.arn}
    assert entry["Metadata"] == first.entries["Prepare"]["Metadata"]
    made, used = service.requests("CreateProcessingJob")
    assert used["Environment"] == {"JOB": made["ProcessingJobName"]}


def test_a_hit_names_the_execution_that_did_the_work(first, start, build):
    start([cached(build)]).wait()
    third = start([cached(build)])
    assert third.wait() == "Succeeded"
    assert third.entries["Prepare"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first.arn}


@pytest.mark.parametrize(
    ("config", "image"), [({"Enabled": False}, "image"), ({}, "other"), ({"ExpireAfter": "PT0S"}, "image")]
)
def test_a_step_runs_where_caching_is_off_or_arguments_differ_or_it_is_too_old(
    first, start, service, build, config, image
):
    second = start([cached(build, image, **config)])
    assert second.wait() == "Succeeded"
    assert "CacheHitResult" not in second.entries["Prepare"]
    assert len(service.requests("CreateProcessingJob")) == 2


def test_another_pipeline_does_not_count(first, start, service, build):
    assert start([cached(build)], pipeline="Pipe2").wait() == "Succeeded"
    assert len(service.requests("CreateProcessingJob")) == 2


def test_a_failed_run_does_not_count(start, service, build):
    first = start([cached(build)])
    service.finish_step("Prepare", "Failed", FailureReason="AlgorithmError: no")
    assert first.wait() == "Failed"
    service.instant = True
    second = start([cached(build)])
    assert second.wait() == "Succeeded"
    assert "CacheHitResult" not in second.entries["Prepare"]
