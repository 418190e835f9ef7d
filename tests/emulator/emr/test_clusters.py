import gzip

import pytest
from botocore.exceptions import ClientError


def refusal(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_cluster_runs_its_steps_in_order_and_waits_for_more(bench):
    cluster = bench.cluster(bench.step("sh", "-c", "echo one"), bench.step("true"))
    assert bench.wait_for_cluster(cluster, "WAITING")["StateChangeReason"] == {
        "Message": "Cluster ready after last step completed."
    }
    assert bench.states(cluster) == ["COMPLETED", "COMPLETED"]
    first, second = (step["Status"]["Timeline"] for step in bench.steps(cluster))
    assert first["CreationDateTime"] <= first["StartDateTime"] <= first["EndDateTime"]
    assert first["EndDateTime"] <= second["StartDateTime"]
    [added] = bench.add(cluster, bench.step("echo", "more"))
    step = bench.wait_for_step(cluster, added)
    assert step["Status"]["State"] == "COMPLETED"
    assert step["Config"] == {"Jar": "command-runner.jar", "Properties": {}, "Args": ["echo", "more"]}
    bench.emr.terminate_job_flows(JobFlowIds=[cluster])
    status = bench.wait_for_cluster(cluster, "TERMINATED")
    assert status["StateChangeReason"] == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    assert set(status["Timeline"]) == {"CreationDateTime", "ReadyDateTime", "EndDateTime"}


def test_a_cluster_that_is_not_kept_alive_ends_with_its_steps(bench):
    instances = {"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.large", "InstanceCount": 3}
    cluster = bench.cluster(bench.step("true"), Instances=instances)
    status = bench.wait_for_cluster(cluster, "TERMINATED")
    assert status["StateChangeReason"] == {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}
    groups = bench.emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    assert [(group["InstanceGroupType"], group["RequestedInstanceCount"]) for group in groups] == [
        ("MASTER", 1),
        ("CORE", 2),
    ]


def test_logs_lie_under_the_log_uri_as_emr_lays_them_out(bench):
    cluster = bench.cluster(bench.step("sh", "-c", "echo out; echo err >&2"))
    bench.wait_for_cluster(cluster, "WAITING")
    [step] = bench.steps(cluster)
    folder = f"logs/{cluster}/steps/{step['Id']}"
    assert bench.keys("logs/") == [f"{folder}/{name}.gz" for name in ("controller", "stderr", "stdout")]
    assert gzip.decompress(bench.get(f"{folder}/stdout.gz")) == b"out\n"
    assert gzip.decompress(bench.get(f"{folder}/stderr.gz")) == b"err\n"
    assert "startExec 'sh -c" in gzip.decompress(bench.get(f"{folder}/controller.gz")).decode()


def test_a_failed_step_says_why_and_the_next_one_runs(bench):
    cluster = bench.cluster(bench.step("sh", "-c", "echo no such thing >&2; exit 3"), bench.step("true"))
    bench.wait_for_cluster(cluster, "WAITING")
    failed, after = bench.steps(cluster)
    assert failed["Status"]["FailureDetails"] == {
        "Reason": "The command exited with code 3.",
        "Message": "no such thing",
        "LogFile": bench.uri(f"logs/{cluster}/steps/{failed['Id']}/stderr.gz"),
    }
    assert after["Status"]["State"] == "COMPLETED"


@pytest.mark.parametrize(
    ("action", "ends", "code"),
    [
        ("TERMINATE_CLUSTER", "TERMINATED_WITH_ERRORS", "STEP_FAILURE"),
        ("CANCEL_AND_WAIT", "WAITING", None),
    ],
)
def test_a_failure_does_what_its_action_asks_for(bench, action, ends, code):
    cluster = bench.cluster(bench.step("false", on_failure=action), bench.step("true"))
    status = bench.wait_for_cluster(cluster, ends)
    assert status["StateChangeReason"].get("Code") == code
    assert bench.states(cluster) == ["FAILED", "CANCELLED"]


def test_a_protected_cluster_outlives_a_failure_and_is_not_terminated(bench):
    cluster = bench.cluster(bench.step("false", on_failure="TERMINATE_CLUSTER"))
    bench.emr.set_termination_protection(JobFlowIds=[cluster], TerminationProtected=True)
    protected = bench.cluster(
        bench.step("false", on_failure="TERMINATE_CLUSTER"),
        Instances={
            "MasterInstanceType": "m5.xlarge",
            "KeepJobFlowAliveWhenNoSteps": True,
            "TerminationProtected": True,
        },
    )
    bench.wait_for_cluster(protected, "WAITING")
    assert refusal(bench.emr.terminate_job_flows, JobFlowIds=[protected]) == (
        "ValidationException",
        "Could not shut down one or more job flows since they are termination protected.",
    )


def test_steps_that_wait_or_run_are_cancelled(bench):
    cluster = bench.cluster(bench.step("sleep", "60"), bench.step("true"), bench.step("true"))
    running, waiting, last = (step["Id"] for step in bench.steps(cluster))
    bench.wait_for_step(cluster, running, "RUNNING")
    answer = bench.emr.cancel_steps(ClusterId=cluster, StepIds=[waiting, running])
    assert answer["CancelStepsInfoList"] == [
        {"StepId": waiting, "Status": "SUBMITTED"},
        {"StepId": running, "Status": "SUBMITTED"},
    ]
    bench.wait_for_step(cluster, last)
    assert bench.states(cluster) == ["CANCELLED", "CANCELLED", "COMPLETED"]
    [again] = bench.emr.cancel_steps(ClusterId=cluster, StepIds=[last])["CancelStepsInfoList"]
    assert again == {
        "StepId": last,
        "Status": "FAILED",
        "Reason": f"Step {last} is not in a state that can be cancelled.",
    }


def test_terminating_a_cluster_interrupts_what_runs(bench):
    cluster = bench.cluster(bench.step("sleep", "60"), bench.step("true"))
    bench.wait_for_step(cluster, bench.steps(cluster)[0]["Id"], "RUNNING")
    bench.emr.terminate_job_flows(JobFlowIds=[cluster])
    bench.wait_for_cluster(cluster, "TERMINATED")
    assert bench.states(cluster) == ["INTERRUPTED", "CANCELLED"]


def test_several_steps_run_at_a_time_when_the_cluster_allows_it(bench, tmp_path):
    # Each waits for the other's file.
    meet = "touch {0}; until [ -e {1} ]; do sleep 0.05; done"
    one, two = tmp_path / "one", tmp_path / "two"
    cluster = bench.cluster(
        bench.step("sh", "-c", meet.format(one, two)),
        bench.step("sh", "-c", meet.format(two, one)),
        StepConcurrencyLevel=2,
    )
    bench.wait_for_cluster(cluster, "WAITING")
    assert bench.states(cluster) == ["COMPLETED", "COMPLETED"]


def test_a_script_of_s3_reads_and_writes_with_its_arguments(bench):
    script = bench.put("code/job.sh", "#!/bin/sh\necho told $1 $2\n")
    cluster = bench.cluster(
        bench.step(
            script, "a", "b", jar="s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar"
        )
    )
    bench.wait_for_cluster(cluster, "WAITING")
    [step] = bench.steps(cluster)
    assert step["Status"]["State"] == "COMPLETED"
    assert gzip.decompress(bench.get(f"logs/{cluster}/steps/{step['Id']}/stdout.gz")) == b"told a b\n"


def test_tags_are_added_and_removed(bench):
    cluster = bench.cluster(Tags=[{"Key": "team", "Value": "risk"}])
    bench.emr.add_tags(ResourceId=cluster, Tags=[{"Key": "stage", "Value": "dev"}])
    bench.emr.remove_tags(ResourceId=cluster, TagKeys=["team"])
    tags = bench.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Tags"]
    assert tags == [{"Key": "stage", "Value": "dev"}]


def test_the_newest_cluster_is_listed_first_and_states_filter(bench):
    old, new = bench.cluster(Name="old"), bench.cluster(Name="new")
    bench.wait_for_cluster(old, "WAITING")
    listed = [found["Id"] for found in bench.emr.list_clusters()["Clusters"]]
    assert listed.index(new) < listed.index(old)
    bench.emr.terminate_job_flows(JobFlowIds=[old])
    bench.wait_for_cluster(old, "TERMINATED")
    over = [found["Id"] for found in bench.emr.list_clusters(ClusterStates=["TERMINATED"])["Clusters"]]
    assert old in over and new not in over


@pytest.mark.parametrize(
    ("words", "jar", "reason", "message"),
    [
        ([], "command-runner.jar", "Nothing to run.",
         "command-runner.jar was given no command: its Args are the command and its arguments."),
        (["no-such-command"], "command-runner.jar", "Command not found.",
         "There is no command no-such-command on this machine. A step has spark-submit and what is on the"
         " emulator's PATH."),
        (["s3://{bucket}/no.sh"], "script-runner.jar", "File not found.",
         "The script s3://{bucket}/no.sh is not there."
         " Upload it, or correct the URI in the step's arguments."),
        (["spark-submit", "--deploy-mode", "cluster", "--py-files", "s3://{bucket}/lib.zip", "local.py"],
         "command-runner.jar", "File not found.",
         "The file s3://{bucket}/lib.zip is not there."
         " Upload it, or correct the URI in the step's arguments."),
        (["s3://no-such-bucket-at-all/x"], "script-runner.jar", "Bucket not found.",
         "s3://no-such-bucket-at-all/x: there is no bucket no-such-bucket-at-all."
         " Create it, or correct the URI."),
    ],
)  # fmt: skip
def test_a_step_that_cannot_run_says_what_is_missing(bench, words, jar, reason, message):
    words = [word.format(bucket=bench.bucket) for word in words]
    cluster = bench.cluster(bench.step(*words, jar=jar))
    bench.wait_for_cluster(cluster, "WAITING")
    details = bench.steps(cluster)[0]["Status"]["FailureDetails"]
    assert (details["Reason"], details["Message"]) == (reason, message.format(bucket=bench.bucket))


def test_what_is_not_there_is_refused_in_emr_s_words(bench):
    emr = bench.emr
    nothing = "j-0000000000000"
    assert refusal(emr.describe_cluster, ClusterId=nothing) == (
        "InvalidRequestException",
        f"Cluster id '{nothing}' is not valid.",
    )
    assert refusal(emr.add_job_flow_steps, JobFlowId=nothing, Steps=[bench.step("true")]) == (
        "ValidationException",
        "Specified job flow ID does not exist.",
    )
    cluster = bench.cluster()
    assert refusal(emr.describe_step, ClusterId=cluster, StepId="s-0") == (
        "InvalidRequestException",
        "Step id 's-0' is not valid.",
    )
    bench.emr.terminate_job_flows(JobFlowIds=[cluster])
    bench.wait_for_cluster(cluster, "TERMINATED")
    assert refusal(emr.add_job_flow_steps, JobFlowId=cluster, Steps=[bench.step("true")]) == (
        "ValidationException",
        "A job flow that is shutting down, terminated, or finished may not be modified.",
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Instances": {"KeepJobFlowAliveWhenNoSteps": True}},
         "Instances must have exactly one of InstanceGroups, InstanceFleets and MasterInstanceType;"
         " it has none."),
        ({"StepConcurrencyLevel": 257}, "StepConcurrencyLevel must be between 1 and 256; it is 257."),
        ({"ScaleDownBehavior": "NEVER"},
         "1 validation error detected: Value 'NEVER' at 'scaleDownBehavior' failed to satisfy constraint:"
         " Member must satisfy enum value set: [TERMINATE_AT_INSTANCE_HOUR, TERMINATE_AT_TASK_COMPLETION]"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 60}},
         "The emulator has no AutoTerminationPolicy: leave it out, and terminate the cluster yourself."),
    ],
)  # fmt: skip
def test_a_cluster_that_cannot_be_is_refused(bench, members, message):
    request = {"Name": "test", "Instances": {"MasterInstanceType": "m5.xlarge"}, **members}
    assert refusal(bench.emr.run_job_flow, **request) == ("ValidationException", message)
