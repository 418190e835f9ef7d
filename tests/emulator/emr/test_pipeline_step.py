"""EMR steps of pipelines, started with boto3 as anybody starts them."""

import json
import time
import uuid

import pytest

ROLE = "penstock-emr-tests"
CLUSTER = {
    "ReleaseLabel": "emr-7.5.0",
    "Instances": {
        "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]
    },
}
RUNNING = ("Executing", "Stopping")


class Pipelines:
    def __init__(self, client):
        self.sagemaker = client("sagemaker")
        self.name = f"emr-{uuid.uuid4().hex[:8]}"
        roles = client("iam").list_roles()["Roles"]
        if ROLE not in {role["RoleName"] for role in roles}:
            client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")

    def start(self, *steps, name=None):
        pipeline = name or self.name
        definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": list(steps)})
        request = {"PipelineName": pipeline, "PipelineDefinition": definition}
        known = [each["PipelineName"] for each in self.sagemaker.list_pipelines()["PipelineSummaries"]]
        role = f"arn:aws:iam::000000000000:role/{ROLE}"
        make = self.sagemaker.update_pipeline if pipeline in known else self.sagemaker.create_pipeline
        make(**request, RoleArn=role)
        return self.sagemaker.start_pipeline_execution(PipelineName=pipeline)["PipelineExecutionArn"]

    def entries(self, arn):
        listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
        return {entry["StepName"]: entry for entry in listed["PipelineExecutionSteps"]}

    def end(self, arn, timeout=60):
        until = time.monotonic() + timeout
        while True:
            described = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if described["PipelineExecutionStatus"] not in RUNNING:
                return described["PipelineExecutionStatus"], self.entries(arn)
            assert time.monotonic() < until, self.entries(arn)
            time.sleep(0.05)

    def run(self, *steps):
        return self.end(self.start(*steps))


def emr(name, *words, **arguments):
    hadoop = {"Jar": "command-runner.jar", "Args": list(words)}
    keys = {key: arguments.pop(key) for key in ("CacheConfig", "DependsOn") if key in arguments}
    step_config = {"HadoopJarStep": hadoop}
    return {"Name": name, "Type": "EMR", "Arguments": {"StepConfig": step_config, **arguments}, **keys}


@pytest.fixture
def pipelines(client):
    return Pipelines(client)


def test_a_step_makes_its_cluster_and_the_cluster_ends_with_it(bench, pipelines):
    cluster = {**CLUSTER, "LogUri": bench.uri("logs")}
    said = {
        "Std:Join": {
            "On": " ",
            "Values": [{"Get": "Steps.Prepare.Config.Args[1]"}, {"Get": "Steps.Prepare.Status.State"}],
        }
    }
    on_it = {"Get": "Steps.Prepare.ClusterId"}
    _, entries = pipelines.run(
        emr("Prepare", "echo", "hello", ClusterConfig=cluster),
        {"Name": "Tell", "Type": "Fail", "Arguments": {"ErrorMessage": said}},
        emr("TooLate", "true", ClusterId=on_it, DependsOn=["Prepare"]),
    )
    metadata = entries["Prepare"]["Metadata"]["EMR"]
    assert entries["Prepare"]["StepStatus"] == "Succeeded"
    assert metadata["StepName"].startswith("pipelines-")
    assert metadata["LogFilePath"] == bench.uri(f"logs/{metadata['ClusterId']}/steps/{metadata['StepId']}/")
    assert entries["Tell"]["FailureReason"] == "hello COMPLETED"
    bench.wait_for_cluster(metadata["ClusterId"], "TERMINATED")
    [step] = bench.steps(metadata["ClusterId"])
    assert (step["Id"], step["Name"]) == (metadata["StepId"], metadata["StepName"])


def test_a_running_cluster_is_used_left_running_and_the_step_is_cached(bench, pipelines):
    cluster = bench.cluster()
    cached = {"Enabled": True, "ExpireAfter": "1d"}
    step = emr("Prepare", "true", ClusterId=cluster, CacheConfig=cached)
    status, first = pipelines.run(step)
    assert status == "Succeeded"
    assert bench.wait_for_cluster(cluster, "WAITING")
    status, second = pipelines.run(step)
    assert status == "Succeeded" and "CacheHitResult" in second["Prepare"]
    assert second["Prepare"]["Metadata"] == first["Prepare"]["Metadata"]
    assert len(bench.steps(cluster)) == 1


def test_a_step_that_fails_tells_what_the_program_said_last(bench, pipelines):
    cluster = bench.cluster()
    status, entries = pipelines.run(emr("Prepare", "sh", "-c", "echo no rows >&2; exit 1", ClusterId=cluster))
    found = entries["Prepare"]["Metadata"]["EMR"]["StepId"]
    assert status == "Failed"
    assert entries["Prepare"]["FailureReason"] == (
        f"ClientError: EMR step {found} on cluster {cluster} is FAILED: no rows"
    )


def test_stopping_an_execution_cancels_the_step_and_terminates_its_own_cluster(bench, pipelines):
    arn = pipelines.start(emr("Prepare", "sleep", "60", ClusterConfig=CLUSTER))
    until = time.monotonic() + 30
    while "EMR" not in pipelines.entries(arn).get("Prepare", {}).get("Metadata", {}):
        assert time.monotonic() < until
        time.sleep(0.05)
    cluster = pipelines.entries(arn)["Prepare"]["Metadata"]["EMR"]["ClusterId"]
    pipelines.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    status, entries = pipelines.end(arn)
    assert (status, entries["Prepare"]["StepStatus"]) == ("Stopped", "Stopped")
    bench.wait_for_cluster(cluster, "TERMINATED")
    assert bench.states(cluster) == ["CANCELLED"]


def test_a_cluster_that_has_ended_takes_no_step(bench, pipelines):
    cluster = bench.cluster()
    bench.emr.terminate_job_flows(JobFlowIds=[cluster])
    bench.wait_for_cluster(cluster, "TERMINATED")
    _, entries = pipelines.run(emr("Prepare", "true", ClusterId=cluster))
    assert entries["Prepare"]["FailureReason"] == (
        f"ClientError: Cluster {cluster} of step Prepare is TERMINATED. It must be one of STARTING,"
        " BOOTSTRAPPING, RUNNING, WAITING: give the ClusterId of a cluster that is, or a ClusterConfig."
    )
    _, entries = pipelines.run(emr("Prepare", "true", ClusterId="j-0000000000000"))
    assert entries["Prepare"]["FailureReason"] == (
        "ClientError: Failed to invoke emr:DescribeCluster. Error Details: Cluster id 'j-0000000000000' is"
        " not valid."
    )
