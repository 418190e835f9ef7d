"""What an EMR step refuses before it asks EMR for anything; with EMR: tests/emulator/emr."""

import pytest

GROUPS = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]
CLUSTER = {"ReleaseLabel": "emr-7.5.0", "Instances": {"InstanceGroups": GROUPS}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Step Prepare must have either ClusterId or ClusterConfig; it has neither."),
        (
            {"ClusterId": "j-1", "ClusterConfig": CLUSTER},
            "Step Prepare must have either ClusterId or ClusterConfig; it has both.",
        ),
        (
            {
                "ClusterConfig": {
                    "Name": "mine",
                    "Steps": [],
                    "AutoTerminationPolicy": {},
                    "Instances": {
                        "InstanceGroups": GROUPS,
                        "KeepJobFlowAliveWhenNoSteps": True,
                        "TerminationProtected": True,
                    },
                }
            },
            "Step Prepare: ClusterConfig must not contain Name, Steps, AutoTerminationPolicy,"
            " Instances.KeepJobFlowAliveWhenNoSteps, Instances.TerminationProtected."
            " The step makes the cluster and terminates it.",
        ),
        (
            {"ClusterConfig": {"Instances": {"InstanceGroups": GROUPS, "InstanceFleets": []}}},
            "Step Prepare: ClusterConfig.Instances must contain either InstanceGroups or InstanceFleets.",
        ),
        (
            {"ClusterConfig": {"Instances": {}}},
            "Step Prepare: ClusterConfig.Instances must contain either InstanceGroups or InstanceFleets.",
        ),
        (
            {"ClusterConfig": {"ReleaseLabel": "emr-7.5.0"}},
            "Step Prepare: ClusterConfig must contain Instances.",
        ),
        (
            {"ClusterConfig": {"Get": "Execution.PipelineName"}},
            "Step Prepare: ClusterConfig must contain Instances.",
        ),
        (
            {"ClusterConfig": CLUSTER, "ExecutionRoleArn": "arn:aws:iam::000000000000:role/x"},
            "Step Prepare: ExecutionRoleArn is for a step with a ClusterId only.",
        ),
        (
            {"ClusterId": "j-1", "StepConfig": "true"},
            "Step Prepare: Arguments need a StepConfig with a HadoopJarStep.",
        ),
        (
            {"ClusterId": "j-1", "Cluster": "j-1"},
            "Step Prepare: unknown Argument member 'Cluster'."
            " Known: StepConfig, ClusterId, ExecutionRoleArn, ClusterConfig.",
        ),
    ],
)
def test_what_an_emr_step_cannot_ask_for_fails_it_with_a_message(start, arguments, message):
    step_config = {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}
    step = {"Name": "Prepare", "Type": "EMR", "Arguments": {"StepConfig": step_config, **arguments}}
    execution = start([step])
    assert execution.wait() == "Failed"
    assert execution.entries["Prepare"]["FailureReason"] == f"ClientError: {message}"
    assert execution.entries["Prepare"]["Metadata"] == {}
