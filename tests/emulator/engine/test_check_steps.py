"""Check steps against the fake service: which baseline, what the job gets, what becomes of violations."""

import itertools

import pytest

from penstock.emulator.engine.definition import DefinitionError, read_definition
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.service_model import input_shape, output_shape, validate

ROLE = "arn:aws:iam::000000000000:role/penstock"
PACKAGE = "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/"
WHAT_TO_DO = (
    "Supply a baseline, or run with SkipCheck and RegisterNewBaseline true, register the model with "
    "DriftCheckBaselines from this step's properties, and approve it."
)
QUALITY_NEW = {"Statistics": "s3://b/check/statistics.json", "Constraints": "s3://b/check/constraints.json"}
QUALITY_OLD = {"Statistics": "s3://b/old/s.json", "Constraints": "s3://b/old/c.json"}
FLAGS = list(itertools.product((False, True), repeat=2))


def check(kind="QualityCheck", check_type="DATA_QUALITY", *, environment=None, **settings):
    output = "quality_check_output" if kind == "QualityCheck" else "analysis_result"
    place = {"S3Uri": "s3://b/check/", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    source = {
        "S3Uri": "s3://b/data.csv",
        "LocalPath": "/opt/ml/processing/input/data",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    return {
        "Name": "Check",
        "Type": kind,
        "CheckType": check_type,
        "Arguments": {
            "AppSpecification": {"ImageUri": "image"},
            "Environment": environment or {"dataset_source": "/opt/ml/processing/input/data"},
            "ProcessingInputs": [{"InputName": "data", "S3Input": source}],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": output, "S3Output": place}]},
            "ProcessingResources": {"ClusterConfig": cluster},
            "RoleArn": ROLE,
        },
        **settings,
    }


def clarify(check_type="MODEL_BIAS", **settings):
    return check("ClarifyCheck", check_type, **settings)


def source(uri):
    return {"ContentType": "application/json", "S3Uri": uri}


@pytest.fixture
def register(service):
    """register({...}): a version of the group churn with these DriftCheckBaselines; its ARN."""
    versions = itertools.count(1)

    def register(baselines=None, approval="Approved"):
        version = next(versions)
        package = {
            "ModelPackageGroupName": "churn",
            "ModelPackageArn": f"{PACKAGE}{version}",
            "ModelApprovalStatus": approval,
            "CreationTime": float(version),
        }
        if baselines is not None:
            package["DriftCheckBaselines"] = baselines
        service.store.create("ModelPackage", package["ModelPackageArn"], package)
        return package["ModelPackageArn"]

    return register


@pytest.fixture
def registered(register):
    """An approved package with a data quality baseline, older than one that waits for its approval."""
    register(
        {"ModelDataQuality": {"Statistics": source("s3://b/first"), "Constraints": source("s3://b/first")}}
    )
    arn = register({"ModelDataQuality": {kind: source(uri) for kind, uri in QUALITY_OLD.items()}})
    register(None, "PendingManualApproval")
    return arn


def created(service):
    [request] = service.requests("CreateProcessingJob")
    assert validate(input_shape("sagemaker", "CreateProcessingJob"), request) == []
    return request


def run(start, service, step, said="Completed: Job completed successfully with no violations."):
    """The execution of a step whose job ends with this exit message."""
    execution = start([step])
    service.finish_step("Check", ExitMessage=said)
    execution.wait()
    return execution


def named(use, baseline):
    return {f"{use}{kind}": uri for kind, uri in baseline.items()}


@pytest.mark.parametrize(("skips", "registers"), FLAGS)
def test_which_baseline_is_compared_with_and_which_is_handed_on(start, service, registered, skips, registers):
    step = check(ModelPackageGroupName="churn", SkipCheck=skips, RegisterNewBaseline=registers)
    execution = run(start, service, step)
    request = created(service)
    expected = {} if skips else QUALITY_OLD
    got = {
        entry["InputName"]: entry["S3Input"]["S3Uri"]
        for entry in request["ProcessingInputs"]
        if entry["InputName"] != "data"
    }
    assert got == {f"baseline_{kind.lower()}": uri for kind, uri in expected.items()}
    assert execution.entries["Check"]["Metadata"] == {
        "QualityCheck": {
            "CheckType": "DATA_QUALITY",
            "ModelPackageGroupName": "churn",
            "SkipCheck": skips,
            "RegisterNewBaseline": registers,
            "CheckJobArn": service.store.get("ProcessingJob", request["ProcessingJobName"])[
                "ProcessingJobArn"
            ],
            **named("CalculatedBaseline", QUALITY_NEW),
            **named("BaselineUsedForDriftCheck", QUALITY_NEW if registers else QUALITY_OLD),
        }
    }
    assert bool(service.requests("ListModelPackages")) != (skips and registers)


@pytest.mark.parametrize(("skips", "registers"), FLAGS)
def test_only_a_skipped_check_that_registers_needs_no_earlier_baseline(start, service, skips, registers):
    execution = start([check(ModelPackageGroupName="churn", SkipCheck=skips, RegisterNewBaseline=registers)])
    if skips and registers:
        service.finish_step("Check")
        assert execution.wait() == "Succeeded"
        return
    assert execution.wait() == "Failed"
    assert execution.entries["Check"]["Metadata"] == {}
    assert service.requests("CreateProcessingJob") == []
    assert execution.entries["Check"]["FailureReason"] == (
        "ClientError: There is no baseline to check against. Model package group churn has no Approved model "
        f"package. {WHAT_TO_DO}"
    )


def test_the_job_finds_the_baseline_by_its_environment(start, service, registered):
    run(start, service, check(ModelPackageGroupName="churn"))
    request = created(service)
    assert request["Environment"] == {
        "dataset_source": "/opt/ml/processing/input/data",
        "baseline_statistics": "/opt/ml/processing/baseline/statistics/s.json",
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/c.json",
    }
    assert request["ProcessingInputs"][1:] == [
        {
            "InputName": f"baseline_{kind}",
            "S3Input": {
                "S3Uri": f"s3://b/old/{kind[0]}.json",
                "LocalPath": f"/opt/ml/processing/baseline/{kind}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for kind in ("statistics", "constraints")
    ]


def test_a_supplied_baseline_comes_before_that_of_the_group(start, service, registered):
    execution = run(
        start,
        service,
        check(
            ModelPackageGroupName="churn",
            SuppliedBaselineStatistics=None,
            SuppliedBaselineConstraints="s3://b/mine/constraints.json",
        ),
    )
    metadata = execution.entries["Check"]["Metadata"]["QualityCheck"]
    assert metadata["BaselineUsedForDriftCheckConstraints"] == "s3://b/mine/constraints.json"
    assert "BaselineUsedForDriftCheckStatistics" not in metadata
    assert service.requests("ListModelPackages") == []


@pytest.mark.parametrize(
    ("kind", "check_type", "baselines"),
    [
        ("QualityCheck", "DATA_QUALITY", {"ModelDataQuality": ("Statistics", "Constraints")}),
        ("QualityCheck", "MODEL_QUALITY", {"ModelQuality": ("Statistics", "Constraints")}),
        ("ClarifyCheck", "DATA_BIAS", {"Bias": ("PreTrainingConstraints",)}),
        ("ClarifyCheck", "MODEL_BIAS", {"Bias": ("PostTrainingConstraints",)}),
        ("ClarifyCheck", "MODEL_EXPLAINABILITY", {"Explainability": ("Constraints",)}),
    ],
)
def test_each_check_has_its_place_among_the_baselines_of_a_package(
    start, service, register, kind, check_type, baselines
):
    register({of: {name: source(f"s3://b/{of}/{name}") for name in names} for of, names in baselines.items()})
    execution = run(start, service, check(kind, check_type, ModelPackageGroupName="churn"))
    metadata = execution.entries["Check"]["Metadata"][kind]
    [(of, names)] = baselines.items()
    used = {value for key, value in metadata.items() if key.startswith("BaselineUsed")}
    assert used == {f"s3://b/{of}/{name}" for name in names}


def test_an_approved_package_without_the_baseline_is_named(start, register):
    arn = register({"ModelDataQuality": {"Constraints": source("s3://b/c")}})
    execution = start([check(check_type="MODEL_QUALITY", ModelPackageGroupName="churn")])
    execution.wait()
    assert execution.entries["Check"]["FailureReason"] == (
        "ClientError: There is no baseline to check against. The latest Approved model package of group "
        f"churn, {arn}, has no DriftCheckBaselines.ModelQuality.Statistics or "
        f"DriftCheckBaselines.ModelQuality.Constraints. {WHAT_TO_DO}"
    )


def test_a_group_that_is_not_there_is_no_baseline(start, service):
    refusal = ServiceError("ValidationException", "ModelPackageGroup arn:churn does not exist.")
    service.refuse["ListModelPackages"] = [refusal]
    execution = start([check(ModelPackageGroupName="churn")])
    execution.wait()
    assert execution.entries["Check"]["FailureReason"] == (
        "ClientError: There is no baseline to check against. Failed to invoke sagemaker:ListModelPackages. "
        f"Error Details: ModelPackageGroup arn:churn does not exist. {WHAT_TO_DO}"
    )


def test_a_throttled_look_for_the_baseline_is_tried_again(start, service, registered):
    service.refuse["ListModelPackages"] = [ServiceError("ThrottlingException", "Rate exceeded")]
    execution = run(start, service, check(ModelPackageGroupName="churn"))
    assert execution.status == "Succeeded"
    assert execution.entries["Check"]["AttemptCount"] == 2


def test_a_check_with_neither_group_nor_supplied_baseline(start):
    execution = start([check()])
    execution.wait()
    assert execution.entries["Check"]["FailureReason"] == (
        "ClientError: There is no baseline to check against. The step has neither ModelPackageGroupName nor "
        f"SuppliedBaselineConstraints. {WHAT_TO_DO}"
    )


@pytest.mark.parametrize(
    ("step", "key", "subject"),
    [(check, "QualityCheck", "Quality"), (clarify, "ClarifyCheck", "Clarify")],
)
def test_violations_fail_the_step_and_name_the_report(start, service, step, key, subject):
    violated = "CompletedWithViolations: Job completed successfully with 3 violations."
    execution = run(start, service, step(SuppliedBaselineConstraints="s3://b/c.json"), violated)
    assert execution.status == "Failed"
    entry = execution.entries["Check"]
    report = "s3://b/check/constraint_violations.json"
    assert entry["FailureReason"] == f"ClientError: {subject} check failed. See violation report {report}"
    assert entry["Metadata"][key]["ViolationReport"] == report
    assert "CalculatedBaselineConstraints" in entry["Metadata"][key]


def test_violations_are_only_reported_where_they_may_not_fail_the_step(start, service):
    step = check(FailOnViolation=False, SuppliedBaselineConstraints="s3://b/c.json")
    execution = run(start, service, step, "CompletedWithViolations: 3 violations.")
    assert execution.status == "Succeeded"
    assert execution.entries["Check"]["Metadata"]["QualityCheck"]["ViolationReport"] == (
        "s3://b/check/constraint_violations.json"
    )


def test_a_model_that_an_earlier_step_made_reaches_clarify_by_the_environment(start, service, build):
    made = {
        "Name": "CreateModel",
        "Type": "Model",
        "Arguments": {"ExecutionRoleArn": ROLE},
    }
    step = clarify(
        ModelName={"Get": "Steps.CreateModel.ModelName"},
        SuppliedBaselineConstraints="s3://b/old/analysis.json",
    )
    execution = start([made, step])
    service.finish_step("Check", ExitMessage="Completed: SageMaker XAI Analyzer ran successfully")
    assert execution.wait() == "Succeeded"
    assert created(service)["Environment"] == {
        "dataset_source": "/opt/ml/processing/input/data",
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/analysis.json",
        "model_name": service.requests("CreateModel")[0]["ModelName"],
    }
    metadata = execution.entries["Check"]["Metadata"]["ClarifyCheck"]
    assert metadata["CalculatedBaselineConstraints"] == "s3://b/check/analysis.json"
    assert metadata["BaselineUsedForDriftCheckConstraints"] == "s3://b/old/analysis.json"


def test_every_key_of_a_check_may_be_an_expression(start, service):
    parameters = [
        {"Name": "Skip", "Type": "Boolean", "DefaultValue": True},
        {"Name": "New", "Type": "Boolean", "DefaultValue": False},
        {"Name": "Bucket", "Type": "String", "DefaultValue": "b"},
    ]
    step = check(
        SkipCheck={"Get": "Parameters.Skip"},
        RegisterNewBaseline={"Get": "Parameters.New"},
        FailOnViolation={"Get": "Parameters.New"},
        SuppliedBaselineConstraints={
            "Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Bucket"}, "c.json"]}
        },
    )
    execution = start([step], parameters)
    service.finish_step("Check")
    execution.wait()
    metadata = execution.entries["Check"]["Metadata"]["QualityCheck"]
    assert (metadata["SkipCheck"], metadata["RegisterNewBaseline"]) == (True, False)
    assert metadata["BaselineUsedForDriftCheckConstraints"] == "s3://b/c.json"


@pytest.mark.parametrize(("skips", "registers"), FLAGS)
def test_later_steps_refer_to_the_baselines(start, service, build, registered, skips, registers):
    later = build.processing("Later", after=["Check"])
    uses = ("CalculatedBaselineConstraints", "BaselineUsedForDriftCheckStatistics")
    later["Arguments"]["Environment"] = {use: {"Get": f"Steps.Check.{use}"} for use in uses}
    step = check(ModelPackageGroupName="churn", SkipCheck=skips, RegisterNewBaseline=registers)
    execution = start([step, later])
    service.finish_step("Check")
    service.finish_step("Later")
    assert execution.wait() == "Succeeded"
    assert service.requests("CreateProcessingJob")[1]["Environment"] == {
        "CalculatedBaselineConstraints": QUALITY_NEW["Constraints"],
        "BaselineUsedForDriftCheckStatistics": (QUALITY_NEW if registers else QUALITY_OLD)["Statistics"],
    }


def test_a_job_that_fails_fails_its_check(start, service):
    execution = start([check(SuppliedBaselineConstraints="s3://b/c.json")])
    service.finish_step("Check", "Failed", FailureReason="AlgorithmError: the data set has no rows")
    execution.wait()
    entry = execution.entries["Check"]
    assert entry["FailureReason"] == "ClientError: AlgorithmError: the data set has no rows"
    assert sorted(entry["Metadata"]["QualityCheck"]) == [
        "CheckJobArn",
        "CheckType",
        "RegisterNewBaseline",
        "SkipCheck",
    ]


def test_a_check_is_stopped_by_stopping_its_job(start, service):
    execution = start([check(SkipCheck=True, RegisterNewBaseline=True)])
    execution.wait_for_step("Check", "Executing")
    [(kind, job)] = service.running()
    execution.stop()
    execution.wait_for_step("Check", "Stopping")
    service.finish(kind, job, "Stopped")
    assert execution.wait() == "Stopped"
    assert service.requests("StopProcessingJob") == [{"ProcessingJobName": job}]


@pytest.mark.parametrize(
    ("changes", "hits"),
    [({"FailOnViolation": False}, True), ({"RegisterNewBaseline": False, "SkipCheck": False}, False)],
)
def test_caching_compares_the_whole_check_but_what_violations_do(start, service, changes, hits):
    step = check(
        SkipCheck=True,
        RegisterNewBaseline=True,
        SuppliedBaselineConstraints="s3://b/c.json",
        CacheConfig={"Enabled": True},
    )
    first = run(start, service, step)
    service.instant = True
    second = start([{**step, **changes}])
    assert second.wait() == "Succeeded"
    assert ("CacheHitResult" in second.entries["Check"]) == hits
    if hits:
        assert second.entries["Check"]["Metadata"] == first.entries["Check"]["Metadata"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SkipCheck": "yes"}, 'ClientError: Steps[0].SkipCheck: "yes" is not true or false'),
        (
            {"SuppliedBaselineConstraints": 7},
            "ClientError: Steps[0].SuppliedBaselineConstraints: 7 is not a string",
        ),
        (
            {
                "Arguments": {
                    "AppSpecification": {"ImageUri": "image"},
                    "ProcessingOutputConfig": {"Outputs": []},
                    "ProcessingResources": {},
                    "RoleArn": ROLE,
                }
            },
            "ClientError: Steps[0].Arguments: there is no quality_check_output in "
            "ProcessingOutputConfig.Outputs, a list of 0 items",
        ),
    ],
)
def test_what_is_wrong_with_a_check_fails_it_before_its_job_is_made(start, service, settings, said):
    execution = start([check(**settings)])
    assert execution.wait() == "Failed"
    assert execution.entries["Check"]["FailureReason"] == said
    assert service.requests("CreateProcessingJob") == []


