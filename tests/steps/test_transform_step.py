import pytest

from penstock.errors import PenstockError
from steps import TransformStep


def step(**keywords):
    return TransformStep(
        "Score",
        **{
            "display_name": "Score",
            "description": "Scores.",
            "model_name": "model",
            "data": "s3://bucket/data",
            "output_path": "s3://bucket/scores",
            **keywords,
        },
    )


def refusal(**keywords):
    with pytest.raises(PenstockError) as error:
        step(**keywords)
    return str(error.value)


def test_a_step_is_the_request_it_becomes():
    request = step(
        content_type="text/csv",
        accept="text/csv",
        split_type="Line",
        assemble_with="Line",
        batch_strategy="MultiRecord",
        input_filter="$[1:]",
        join_source="Input",
        output_filter="$[0,-1]",
        max_payload_in_mb=6,
        max_concurrent_transforms=2,
        environment={"LEVEL": "1"},
    ).to_request()
    assert request["Type"] == "Transform"
    assert request["Arguments"] == {
        "ModelName": "model",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": "s3://bucket/scores",
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": "{{ env.kms_key }}",
        },
        "TransformResources": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeKmsKeyId": "{{ env.kms_key }}",
        },
        "BatchStrategy": "MultiRecord",
        "MaxConcurrentTransforms": 2,
        "MaxPayloadInMB": 6,
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
        "Environment": {"LEVEL": "1"},
        "Tags": "{{ env.tags }}",
    }
    assert request["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert len(request["RetryPolicies"]) == 2


def test_what_is_not_given_is_not_sent():
    assert {"BatchStrategy", "DataProcessing", "Environment"}.isdisjoint(step().arguments)


def test_the_output_path_is_a_property():
    path = step().properties.TransformOutput.S3OutputPath
    assert path.expr == {"Get": "Steps.Score.TransformOutput.S3OutputPath"}


def test_what_create_transform_job_refuses_is_refused():
    assert refusal(split_type="Lines") == (
        "step Score: TransformInput.SplitType: 'Lines' is not one of None, Line, RecordIO, TFRecord\n"
        "CreateTransformJob would refuse that."
    )
