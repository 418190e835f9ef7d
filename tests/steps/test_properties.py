import pytest

from penstock.errors import PenstockError
from steps import ProcessingInput, ProcessingOutput, ProcessingStep


@pytest.fixture
def step():
    return ProcessingStep(
        "Tidy",
        display_name="Tidy",
        description="Tidies.",
        image_name="scikit-learn",
        inputs=[ProcessingInput("data", "s3://bucket/data", "/opt/ml/processing/input")],
        outputs=[
            ProcessingOutput("train", "/opt/ml/processing/train", "s3://bucket/train"),
            ProcessingOutput("test", "/opt/ml/processing/test", "s3://bucket/test"),
        ],
    )


def refusal(reference):
    with pytest.raises(PenstockError) as error:
        reference()
    return str(error.value)


def test_a_property_is_a_reference_to_the_describe_response(step):
    outputs = step.properties.ProcessingOutputConfig.Outputs
    path = "Steps.Tidy.ProcessingOutputConfig.Outputs"
    assert outputs["train"].S3Output.S3Uri.expr == {"Get": f"{path}['train'].S3Output.S3Uri"}
    assert outputs[1].S3Output.S3Uri.expr == {"Get": f"{path}[1].S3Output.S3Uri"}
    assert step.properties.Environment["LEVEL"].expr == {"Get": "Steps.Tidy.Environment['LEVEL']"}


def test_a_property_knows_its_step(step):
    assert step.properties.ProcessingJobName._referenced_steps == [step]


def test_the_members_can_be_listed(step):
    assert {"ProcessingJobArn", "ProcessingOutputConfig"} <= set(dir(step.properties))


def test_an_unknown_member_is_refused_with_the_one_nearest_to_it(step):
    assert refusal(lambda: step.properties.ProcessingOutputs) == (
        "properties of step Tidy: DescribeProcessingJobResponse has no member ProcessingOutputs\n"
        "Did you mean ProcessingInputs?"
    )


def test_an_unknown_member_with_none_near_it_lists_all(step):
    assert refusal(lambda: step.properties.ProcessingOutputConfig.Zzz) == (
        "properties of step Tidy: ProcessingOutputConfig has no member Zzz\nIt has Outputs, KmsKeyId."
    )


def test_an_output_that_the_step_does_not_have_is_refused(step):
    assert refusal(lambda: step.properties.ProcessingOutputConfig.Outputs["trian"]) == (
        "properties of step Tidy: ProcessingOutputConfig.Outputs has no 'trian'\nDid you mean train?"
    )


def test_a_text_has_no_members(step):
    assert refusal(lambda: step.properties.ProcessingJobName.Length) == (
        "properties of step Tidy: ProcessingJobName has no members: it is a string"
    )


def test_only_lists_and_maps_are_indexed(step):
    assert refusal(lambda: step.properties.ProcessingJobName[0]) == (
        "properties of step Tidy: ProcessingJobName cannot be indexed: it is a string"
    )


def test_a_missing_member_is_an_attribute_error_as_well(step):
    assert not hasattr(step.properties, "Nothing")
