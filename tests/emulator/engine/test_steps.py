import re

import pytest

from penstock.emulator.engine.events import steps_of
from penstock.emulator.engine.grammar import STEP_GRAMMARS
from penstock.emulator.engine.names import job_name
from penstock.emulator.engine.steps import step_type
from penstock.emulator.engine.steps.job import AUTOML
from penstock.service_model import output_shape, service_model, validate

ROLE = "arn:aws:iam::000000000000:role/penstock"


def automl(name):
    return {
        "Name": name,
        "Type": "AutoML",
        "Arguments": {
            "InputDataConfig": [{"TargetAttributeName": "y"}],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/automl"},
            "RoleArn": ROLE,
        },
    }


def model(name, **arguments):
    return {"Name": name, "Type": "Model", "Arguments": {"ExecutionRoleArn": ROLE, **arguments}}


def transform(name, model_name):
    return {
        "Name": name,
        "Type": "Transform",
        "Arguments": {
            "ModelName": model_name,
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}
            },
            "TransformOutput": {"S3OutputPath": "s3://b/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    }


def register(name, **arguments):
    return {
        "Name": name,
        "Type": "RegisterModel",
        "Arguments": {"ModelPackageGroupName": "group", **arguments},
    }


def test_an_automl_job_its_model_its_transform_and_its_registration(start, service):
    container = {"Get": "Steps.Train.BestCandidate.InferenceContainers[0]"}
    report = {"Get": "Steps.Train.BestCandidateProperties.ModelInsightsJsonReportPath"}
    explained = {"Get": "Steps.Train.BestCandidateProperties.ExplainabilityJsonReportPath"}
    metrics = {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": report}},
        "Explainability": {"Report": {"ContentType": "application/json", "S3Uri": explained}},
    }
    execution = start(
        [
            automl("Train"),
            model("CreateModel", PrimaryContainer=container),
            transform("Score", {"Get": "Steps.CreateModel.ModelName"}),
            {**register("Register", ModelMetrics=metrics), "DependsOn": ["Score"]},
        ]
    )
    execution.wait_for_step("Train", "Executing")
    [(kind, job)] = service.running()
    best = {
        "InferenceContainers": [{"Image": "autogluon"}],
        "CandidateProperties": {
            "CandidateArtifactLocations": {"Explainability": "s3://b/e", "ModelInsights": "s3://b/i/"}
        },
    }
    service.finish(kind, job, BestCandidate=best)
    service.finish_step("Score")
    assert execution.wait() == "Succeeded"

    assert re.fullmatch(r"pipelines-0{12}-[A-Za-z0-9]{9}", job)
    [created] = service.requests("CreateModel")
    assert re.fullmatch(r"pipelines-0{12}-createmodel-[a-z0-9]{10}", created["ModelName"])
    assert created["PrimaryContainer"] == {"Image": "autogluon"}
    assert service.requests("CreateTransformJob")[0]["ModelName"] == created["ModelName"]
    [registered] = service.requests("CreateModelPackage")
    assert registered["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == "s3://b/i/statistics.json"
    assert registered["ModelMetrics"]["Explainability"]["Report"]["S3Uri"] == "s3://b/e/analysis.json"
    assert service.requests("CreateModelPackageGroup") == [{"ModelPackageGroupName": "group"}]
    metadata = {name: next(iter(entry["Metadata"])) for name, entry in execution.entries.items()}
    assert metadata == {
        "Train": "AutoMLJob",
        "CreateModel": "Model",
        "Score": "TransformJob",
        "Register": "RegisterModel",
    }


def test_an_existing_model_package_group_is_used(start, service):
    service.call("CreateModelPackageGroup", {"ModelPackageGroupName": "group"})
    assert start([register("Register")]).wait() == "Succeeded"
    assert len(service.requests("CreateModelPackageGroup")) == 1


def test_tags_are_for_the_group_that_is_made_and_not_for_the_package(start, service):
    tags = [{"Key": "team", "Value": {"Get": "Parameters.Team"}}]
    team = [{"Name": "Team", "DefaultValue": "census"}]
    assert start([register("Register", Tags=tags)], team).wait() == "Succeeded"
    made = {"ModelPackageGroupName": "group", "Tags": [{"Key": "team", "Value": "census"}]}
    assert service.requests("CreateModelPackageGroup") == [made]
    assert service.requests("CreateModelPackage") == [{"ModelPackageGroupName": "group"}]


def test_tags_change_nothing_of_a_group_that_is_there(start, service):
    service.call("CreateModelPackageGroup", {"ModelPackageGroupName": "group"})
    step = register("Register", Tags=[{"Key": "team", "Value": "census"}])
    assert start([step]).wait() == "Succeeded"
    assert service.requests("CreateModelPackageGroup") == [{"ModelPackageGroupName": "group"}]
    assert service.requests("CreateModelPackage") == [{"ModelPackageGroupName": "group"}]


def test_entries_fit_the_shape_of_the_api(start, service, build):
    service.instant = True
    execution = start(
        [
            build.processing("Prepare"),
            model("CreateModel"),
            register("Register"),
            build.condition("Gate", [build.equals(1, 1)], [build.fail("Stop")]),
        ]
    )
    assert execution.wait() == "Failed"
    shape = output_shape("sagemaker", "ListPipelineExecutionSteps")
    assert validate(shape, {"PipelineExecutionSteps": steps_of(execution.events)}) == []


@pytest.mark.parametrize("kind", ["ProcessingJob", "TransformJob", "AutoMLJob"])
def test_the_names_that_a_job_step_derives_are_the_models(kind):
    operations = service_model("sagemaker").operation_names
    assert {f"Create{kind}", f"Describe{kind}", f"Stop{kind}"} <= set(operations)
    described = output_shape("sagemaker", f"Describe{kind}").members
    assert {f"{kind}Name", f"{kind}Arn", f"{kind}Status", "FailureReason"} <= set(described)


def test_every_step_type_of_the_grammar_runs_or_says_that_it_does_not(start):
    for name in STEP_GRAMMARS:
        assert step_type(name).name_member in ("", *(f"{kind}Name" for kind in _NAMED))


_NAMED = ("ProcessingJob", "TransformJob", "AutoMLJob", "Model", "EndpointConfig")


@pytest.mark.parametrize(
    ("kind", "step", "prefix", "pattern"),
    [
        ("Processing", "Prepare", "pipelines", r"pipelines-abcdefghijkl-Prepare-[A-Za-z0-9]{10}"),
        (
            "Transform",
            "A_step_whose_name_is_long",
            "pipelines",
            r"pipelines-abcdefghijkl-A-step-whose-name-is-[A-Za-z0-9]{10}",
        ),
        ("Training", "T", "x" * 80, r"x{37}-abcdefghijkl-T-[A-Za-z0-9]{10}"),
        ("Model", "MakeIt", "pipelines", r"pipelines-abcdefghijkl-makeit-[a-z0-9]{10}"),
        ("AutoML", "TrainAutoML", "pipelines", r"pipelines-abcdefghijkl-[A-Za-z0-9]{9}"),
    ],
)
def test_job_names(kind, step, prefix, pattern):
    name = job_name(kind, step, "abcdefghijkl", prefix)
    assert re.fullmatch(pattern, name)
    assert len(name) <= (32 if kind == "AutoML" else 63)


def test_a_name_in_the_arguments_is_a_prefix(start, service, build):
    service.instant = True
    step = build.processing("Prepare")
    step["Arguments"]["ProcessingJobName"] = {"Get": "Parameters.Prefix"}
    execution = start([step], [{"Name": "Prefix", "Type": "String", "DefaultValue": "census"}])
    assert execution.wait() == "Succeeded"
    [request] = service.requests("CreateProcessingJob")
    assert re.fullmatch(r"census-0{12}-Prepare-[A-Za-z0-9]{10}", request["ProcessingJobName"])


def test_an_automl_job_without_reports_has_no_such_properties(service):
    class Context:
        @staticmethod
        def invoke(operation, request):
            return {"AutoMLJobName": "a", "BestCandidate": {"CandidateName": "c"}}

    assert "BestCandidateProperties" not in AUTOML.properties({"AutoMLJobName": "a"}, Context)
