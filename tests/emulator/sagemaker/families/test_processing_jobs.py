"""What is particular to processing jobs."""

import pytest

from penstock.emulator.sagemaker.errors import ServiceError

S3_INPUT = {"S3Uri": "s3://bucket/in", "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix"}
S3_OUTPUT = {
    "S3Uri": "s3://bucket/out",
    "LocalPath": "/opt/ml/processing/out",
    "S3UploadMode": "EndOfJob",
}


def refusal(bench, inputs=(), outputs=()):
    with pytest.raises(ServiceError) as caught:
        bench.processing_job(ProcessingInputs=list(inputs), ProcessingOutputConfig={"Outputs": list(outputs)})
    assert caught.value.code == "ValidationException"
    return caught.value.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"LocalPath": "/tmp/in"},
            "The LocalPath of processing input 'in' must begin with /opt/ml/processing/; it is '/tmp/in'.",
        ),
        (
            {"LocalPath": None},
            "The LocalPath of processing input 'in' must begin with /opt/ml/processing/; it has none.",
        ),
        (
            {"S3CompressionType": "Gzip", "S3InputMode": "File"},
            "Processing input 'in' can have S3CompressionType Gzip only with S3InputMode Pipe.",
        ),
    ],
)
def test_inputs_are_checked(bench, change, message):
    assert refusal(bench, inputs=[{"InputName": "in", "S3Input": S3_INPUT | change}]) == message


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            {"S3Output": S3_OUTPUT | {"LocalPath": "/opt/ml/processing-out"}},
            "The LocalPath of processing output 'out' must begin with /opt/ml/processing/;"
            " it is '/opt/ml/processing-out'.",
        ),
        ({}, "Processing output 'out' must have exactly one of S3Output and FeatureStoreOutput."),
        (
            {"FeatureStoreOutput": {"FeatureGroupName": "features"}},
            "Processing output 'out' can have FeatureStoreOutput only when AppManaged is true.",
        ),
    ],
)
def test_outputs_are_checked(bench, output, message):
    assert refusal(bench, outputs=[{"OutputName": "out", **output}]) == message


def test_names_of_inputs_and_outputs_are_unique(bench):
    one = {"InputName": "in", "S3Input": S3_INPUT}
    assert refusal(bench, inputs=[one, one]) == (
        "InputName must be unique within a processing job: 'in' is there twice."
    )
    one = {"OutputName": "out", "S3Output": S3_OUTPUT}
    assert refusal(bench, outputs=[one, one]) == (
        "OutputName must be unique within a processing job: 'out' is there twice."
    )


def test_an_ended_job_can_be_deleted_and_its_name_used_again(bench):
    bench.processing_job("job")
    with pytest.raises(ServiceError) as caught:
        bench("DeleteProcessingJob", ProcessingJobName="job")
    assert (caught.value.code, caught.value.message) == (
        "ResourceInUse",
        "The processing job arn:aws:sagemaker:us-east-1:000000000000:processing-job/job is in status"
        " InProgress.",
    )
    bench.end_job("ProcessingJob", "job")
    bench("DeleteProcessingJob", ProcessingJobName="job")
    bench.processing_job("job")
