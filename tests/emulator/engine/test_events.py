from penstock.emulator.engine import events


def test_entries_are_folded_in_the_order_in_which_steps_started():
    stream = [
        events.execution_status("Executing"),
        events.step_started("A", display_name="The A", description="Does a"),
        events.step_started("B"),
        events.step_changed("A", StepStatus="Executing", Handle={"TransformJobName": "t"}, CacheKey="k"),
        events.step_ended("B", "Failed", "no"),
        events.execution_status("Failed", "Step failure: One or multiple steps failed."),
    ]
    for time, event in enumerate(stream):
        event["Time"] = time
    assert events.steps_of(stream) == [
        {
            "StepName": "A",
            "StepDisplayName": "The A",
            "StepDescription": "Does a",
            "AttemptCount": 1,
            "StartTime": 1,
            "StepStatus": "Executing",
            "Metadata": {},
        },
        {
            "StepName": "B",
            "AttemptCount": 1,
            "StartTime": 2,
            "EndTime": 4,
            "StepStatus": "Failed",
            "FailureReason": "no",
            "Metadata": {},
        },
    ]
    assert events.handles_of(stream) == {"A": {"TransformJobName": "t"}}


def test_a_step_that_starts_again_has_one_new_entry():
    stream = [
        events.step_started("A"),
        events.step_ended("A", "Failed", "no", Metadata={"ProcessingJob": {"Arn": "a"}}),
        events.step_started("A", attempt=2),
    ]
    [entry] = events.steps_of(stream)
    assert entry == {
        "StepName": "A",
        "AttemptCount": 2,
        "StepStatus": "Starting",
        "StartTime": stream[2]["Time"],
        "Metadata": {},
    }


def test_reasons_are_cut_to_what_the_api_allows():
    assert len(events.step_ended("A", "Failed", "x" * 5000)["FailureReason"]) == 1024
    assert len(events.execution_status("Failed", "x" * 5000)["FailureReason"]) == 1300
