"""What a person sees of edits of the project's own pipeline."""

import copy
import json
from pathlib import Path

import pytest

from penstock.definition.diff import diff, lines
from penstock.definition.structure import all_steps

COMPILED = Path(__file__).parents[3] / "compiled" / "automl_scoring.json"
FLAGSHIP = json.loads(COMPILED.read_text(encoding="utf-8"))


@pytest.fixture
def wanted():
    return copy.deepcopy(FLAGSHIP)


def step(definition, name):
    return next(step for step in all_steps(definition) if step["Name"] == name)


def seen(wanted):
    return list(lines(diff(FLAGSHIP, wanted)))


def test_a_default_is_seen_where_it_counts(wanted):
    (minimum,) = (one for one in wanted["Parameters"] if one["Name"] == "MinimumAuc")
    minimum["DefaultValue"] = 0.9
    assert seen(wanted) == [
        "change step QualityGate",
        "  Arguments.Conditions[0].RightValue: follows Parameters.MinimumAuc: DefaultValue 0.85 -> 0.9",
        "change step RejectModel",
        "  Arguments.ErrorMessage: follows Parameters.MinimumAuc: DefaultValue 0.85 -> 0.9",
        "change parameter MinimumAuc",
        "  DefaultValue: 0.85 -> 0.9",
    ]


def test_an_argument_more_is_one_change_and_what_counted_the_arguments_follows(wanted):
    step(wanted, "PrepareData")["Arguments"]["StepConfig"]["HadoopJarStep"]["Args"].insert(2, "--verbose")
    found = diff(FLAGSHIP, wanted)
    assert seen(wanted)[:4] == [
        "change step PrepareData",
        "  add Arguments.StepConfig.HadoopJarStep.Args[2]: --verbose",
        "change step CheckDataQuality",
        "  Arguments.ProcessingInputs['baseline_dataset_input'].S3Input.S3Uri: follows"
        " Steps.PrepareData.Config.Args[7]:"
        " s3://{{ env.bucket }}/{{ env.pref…PipelineExecutionId}/PrepareData/train -> --train",
    ]
    assert [len(changed.changes) for changed in found.steps.changed[1:]] == [0] * 8
    assert {followed.reference for changed in found.steps.changed for followed in changed.follows} == {
        f"Steps.PrepareData.Config.Args[{index}]" for index in (7, 9, 11, 13, 15, 17, 19)
    }


def test_a_step_by_another_name_keeps_its_place(wanted):
    text = json.dumps(wanted).replace('"Notify"', '"Tell"').replace("Steps.Notify", "Steps.Tell")
    wanted = json.loads(text)
    assert seen(wanted) == [
        "rename step Notify to Tell",
        "change step Tell",
        "  Arguments.notification_uri:"
        " s3://{{ env.bucket }}/{{…n.PipelineExecutionId}/Notify/notification.json ->"
        " s3://{{ env.bucket }}/{{…n.PipelineExecutionId}/Tell/notification.json",
        "  DisplayName: Notify -> Tell",
    ]


def test_a_step_that_leaves_its_branch(wanted):
    wanted["Steps"].append(step(wanted, "QualityGate")["Arguments"]["IfSteps"].pop())
    assert seen(wanted) == [
        "change step QualityGate",
        "  remove Arguments.IfSteps['Notify']",
    ]


def test_another_input_and_a_larger_machine(wanted):
    arguments = step(wanted, "EvaluateModel")["Arguments"]
    uri = {"Get": "Steps.CreateModel.PrimaryContainer.ModelDataUrl"}
    more = {"InputName": "model", "S3Input": {"S3Uri": uri, "LocalPath": "/opt/ml/processing/model"}}
    arguments["ProcessingInputs"].insert(0, more)
    arguments["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.m5.4xlarge"
    arguments["AppSpecification"]["ContainerArguments"] += ["--model", "/opt/ml/processing/model"]
    assert seen(wanted) == [
        "change step EvaluateModel",
        "  add Arguments.AppSpecification.ContainerArguments[2]: --model",
        "  add Arguments.AppSpecification.ContainerArguments[3]: /opt/ml/processing/model",
        "  add Arguments.ProcessingInputs['model']:"
        """ {"InputName":"model","S3Input":{"S3U…lPath":"/opt/ml/processing/model"}}""",
        "  Arguments.ProcessingResources.ClusterConfig.InstanceType:"
        " Parameters.ProcessingInstanceType -> ml.m5.4xlarge",
        "add edge CreateModel -> EvaluateModel (data)",
    ]
