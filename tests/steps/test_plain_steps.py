"""Lambda, Callback and EMR steps, and the functions that a pipeline brings along."""

import pytest

from penstock.errors import PenstockError
from steps import (
    CacheConfig,
    CallbackOutput,
    CallbackOutputTypeEnum,
    CallbackStep,
    EMRStep,
    EMRStepConfig,
    Function,
    LambdaOutput,
    LambdaOutputTypeEnum,
    LambdaStep,
    ParameterString,
    Pipeline,
    env,
)

NAMES = {"display_name": "Step", "description": "A step."}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:tell"
TELL = Function("tell_people", "jobs/tell.py", "Tells people.")
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/approvals"
RUN = EMRStepConfig(
    "command-runner.jar", ["spark-submit", "s3://bucket/a.py"], output_args={"out": "s3://b/o"}
)
INSTANCES = {"InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]}
CLUSTER = {"ReleaseLabel": "emr-7.5.0", "Instances": INSTANCES}


def refusal(call):
    with pytest.raises(PenstockError) as error:
        call()
    return str(error.value)


def tell(**keywords):
    return LambdaStep("Tell", **{"lambda_func": ARN, **NAMES, **keywords})


def ask(**keywords):
    return CallbackStep("Ask", **{"sqs_queue_url": QUEUE, "inputs": {}, "outputs": [], **NAMES, **keywords})


def run(**keywords):
    return EMRStep("Run", **{"step_config": RUN, **NAMES, **keywords})


def test_a_lambda_step_invokes_a_function_by_its_arn():
    outputs = [LambdaOutput("message_id", LambdaOutputTypeEnum.String)]
    step = tell(inputs={"text": "done", "count": 2, "good": True}, outputs=outputs)
    assert step.to_request() == {
        "Name": "Tell",
        "Type": "Lambda",
        "DisplayName": "Step",
        "Description": "A step.",
        "Arguments": {"text": "done", "count": 2, "good": True},
        "FunctionArn": ARN,
        "OutputParameters": [{"OutputName": "message_id", "OutputType": "String"}],
    }
    assert step.properties.Outputs["message_id"].expr == {"Get": "Steps.Tell.OutputParameters['message_id']"}


def test_a_lambda_step_brings_a_function_along():
    step = tell(lambda_func=TELL)
    pipeline = Pipeline("line", steps=[step], functions=[TELL], **NAMES)
    assert step.to_request()["FunctionArn"] == '{{ function("tell_people") }}'
    assert pipeline.functions == {
        "tell_people": {
            "source": "jobs/tell.py",
            "handler": "tell.handler",
            "description": "Tells people.",
            "runtime": "python3.11",
            "timeout": 600,
            "memory": 256,
            "role": "{{ env.function_role }}",
            "environment": {},
            "queue": None,
            "enabled": True,
        }
    }


def test_an_unknown_output_is_refused():
    step = tell(outputs=[LambdaOutput("message_id", LambdaOutputTypeEnum.String)])
    assert refusal(lambda: step.properties.Outputs["mesage_id"]) == (
        "properties of step Tell: Outputs has no 'mesage_id'\nDid you mean message_id?"
    )


def test_an_input_with_a_structure_is_refused():
    assert refusal(lambda: tell(inputs={"rows": [1, 2]})) == (
        "step Tell: input rows is a list, and not a string, number, boolean or pipeline variable\n"
        "Pass a structure as JSON text."
    )


def test_an_output_named_twice_is_refused():
    output = LambdaOutput("a", LambdaOutputTypeEnum.String)
    assert refusal(lambda: tell(outputs=[output, output])) == "step Tell: 2 outputs are named 'a'"


def test_too_many_outputs_are_refused():
    outputs = [CallbackOutput(f"o{number}", CallbackOutputTypeEnum.String) for number in range(51)]
    assert refusal(lambda: ask(outputs=outputs)) == (
        "step Ask: 51 outputs are more than the 50 that a step can have"
    )


def test_something_else_than_an_arn_is_refused():
    assert refusal(lambda: tell(lambda_func="tell")) == (
        "step Tell: lambda_func 'tell' is not the ARN of a function\n"
        "Give an ARN, or a Function made from a script of the project."
    )


def test_a_function_that_runs_longer_than_a_step_waits_is_refused():
    slow = Function("slow", "jobs/slow.py", "Takes its time.", timeout=900)
    assert refusal(lambda: tell(lambda_func=slow)) == (
        "step Tell: function slow has a timeout of 900 s, and a Lambda step waits 600 s at most"
    )


def test_a_folder_needs_a_handler():
    assert refusal(lambda: Function("tell", "jobs/tell", "Tells people.")) == (
        "function tell: handler is missing\nFor a folder, give it as MODULE.FUNCTION."
    )


def test_a_function_that_lambda_would_refuse_is_refused():
    assert refusal(lambda: Function("tell", "jobs/tell.py", "Tells people.", memory=64)) == (
        "function tell: MemorySize: 64 is less than 128\nCreateFunction would refuse that."
    )


def test_two_functions_of_one_name_are_refused():
    other = Function("tell_people", "jobs/other.py", "Tells others.")
    steps = [tell(lambda_func=TELL)]
    assert refusal(lambda: Pipeline("line", steps=steps, functions=[other], **NAMES)) == (
        "function tell_people: two functions with different settings have this name"
    )


def test_an_over_long_name_of_a_function_is_refused():
    name = "l" * 60
    assert refusal(lambda: Pipeline(name, steps=[], functions=[TELL], **NAMES)) == (
        f"function tell_people: its name at AWS, {name}-tell-people, is longer than 64"
    )


def test_a_callback_step_asks_through_a_queue():
    step = ask(
        sqs_queue_url=env("approval_queue_url"),
        inputs={"auc": 0.9},
        outputs=[CallbackOutput("decision", CallbackOutputTypeEnum.String)],
    )
    assert step.to_request() == {
        "Name": "Ask",
        "Type": "Callback",
        "DisplayName": "Step",
        "Description": "A step.",
        "Arguments": {"auc": 0.9},
        "SqsQueueUrl": "{{ env.approval_queue_url }}",
        "OutputParameters": [{"OutputName": "decision", "OutputType": "String"}],
    }
    assert step.properties.Outputs["decision"].expr == {"Get": "Steps.Ask.OutputParameters['decision']"}


def test_a_queue_that_is_no_url_is_refused():
    assert refusal(lambda: ask(sqs_queue_url="approvals")) == (
        "step Ask: sqs_queue_url 'approvals' does not match (https|s3)://([^/]+)/?(.*)"
    )


def test_an_emr_step_makes_a_cluster():
    step = run(cluster_config=CLUSTER, depends_on=["Before"])
    assert step.to_request() == {
        "Name": "Run",
        "Type": "EMR",
        "DisplayName": "Step",
        "Description": "A step.",
        "DependsOn": ["Before"],
        "Arguments": {
            "ClusterConfig": CLUSTER,
            "StepConfig": {
                "HadoopJarStep": {
                    "Jar": "command-runner.jar",
                    "Args": ["spark-submit", "s3://bucket/a.py", "--out", "s3://b/o"],
                }
            },
        },
    }


def test_an_emr_step_runs_on_a_cluster_by_its_id():
    step = run(cluster_id=ParameterString("Cluster", description="x"), execution_role_arn=env("role"))
    assert set(step.arguments) == {"ClusterId", "ExecutionRoleArn", "StepConfig"}
    cached = run(cluster_id="j-1", cache_config=CacheConfig(enable_caching=True, expire_after="P1D"))
    assert cached.to_request()["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P1D"}


def test_other_steps_refer_to_what_emr_says_of_the_step():
    step = run(cluster_config=CLUSTER)
    assert step.emr_outputs["out"].expr == {"Get": "Steps.Run.Config.Args[3]"}
    assert step.properties.ClusterId.expr == {"Get": "Steps.Run.ClusterId"}
    assert step.properties.Status.State.expr == {"Get": "Steps.Run.Status.State"}
    assert refusal(lambda: step.properties.Config.Arguments) == (
        "properties of step Run: Config has no member Arguments\nDid you mean Args?"
    )


@pytest.mark.parametrize("both", [{}, {"cluster_id": "j-1", "cluster_config": CLUSTER}])
def test_an_emr_step_needs_one_cluster(both):
    assert refusal(lambda: run(**both)) == "step Run: needs either cluster_id or cluster_config"


def test_an_execution_role_needs_a_running_cluster():
    assert refusal(lambda: run(cluster_config=CLUSTER, execution_role_arn=env("role"))) == (
        "step Run: execution_role_arn needs a cluster_id"
    )


@pytest.mark.parametrize("key", ["Name", "Steps", "AutoTerminationPolicy"])
def test_what_pipelines_decides_about_a_cluster_is_refused(key):
    assert refusal(lambda: run(cluster_config={**CLUSTER, key: {}})) == (
        f"step Run: cluster_config cannot have {key}\n"
        "Pipelines makes the cluster for this step and terminates it after it."
    )


@pytest.mark.parametrize("key", ["KeepJobFlowAliveWhenNoSteps", "TerminationProtected"])
def test_what_pipelines_decides_about_the_instances_is_refused(key):
    assert refusal(lambda: run(cluster_config={"Instances": {**INSTANCES, key: True}})) == (
        f"step Run: cluster_config cannot have Instances.{key}\n"
        "Pipelines makes the cluster for this step and terminates it after it."
    )


@pytest.mark.parametrize("instances", [{}, {**INSTANCES, "InstanceFleets": []}])
def test_a_cluster_needs_either_groups_or_fleets(instances):
    assert refusal(lambda: run(cluster_config={"Instances": instances})) == (
        "step Run: cluster_config.Instances needs either InstanceGroups or InstanceFleets"
    )


def test_a_cluster_needs_instances():
    assert refusal(lambda: run(cluster_config={})) == "step Run: cluster_config needs Instances"


def test_a_cluster_that_emr_would_refuse_is_refused():
    config = {**CLUSTER, "Applications": [{"Nom": "Spark"}]}
    assert refusal(lambda: run(cluster_config=config)) == (
        "step Run: Applications[0]: Nom is not a member here\nRunJobFlow would refuse that."
    )
