"""A start after the emulator was killed."""

from penstock.emulator.engine import events


def test_running_jobs_fail_and_ended_ones_stay(bench):
    bench.processing_job("running")
    bench.processing_job("done")
    bench.end_job("ProcessingJob", "done")
    bench.auto_ml_job("stopping")
    bench("StopAutoMLJob", AutoMLJobName="stopping")
    bench.model()
    bench.transform_job("scoring")
    done = bench("DescribeProcessingJob", ProcessingJobName="done")

    bench.service.recover()

    reason = "InternalServerError: The emulator stopped while the job was running. Start the job again."
    running = bench("DescribeProcessingJob", ProcessingJobName="running")
    assert (running["ProcessingJobStatus"], running["FailureReason"]) == ("Failed", reason)
    assert running["ProcessingEndTime"] == running["LastModifiedTime"] > running["CreationTime"]
    assert bench("DescribeProcessingJob", ProcessingJobName="done") == done

    stopping = bench("DescribeAutoMLJob", AutoMLJobName="stopping")
    assert stopping["AutoMLJobStatus"] == stopping["AutoMLJobSecondaryStatus"] == "Failed"
    assert stopping["FailureReason"] == reason
    assert stopping["EndTime"] == stopping["LastModifiedTime"]

    scoring = bench("DescribeTransformJob", TransformJobName="scoring")
    assert (scoring["TransformJobStatus"], scoring["FailureReason"]) == ("Failed", reason)
    assert "TransformEndTime" in scoring


def test_a_running_execution_fails_with_the_step_that_ran(bench):
    bench.pipeline()
    arn = bench.execution()
    bench.store.append_event(arn, events.execution_status("Executing"))
    bench.store.append_event(arn, events.step_started("Prepare"))
    bench.store.append_event(arn, events.step_ended("Prepare", "Succeeded"))
    bench.store.append_event(arn, events.step_started("Train"))
    bench.store.append_event(arn, events.step_changed("Train", StepStatus="Executing"))

    bench.service.recover()

    execution = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert execution["FailureReason"] == (
        "The emulator stopped while the execution was running. Retry the execution to go on."
    )
    train, prepare = bench("ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert (train["StepStatus"], train["FailureReason"]) == (
        "Failed",
        "The emulator stopped while the step was running.",
    )
    assert "EndTime" in train
    assert prepare["StepStatus"] == "Succeeded"
    assert bench.store.events(arn)[-1]["Status"] == "Failed"

    bench("RetryPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken="r" * 32)
    assert bench.executions.asked[-1] == ("retry", arn)


def test_an_ended_execution_stays(bench):
    bench.pipeline()
    arn = bench.execution()
    bench.end_execution(arn, "Succeeded")
    before = bench("DescribePipelineExecution", PipelineExecutionArn=arn)
    bench.service.recover()
    assert bench("DescribePipelineExecution", PipelineExecutionArn=arn) == before