def test_what_is_wrong_with_the_job_is_said_by_the_service(start, service):
    service.refuse["CreateProcessingJob"] = [ServiceError("ValidationException", "Environment is no map")]
    step = check(environment={"Get": "Parameters.Words"}, SuppliedBaselineConstraints="s3://b/c.json")
    execution = start([step], [{"Name": "Words", "Type": "String", "DefaultValue": "words"}])
    execution.wait()
    assert execution.entries["Check"]["FailureReason"] == (
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: Environment is no map"
    )


@pytest.mark.parametrize("kind", ["QualityCheck", "ClarifyCheck"])
def test_metadata_has_the_members_of_the_api(start, service, register, kind):
    names = ("PreTrainingConstraints",) if kind == "ClarifyCheck" else ("Statistics", "Constraints")
    of, check_type = ("Bias", "DATA_BIAS") if kind == "ClarifyCheck" else ("ModelDataQuality", "DATA_QUALITY")
    register({of: {name: source("s3://b/c") for name in names}})
    step = check(kind, check_type, ModelPackageGroupName="churn", FailOnViolation=False)
    execution = run(start, service, step, "CompletedWithViolations: 1 violation.")
    listing = output_shape("sagemaker", "ListPipelineExecutionSteps")
    shape = listing.members["PipelineExecutionSteps"].member.members["Metadata"].members[kind]
    metadata = execution.entries["Check"]["Metadata"][kind]
    assert set(metadata) == set(shape.members)
    assert validate(shape, metadata) == []


