import json

import pytest

from penstock.errors import PenstockError
from steps import (
    ConditionEquals,
    ConditionStep,
    FailStep,
    JsonGet,
    LambdaStep,
    ParameterString,
    Pipeline,
    ProcessingStep,
    env,
    execution_path,
)

NAMES = {"display_name": "Names", "description": "For people."}


def job(name, **keywords):
    return ProcessingStep(name, image_name="scikit-learn", **NAMES, **keywords)


def pipeline(*steps, **keywords):
    return Pipeline("line", **{**NAMES, "steps": steps, **keywords})


def refusal(call):
    with pytest.raises(PenstockError) as error:
        call()
    return str(error.value)


def test_a_definition_has_no_experiment_unless_asked_for():
    document = json.loads(pipeline(job("One")).definition())
    assert sorted(document) == ["Metadata", "Parameters", "Steps", "Version"]
    assert document["Version"] == "2020-12-01"


def test_branches_stand_inside_the_condition():
    mode = ParameterString("Mode", "a", description="x")
    gate = ConditionStep(
        "Gate",
        **NAMES,
        conditions=[ConditionEquals(mode, "a")],
        if_steps=[job("Go", depends_on=["One"])],
        else_steps=[FailStep("Stop", **NAMES, error_message=mode)],
        depends_on=["One"],
    )
    document = json.loads(pipeline(job("One"), gate, parameters=[mode]).definition())
    [_, condition] = document["Steps"]
    assert condition["Arguments"]["Conditions"] == [
        {"Type": "Equals", "LeftValue": {"Get": "Parameters.Mode"}, "RightValue": "a"}
    ]
    assert condition["DisplayName"] == "Names"
    assert condition["DependsOn"] == ["One"]
    [go] = condition["Arguments"]["IfSteps"]
    assert go["DependsOn"] == ["One"]
    assert condition["Arguments"]["ElseSteps"] == [
        {
            "Name": "Stop",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": {"Get": "Parameters.Mode"}},
            "DisplayName": "Names",
            "Description": "For people.",
        }
    ]


def test_an_execution_path_is_of_one_execution():
    assert execution_path("Step", "part").expr == {
        "Std:Join": {
            "On": "/",
            "Values": [
                f"s3://{env('bucket')}/{env('prefix')}",
                {"Get": "Execution.PipelineName"},
                {"Get": "Execution.PipelineExecutionId"},
                "Step",
                "part",
            ],
        }
    }


def test_two_steps_of_one_name_are_refused():
    assert refusal(pipeline(job("One"), job("One")).definition) == (
        "pipeline line: 2 steps are named 'One'\n"
        "Name each step once; a step of a Condition's branch is not listed again outside it."
    )


def test_a_step_listed_in_a_branch_and_outside_it_is_refused():
    go = job("Go")
    gate = ConditionStep("Gate", **NAMES, conditions=[ConditionEquals(1, 1)], if_steps=[go])
    assert refusal(pipeline(gate, go).definition) == (
        "pipeline line: 2 steps are named 'Go'\n"
        "Name each step once; a step of a Condition's branch is not listed again outside it."
    )


def test_an_unknown_step_in_depends_on_is_refused():
    assert refusal(pipeline(job("One"), job("Two", depends_on=["Oen"])).definition) == (
        "pipeline line: step Two depends on 'Oen', which is not in the pipeline\nThe steps are One, Two."
    )


def lambda_step(**keywords):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return LambdaStep("Two", lambda_func=arn, **NAMES, **keywords)


@pytest.mark.parametrize("alone", [job("One"), "One"])
@pytest.mark.parametrize(
    "step",
    [
        lambda **keywords: job("Two", **keywords),
        lambda_step,
        lambda **keywords: FailStep("Two", error_message="no", **NAMES, **keywords),
        lambda **keywords: ConditionStep("Two", conditions=[ConditionEquals(1, 1)], **NAMES, **keywords),
    ],
)
def test_a_dependency_that_is_no_list_is_refused(step, alone):
    assert refusal(lambda: step(depends_on=alone)) == (
        "step Two: depends_on is step One alone, and not a list of steps\nWrite it in brackets."
    )


def test_a_cache_configuration_that_is_none_is_refused():
    assert refusal(lambda: job("One", cache_config=True)) == (
        "step One: cache_config True is not a CacheConfig\n"
        'Write cache_config=CacheConfig(enable_caching=True, expire_after="P30D").'
    )


def test_what_the_sdk_refuses_is_a_clear_error():
    stop = FailStep(
        "Stop", **NAMES, error_message=JsonGet(step_name="Nobody", property_file="F", json_path="a")
    )
    assert refusal(pipeline(stop).definition) == (
        "pipeline line: The input steps do not contain the step of name: Nobody\nThe steps are Stop."
    )


def test_a_pipeline_name_with_an_underscore_is_refused():
    assert refusal(lambda: Pipeline("my_line", **NAMES, steps=[job("One")])) == (
        "pipeline my_line: PipelineName: 'my_line' does not match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}\n"
        "CreatePipeline would refuse that."
    )


def test_a_pipeline_needs_a_description():
    assert refusal(lambda: pipeline(job("One"), description="")) == "pipeline line: description is missing"


def test_a_control_step_needs_names_for_people():
    assert refusal(lambda: FailStep("Stop", display_name="", description="x", error_message="x")) == (
        "step Stop: display_name is missing"
    )
