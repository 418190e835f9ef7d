import pytest

from penstock.errors import PenstockError
from steps import (
    CacheConfig,
    ParameterInteger,
    ParameterString,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    PropertyFile,
    execution_path,
)

NAMES = {"display_name": "Tidy up", "description": "Tidies the data."}


def step(**keywords):
    return ProcessingStep("Tidy", **{**NAMES, "image_name": "scikit-learn", **keywords})


def refusal(**keywords):
    with pytest.raises(PenstockError) as error:
        step(**keywords)
    return str(error.value)


def test_a_step_is_the_request_it_becomes():
    request = step(
        code="jobs/tidy.py",
        container_arguments=["--fast"],
        inputs=[ProcessingInput("data", "s3://bucket/data", "/opt/ml/processing/input/data")],
        outputs=[ProcessingOutput("clean", "/opt/ml/processing/clean", "s3://bucket/clean")],
        environment={"LEVEL": "1"},
        instance_type="ml.m5.xlarge",
    ).to_request()
    reading = {
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "S3CompressionType": "None",
    }
    assert request == {
        "Name": "Tidy",
        "Type": "Processing",
        "DisplayName": "Tidy up",
        "Description": "Tidies the data.",
        "Arguments": {
            "AppSpecification": {
                "ImageUri": '{{ image("scikit-learn") }}',
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/tidy.py"],
                "ContainerArguments": ["--fast"],
            },
            "ProcessingInputs": [
                {
                    "InputName": "data",
                    "AppManaged": False,
                    "S3Input": {
                        "S3Uri": "s3://bucket/data",
                        "LocalPath": "/opt/ml/processing/input/data",
                        **reading,
                    },
                },
                {
                    "InputName": "code",
                    "AppManaged": False,
                    "S3Input": {
                        "S3Uri": '{{ asset("jobs/tidy.py") }}',
                        "LocalPath": "/opt/ml/processing/input/code",
                        **reading,
                    },
                },
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "clean",
                        "AppManaged": False,
                        "S3Output": {
                            "S3Uri": "s3://bucket/clean",
                            "LocalPath": "/opt/ml/processing/clean",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
                "KmsKeyId": "{{ env.kms_key }}",
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.xlarge",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                    "VolumeKmsKeyId": "{{ env.kms_key }}",
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "Environment": {"LEVEL": "1"},
            "NetworkConfig": {
                "EnableNetworkIsolation": "{{ env.network_isolation }}",
                "VpcConfig": "{{ env.vpc }}",
            },
            "RoleArn": "{{ env.role }}",
            "Tags": "{{ env.tags }}",
        },
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
        "RetryPolicies": [
            {
                "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"],
                "IntervalSeconds": 3,
                "BackoffRate": 2.0,
                "MaxAttempts": 5,
            },
            {
                "ExceptionType": ["SageMaker.CAPACITY_ERROR"],
                "IntervalSeconds": 60,
                "BackoffRate": 1.5,
                "ExpireAfterMin": 60,
            },
        ],
    }


def test_cache_and_retries_can_be_turned_off():
    request = step(cache_config=CacheConfig(enable_caching=False), retry_policies=[]).to_request()
    assert request["CacheConfig"] == {"Enabled": False}
    assert "RetryPolicies" not in request


def test_pipeline_variables_fit_anywhere():
    step(
        instance_type=ParameterString("Type", description="x"),
        instance_count=ParameterInteger("Count", description="x"),
        container_arguments=["--id", execution_path("Tidy")],
    )


def test_property_files_are_declared():
    request = step(
        outputs=[ProcessingOutput("report", "/opt/ml/processing/report", "s3://bucket/report")],
        property_files=[PropertyFile("Numbers", output_name="report", path="numbers.json")],
    ).to_request()
    assert request["PropertyFiles"] == [
        {"PropertyFileName": "Numbers", "OutputName": "report", "FilePath": "numbers.json"}
    ]


def test_an_unknown_instance_type_is_refused_with_those_near_it():
    assert refusal(instance_type="ml.m5.largest") == (
        "step Tidy: ProcessingResources.ClusterConfig.InstanceType: 'ml.m5.largest' is not a value"
        " that AWS knows (near it: ml.m5.large, ml.m5.xlarge, ml.m5.4xlarge)\n"
        "CreateProcessingJob would refuse that."
    )


def test_a_value_of_the_wrong_type_is_refused():
    assert refusal(instance_count="two") == (
        "step Tidy: ProcessingResources.ClusterConfig.InstanceCount: 'two' is not an integer\n"
        "CreateProcessingJob would refuse that."
    )


def test_a_number_beyond_its_limit_is_refused():
    assert refusal(max_runtime_in_seconds=1_000_000) == (
        "step Tidy: StoppingCondition.MaxRuntimeInSeconds: 1000000 is more than 777600\n"
        "CreateProcessingJob would refuse that."
    )


def test_an_uri_that_is_none_is_refused():
    assert refusal(inputs=[ProcessingInput("data", "bucket/data", "/opt/ml/processing/input")]) == (
        "step Tidy: ProcessingInputs[0].S3Input.S3Uri: 'bucket/data' does not match (https|s3)://([^/]+)/?(.*)\n"
        "CreateProcessingJob would refuse that."
    )


def test_a_step_needs_one_image():
    assert refusal(image_name=None) == "step Tidy: needs either image_name or image_uri"
    assert refusal(image_uri="x") == "step Tidy: needs either image_name or image_uri"


def test_code_brings_its_own_entrypoint():
    message = refusal(code="jobs/tidy.py", container_entrypoint=["sh"])
    assert message == "step Tidy: code and container_entrypoint exclude each other"


def test_a_property_file_of_an_unknown_output_is_refused():
    assert refusal(
        outputs=[ProcessingOutput("report", "/opt/ml/processing/report", "s3://bucket/report")],
        property_files=[PropertyFile("Numbers", output_name="reports", path="numbers.json")],
    ) == (
        "step Tidy: property file Numbers is in output 'reports', which the step does not have\n"
        "The outputs are report."
    )


@pytest.mark.parametrize("missing", ["display_name", "description"])
def test_names_for_people_are_required(missing):
    assert refusal(**{missing: ""}) == f"step Tidy: {missing} is missing"


def test_an_over_long_name_is_refused():
    name = "T" * 65
    with pytest.raises(PenstockError) as error:
        ProcessingStep(name, image_name="scikit-learn", **NAMES)
    assert str(error.value) == f"step {name}: name {name!r} is longer than 64"