KEYS = (
    "Name, Type, Arguments, DisplayName, Description, DependsOn, CheckType, ModelPackageGroupName, "
    "SkipCheck, FailOnViolation, RegisterNewBaseline, SuppliedBaselineConstraints"
)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            check(check_type="MODEL_BIAS"),
            "CheckType 'MODEL_BIAS' of step 'Check' is not one of DATA_QUALITY, MODEL_QUALITY",
        ),
        (
            clarify("DATA_QUALITY"),
            "CheckType 'DATA_QUALITY' of step 'Check' is not one of DATA_BIAS, MODEL_BIAS, "
            "MODEL_EXPLAINABILITY",
        ),
        (
            {key: value for key, value in check().items() if key != "CheckType"},
            "Required property 'CheckType' is missing",
        ),
        (
            check(ModelName="m"),
            f"Cannot parse object, unknown property 'ModelName'. Known here: {KEYS}, "
            "SuppliedBaselineStatistics, CacheConfig",
        ),
        (
            clarify(SuppliedBaselineStatistics="s3://b/s.json"),
            "Cannot parse object, unknown property 'SuppliedBaselineStatistics'. "
            f"Known here: {KEYS}, ModelName, CacheConfig",
        ),
    ],
)
def test_a_definition_with_a_check_that_cannot_be_is_refused(build, step, said):
    with pytest.raises(DefinitionError) as caught:
        read_definition(build.definition([step]))
    assert caught.value.message == f"Unable to parse pipeline definition. {said}. At Steps[0]."
