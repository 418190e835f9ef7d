"""Clusters on a running emulator, over the wire."""

import time
import uuid

import pytest

INSTANCES = {
    "InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}],
    "KeepJobFlowAliveWhenNoSteps": True,
}
ENDED = {"COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED"}


class Bench:
    """Runs clusters and waits for what becomes of them."""

    def __init__(self, emr, s3, bucket):
        self.emr = emr
        self.s3 = s3
        self.bucket = bucket

    def uri(self, key):
        return f"s3://{self.bucket}/{key}"

    def put(self, key, body):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return self.uri(key)

    def get(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix=""):
        answer = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in answer.get("Contents", [])]

    def cluster(self, *steps, **members):
        """The id of a new cluster with these steps."""
        request = {
            "Name": "test",
            "ReleaseLabel": "emr-7.5.0",
            "Instances": INSTANCES,
            "LogUri": self.uri("logs/"),
            "Steps": list(steps),
            **members,
        }
        return self.emr.run_job_flow(**request)["JobFlowId"]

    @staticmethod
    def step(*words, on_failure="CONTINUE", jar="command-runner.jar"):
        hadoop = {"Jar": jar, "Args": list(words)}
        return {"Name": " ".join(words)[:80], "ActionOnFailure": on_failure, "HadoopJarStep": hadoop}

    def add(self, cluster, *steps):
        return self.emr.add_job_flow_steps(JobFlowId=cluster, Steps=list(steps))["StepIds"]

    def steps(self, cluster):
        """The cluster's steps, oldest first."""
        return self.emr.list_steps(ClusterId=cluster)["Steps"][::-1]

    def states(self, cluster):
        return [step["Status"]["State"] for step in self.steps(cluster)]

    def status(self, cluster):
        return self.emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]

    def wait_for_cluster(self, cluster, *states, timeout=60):
        return self._wait(lambda: self.status(cluster), lambda status: status["State"] in states, timeout)

    def wait_for_step(self, cluster, step, *states, timeout=120):
        def describe():
            return self.emr.describe_step(ClusterId=cluster, StepId=step)["Step"]

        return self._wait(describe, lambda found: found["Status"]["State"] in (states or ENDED), timeout)

    @staticmethod
    def _wait(look, enough, timeout):
        until = time.monotonic() + timeout
        while True:
            found = look()
            if enough(found):
                return found
            assert time.monotonic() < until, found
            time.sleep(0.02)


def make(client):
    name = f"emr-{uuid.uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name)
    return Bench(client("emr"), client("s3"), name)


@pytest.fixture
def make_bench():
    """make_bench(client): with a bucket of its own."""
    return make


@pytest.fixture
def bench(client):
    """With a bucket of the test's own."""
    return make(client)


@pytest.fixture(scope="module")
def module_bench(client):
    return make(client)
