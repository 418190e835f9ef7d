import pytest

from penstock.emulator.engine.durations import parse_duration


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


_DAY = 24 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * _DAY),
        ("p30d", 30 * _DAY),
        ("5y", 5 * 365 * _DAY),
        ("T16m", 16 * 60),
        ("30dT5h", 30 * _DAY + 5 * 3600),
        ("PT1H", 3600),
        ("P4DT12H", 4 * _DAY + 12 * 3600),
        ("P2W", 14 * _DAY),
        ("", None),
        ("P", None),
        ("T", None),
        ("30", None),
        ("1h", None),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds
