"""Check steps over the wire, with the stand-ins of Model Monitor and Clarify doing the work."""

import json
import time
import uuid
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("checks")]

HOSTING = Path(__file__).parents[1] / "hosting" / "serve.py"
ROLE = "arn:aws:iam::000000000000:role/checks"
IMAGES = "000000000000.dkr.ecr.us-east-1.amazonaws.com/"
ENDED = ("Succeeded", "Failed", "Stopped")
PARAMETERS = [
    {"Name": "First", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Data", "Type": "String"},
]


class Bench:
    """Runs pipelines of one bucket's data. `emulator` can serve models that repeat what they are asked."""

    def __init__(self, emulator):
        self.sagemaker = emulator.client("sagemaker")
        self.s3 = emulator.client("s3")
        self.bucket = f"test-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=self.bucket)

    def uri(self, key):
        return f"s3://{self.bucket}/{key}"

    def put(self, key, text):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return self.uri(key)

    def get(self, uri):
        key = uri.removeprefix(self.uri(""))
        return json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def create(self, name, *steps):
        definition = {"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": steps}
        self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=ROLE
        )

    def run(self, pipeline, **parameters):
        """The execution's status, and its steps by name."""
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        arn = self.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given)[
            "PipelineExecutionArn"
        ]
        until = time.monotonic() + 120
        while True:
            status = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)[
                "PipelineExecutionStatus"
            ]
            if status in ENDED:
                break
            assert time.monotonic() < until, "the execution does not end"
            time.sleep(0.05)
        steps = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)[
            "PipelineExecutionSteps"
        ]
        return status, {step["StepName"]: step for step in steps}

    def check(self, kind, check_type, image, inputs, output, environment, **settings):
        """A step whose results lie in the execution's own path."""
        execution = {"Get": "Execution.PipelineExecutionId"}
        results = {"Std:Join": {"On": "/", "Values": [self.uri("runs"), execution, kind]}}
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        place = {"S3Uri": results, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
        return {
            "Name": "Check",
            "Type": kind,
            "CheckType": check_type,
            "SkipCheck": {"Get": "Parameters.First"},
            "RegisterNewBaseline": {"Get": "Parameters.First"},
            "Arguments": {
                "AppSpecification": {"ImageUri": f"{IMAGES}{image}:1"},
                "Environment": environment,
                "ProcessingInputs": [
                    {
                        "InputName": name,
                        "S3Input": {
                            "S3Uri": uri,
                            "LocalPath": f"/opt/ml/processing/input/{folder}",
                            "S3DataType": "S3Prefix",
                            "S3InputMode": "File",
                        },
                    }
                    for name, uri, folder in inputs
                ],
                "ProcessingOutputConfig": {"Outputs": [{"OutputName": output, "S3Output": place}]},
                "ProcessingResources": {"ClusterConfig": cluster},
                "RoleArn": ROLE,
            },
            **settings,
        }


@pytest.fixture(scope="module")
def bench(start_emulator, tmp_path_factory):
    emulator = start_emulator(tmp_path_factory.mktemp("checks"), program=(str(HOSTING),))
    emulator.client("iam").create_role(RoleName="checks", AssumeRolePolicyDocument="{}")
    return Bench(emulator)


def test_data_are_checked_against_the_baseline_of_the_latest_approved_package(bench):
    group = "quality"
    baseline = {
        kind: {
            "ContentType": "application/json",
            "S3Uri": {"Get": f"Steps.Check.BaselineUsedForDriftCheck{kind}"},
        }
        for kind in ("Statistics", "Constraints")
    }
    container = {"Image": f"{IMAGES}parrot:1"}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group,
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "DriftCheckBaselines": {"ModelDataQuality": baseline},
        },
    }
    environment = {
        "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
        "dataset_format": '{"csv": {"header": true}}',
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Disabled",
    }
    check = bench.check(
        "QualityCheck",
        "DATA_QUALITY",
        "sagemaker-model-monitor-analyzer",
        [("baseline_dataset_input", {"Get": "Parameters.Data"}, "baseline_dataset_input")],
        "quality_check_output",
        environment,
        ModelPackageGroupName=group,
    )
    bench.create("quality", check, register)
    ages = "".join(f"{20 + number % 50},{number}.5\n" for number in range(200))
    data = bench.put("people.csv", f"age,income\n{ages}")
    words = bench.put("words.csv", "age,income\n" + "".join(f"old,{number}.5\n" for number in range(200)))

    status, steps = bench.run("quality", Data=data)
    assert status == "Failed"
    assert steps["Check"]["FailureReason"] == (
        "ClientError: There is no baseline to check against. Failed to invoke sagemaker:ListModelPackages. "
        "Error Details: ModelPackageGroup arn:aws:sagemaker:us-east-1:000000000000:model-package-group/"
        "quality does not exist. Supply a baseline, or run with SkipCheck and RegisterNewBaseline true, "
        "register the model with DriftCheckBaselines from this step's properties, and approve it."
    )

    status, steps = bench.run("quality", Data=data, First="true")
    assert status == "Succeeded", steps
    first = steps["Check"]["Metadata"]["QualityCheck"]
    assert first["BaselineUsedForDriftCheckStatistics"] == first["CalculatedBaselineStatistics"]
    assert bench.get(first["CalculatedBaselineStatistics"])["dataset"]["item_count"] == 200

    status, steps = bench.run("quality", Data=data)
    assert status == "Succeeded", steps
    second = steps["Check"]["Metadata"]["QualityCheck"]
    assert second["BaselineUsedForDriftCheckConstraints"] == first["CalculatedBaselineConstraints"]
    assert second["CalculatedBaselineConstraints"] != first["CalculatedBaselineConstraints"]
    assert "ViolationReport" not in second

    status, steps = bench.run("quality", Data=words)
    assert status == "Failed"
    assert list(steps) == ["Check"]
    report = steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"]
    assert steps["Check"]["FailureReason"] == (
        f"ClientError: Quality check failed. See violation report {report}"
    )
    assert {entry["feature_name"] for entry in bench.get(report)["violations"]} == {"age"}


