"""What the instances of EMR clusters need: by what the arguments of their steps name."""

import pytest

from penstock.deployment import environments
from penstock.deployment.policy import instances

SCRIPT = f"s3://things/penstock/assets/{'0' * 64}/job.py"
OUTPUT = {
    "Std:Join": {"On": "/", "Values": ["s3://things/out", {"Get": "Execution.PipelineExecutionId"}, "a"]}
}
FIXED = "s3://things/shared/table"


def step(*args, name="Spark", **cluster):
    arguments = {
        "ClusterConfig": {"Instances": {}, **cluster},
        "StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(args)}},
    }
    return {"Name": name, "Type": "EMR", "Arguments": arguments}


@pytest.fixture
def needs(project):
    environment = environments.load(project, "local")

    def of(*steps, parameters=()):
        definition = {"Parameters": list(parameters), "Steps": list(steps)}
        document = instances.needs(definition, environment, "p")
        return document and {
            statement["Sid"]: (statement["Action"], statement["Resource"])
            for statement in document["Statement"]
        }

    return of


def things(*keys):
    return [f"arn:aws:s3:::things/{key}*" for key in keys]


def test_what_an_argument_names_is_read_and_what_is_of_the_execution_is_written(needs):
    source = {"Name": "DataUri", "Type": "String", "DefaultValue": "s3://things/data/a.csv"}
    found = needs(
        step("spark-submit", SCRIPT, "--input", {"Get": "Parameters.DataUri"}, "--out", OUTPUT),
        parameters=[source],
    )
    assert found == {
        "ListBuckets": (["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::things"]),
        "ReadObjects": (["s3:GetObject"], things("data/a.csv", "out/*/a", "penstock/assets/")),
        "WriteObjects": (["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"], things("out/*/a")),
    }


def test_what_another_step_reads_of_a_steps_arguments_is_written(needs):
    reader = step("cat", {"Get": "Steps.Spark.Config.Args[1]"}, name="Reader")
    found = needs(step("spark-submit", FIXED, SCRIPT), reader)
    assert found["WriteObjects"][1] == things("shared/table")
    assert "WriteObjects" not in needs(step("spark-submit", FIXED, SCRIPT))
    assert "WriteObjects" not in needs(step("cat", name="Spark"), reader)


def test_the_log_of_a_cluster_is_written(needs):
    found = needs(step("true", LogUri="s3://things/logs/"))
    assert found == {"WriteLogs": (["s3:AbortMultipartUpload", "s3:PutObject"], things("logs/"))}


def test_no_cluster_needs_no_role(needs):
    assert needs() is None
    running = {"ClusterId": "j-1", "StepConfig": step("true")["Arguments"]["StepConfig"]}
    assert needs({"Name": "Spark", "Type": "EMR", "Arguments": running}) is None


def test_the_environments_key_is_used(project):
    project.edit_environment("[tags]", 'kms_key = "arn:aws:kms:us-east-1:123456789012:key/k"\n[tags]')
    environment = environments.load(project, "local")
    document = instances.needs({"Steps": [step(FIXED)]}, environment, "p")
    [statement] = [one for one in document["Statement"] if one["Sid"] == "UseKeys"]
    assert statement["Resource"] == ["arn:aws:kms:us-east-1:123456789012:key/k"]