def test_the_bias_of_a_model_made_by_the_pipeline_is_checked_against_a_supplied_baseline(bench):
    """The model answers with the features that it got; its label is the first of them."""
    model = {
        "Name": "CreateModel",
        "Type": "Model",
        "Arguments": {
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {"Image": f"{IMAGES}parrot:1", "Environment": {"PARROT_MARKS": ""}},
        },
    }
    analysis = {
        "dataset_type": "text/csv",
        "headers": ["label", "guess", "group"],
        "label": "label",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "group", "value_or_threshold": [0]}],
        "methods": {"post_training_bias": {"methods": ["DPPL"]}},
        "predictor": {
            "instance_type": "ml.m5.large",
            "initial_instance_count": 1,
            "content_type": "text/csv",
            "accept_type": "text/csv",
            "label": 0,
        },
    }
    baseline = bench.uri("baseline/analysis.json")
    check = bench.check(
        "ClarifyCheck",
        "MODEL_BIAS",
        "sagemaker-clarify-processing",
        [
            ("analysis_config", bench.put("analysis_config.json", json.dumps(analysis)), "config"),
            ("dataset", {"Get": "Parameters.Data"}, "data"),
        ],
        "analysis_result",
        {},
        SuppliedBaselineConstraints=baseline,
        ModelName={"Get": "Steps.CreateModel.ModelName"},
    )
    bench.create("bias", model, check)
    fair = bench.put("fair.csv", "1,1,0\n0,0,0\n1,1,1\n0,0,1\n" * 10)
    unfair = bench.put("unfair.csv", "1,0,0\n0,0,0\n1,1,1\n0,0,1\n" * 10)

    status, steps = bench.run("bias", Data=fair, First="true")
    assert status == "Succeeded", steps
    first = steps["Check"]["Metadata"]["ClarifyCheck"]
    assert first["BaselineUsedForDriftCheckConstraints"] == first["CalculatedBaselineConstraints"]
    bench.put("baseline/analysis.json", json.dumps(bench.get(first["CalculatedBaselineConstraints"])))

    status, steps = bench.run("bias", Data=unfair)
    assert status == "Failed"
    metadata = steps["Check"]["Metadata"]["ClarifyCheck"]
    assert metadata["BaselineUsedForDriftCheckConstraints"] == baseline
    report = metadata["ViolationReport"]
    assert steps["Check"]["FailureReason"] == (
        f"ClientError: Clarify check failed. See violation report {report}"
    )
    [violation] = bench.get(report)["violations"]
    assert violation == {
        "facet": "group",
        "facet_value": "0",
        "metric_name": "DPPL",
        "constraint_check_type": "bias_drift_check",
        "description": "Metric value 0.5 doesn't meet the baseline constraint requirement 0.0",
    }
    assert bench.sagemaker.list_endpoints()["Endpoints"] == []
