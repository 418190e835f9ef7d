"""The flagship pipeline: its committed definition is what its sources give, and what AWS would accept."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.definition import compiled
from penstock.definition.compile import build
from penstock.definition.structure import all_steps
from penstock.deployment.render import render
from penstock.emulator.engine.definition import parse_definition
from penstock.project import Project
from penstock.service_model import input_shape, validate

# One build serves them all.
pytestmark = pytest.mark.xdist_group("automl_scoring")

PROJECT = Project.find(Path(__file__).parent)
NAME = "automl_scoring"

REQUESTS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "QualityCheck": ("CreateProcessingJob", "ProcessingJobName"),
    "ClarifyCheck": ("CreateProcessingJob", "ProcessingJobName"),
    "AutoML": ("CreateAutoMLJob", "AutoMLJobName"),
    "Model": ("CreateModel", "ModelName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "RegisterModel": ("CreateModelPackage", "ModelPackageName"),
}
STEPS = [
    "PrepareData",
    "CheckDataQuality",
    "CheckDataBias",
    "TrainAutoML",
    "CreateModel",
    "ScoreTestSet",
    "EvaluateModel",
    "CheckModelQuality",
    "CheckModelBias",
    "ExplainModel",
    "QualityGate",
    "RequestApproval",
    "RegisterModel",
    "DeployEndpoint",
    "ScoreBatch",
    "Notify",
    "RejectModel",
]

PLAIN = {
    "account": "123456789012",
    "region": "eu-west-1",
    "role": "arn:aws:iam::123456789012:role/pipelines",
    "bucket": "things",
    "prefix": "penstock",
    "kms_key": None,
    "vpc": None,
    "network_isolation": False,
    "tags": [{"Key": "team", "Value": "scoring"}],
    "approval_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals",
    "emr_release": "emr-7.5.0",
    "emr_service_role": "emr-service",
    "emr_instance_profile": "emr-instances",
    "emr_log_uri": "s3://things/penstock/emr-logs/",
    "subnet": None,
}
LOCKED_DOWN = {
    **PLAIN,
    "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "vpc": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "network_isolation": True,
    "subnet": "subnet-1",
}


@pytest.fixture(scope="module")
def fresh():
    [built] = build(PROJECT, [NAME])
    return built


@pytest.fixture(scope="module")
def definition():
    return compiled.load(PROJECT, NAME).definition


def rendered(definition, environment):
    names = {
        "env": environment,
        "image": lambda name: f"123456789012.dkr.ecr.{environment['region']}.amazonaws.com/{name}:1",
        "asset": lambda path: f"s3://{environment['bucket']}/assets/{Path(path).name}",
        "function": lambda name: f"arn:aws:lambda:{environment['region']}:123456789012:function:{name}",
    }
    return render(definition, names, NAME)


def is_expression(value):
    """Whether a value of a definition is known only when its step starts."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Get", "Std:"))


def test_what_is_committed_is_what_the_sources_give(fresh):
    definition, manifest = compiled.written(fresh)
    for path, text in fresh.generated.items():
        assert (PROJECT.root / path).read_text(encoding="utf-8") == text
    assert (PROJECT.compiled / f"{NAME}.json").read_text(encoding="utf-8") == definition
    assert (PROJECT.compiled / f"{NAME}.assets.json").read_text(encoding="utf-8") == manifest


def test_another_process_gives_the_same_and_never_reaches_for_the_network(fresh, tmp_path):
    """Other hashes, time zone, language and working habits; each attempt at the network leaves a line."""
    log = tmp_path / "network"
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def note(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        f"        open({str(log)!r}, 'a').write(f'{{event}} {{arguments}}\\n')\n"
        "sys.addaudithook(note)\n"
    )
    process = subprocess.run(
        [sys.executable, "-m", "penstock.definition.build", str(PROJECT.root), NAME],
        cwd=PROJECT.root,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT.root}",
            "PYTHONHASHSEED": "12345",
            "TZ": "Pacific/Auckland",
            "LC_ALL": "C",
            "HOME": str(tmp_path),
            "AWS_DEFAULT_REGION": "ap-south-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    [built] = json.loads(process.stdout)["built"]
    assert compiled.canonical(built["definition"]) == compiled.written(fresh)[0]
    assert built["sources"] == sorted(fresh.manifest.sources)
    assert not log.exists()


@pytest.mark.parametrize("environment", [PLAIN, LOCKED_DOWN], ids=["plain", "locked down"])
def test_every_request_fits_the_service_model_once_rendered(definition, environment):
    def complaints(service, operation, request):
        shape = input_shape(service, operation)
        return [problem.message for problem in validate(shape, request, is_variable=is_expression)]

    checked = []
    for step in all_steps(rendered(definition, environment)):
        name, arguments = step["Name"], step["Arguments"]
        if step["Type"] in REQUESTS:
            operation, named_by = REQUESTS[step["Type"]]
            assert complaints("sagemaker", operation, {named_by: "a-name", **arguments}) == []
        elif step["Type"] == "EMR":
            step_config = {"Name": name, **arguments["StepConfig"]}
            assert complaints("emr", "AddJobFlowSteps", {"JobFlowId": "j-1", "Steps": [step_config]}) == []
            assert complaints("emr", "RunJobFlow", {"Name": name, **arguments["ClusterConfig"]}) == []
        elif step["Type"] == "Lambda":
            assert complaints("lambda", "Invoke", {"FunctionName": step["FunctionArn"]}) == []
        else:
            continue
        checked.append(name)
    assert set(STEPS) - set(checked) == {"QualityGate", "RequestApproval", "RejectModel"}


def test_the_steps_are_those_of_the_docstring(definition):
    assert [step["Name"] for step in all_steps(definition)] == STEPS


def test_every_step_is_known_by_the_line_that_builds_it():
    built = compiled.load(PROJECT, NAME).manifest.steps
    assert set(built) == set(STEPS)
    for step in built.values():
        line = (PROJECT.root / step.file).read_text(encoding="utf-8").splitlines()[step.line - 1]
        assert re.search(r"Step(\.create|\.register)?\($", line)


def test_a_model_keeps_what_the_next_run_compares_with(definition):
    [register] = [step for step in all_steps(definition) if step["Name"] == "RegisterModel"]
    baselines = register["Arguments"]["DriftCheckBaselines"]
    sources = {
        f"{area}.{file}": source["S3Uri"]["Get"]
        for area, files in baselines.items()
        for file, source in files.items()
    }
    assert sources == {
        "ModelDataQuality.Statistics": "Steps.CheckDataQuality.BaselineUsedForDriftCheckStatistics",
        "ModelDataQuality.Constraints": "Steps.CheckDataQuality.BaselineUsedForDriftCheckConstraints",
        "ModelQuality.Statistics": "Steps.CheckModelQuality.BaselineUsedForDriftCheckStatistics",
        "ModelQuality.Constraints": "Steps.CheckModelQuality.BaselineUsedForDriftCheckConstraints",
        "Bias.PreTrainingConstraints": "Steps.CheckDataBias.BaselineUsedForDriftCheckConstraints",
        "Bias.PostTrainingConstraints": "Steps.CheckModelBias.BaselineUsedForDriftCheckConstraints",
        "Explainability.Constraints": "Steps.ExplainModel.BaselineUsedForDriftCheckConstraints",
    }


def test_no_output_of_the_data_is_read_with_another_one(definition):
    """S3 takes a URI as a prefix: what is below `test-more` would be read as part of `test`."""
    arguments = definition["Steps"][0]["Arguments"]["StepConfig"]["HadoopJarStep"]["Args"]
    names = [
        part["Std:Join"]["Values"][-1] for part in arguments if isinstance(part, dict) and "Std:Join" in part
    ]
    assert len(names) == 7
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]


def test_the_functions_are_brought_along(fresh):
    functions = fresh.manifest.functions
    assert {name: function.source for name, function in functions.items()} == {
        "approver": "jobs/approver.py",
        "deploy_endpoint": "jobs/deploy_endpoint.py",
        "notify": "jobs/notify.py",
    }
    assert functions["approver"].queue == "{{ env.approval_queue_arn }}"
    assert functions["approver"].enabled == "{{ env.automatic_approval }}"


@pytest.mark.parametrize("environment", [PLAIN, LOCKED_DOWN], ids=["plain", "locked down"])
def test_the_emulators_engine_accepts_the_rendered_definition(definition, environment):
    assert parse_definition(json.dumps(rendered(definition, environment)))


def test_people_find_names_and_descriptions_everywhere(definition):
    assert all(step["DisplayName"] and step["Description"] for step in all_steps(definition))
    assert all(parameter["Description"] for parameter in definition["Parameters"])


def test_every_parameter_has_a_default(definition):
    defaults = {parameter["Name"]: parameter["DefaultValue"] for parameter in definition["Parameters"]}
    checks = [
        f"{verb}{what}{noun}"
        for what in ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
        for verb, noun in (("Skip", "Check"), ("RegisterNew", "Baseline"))
    ]
    assert defaults == {
        "DataUri": "s3://{{ env.bucket }}/{{ env.prefix }}/data/census_income.csv.gz",
        "AutoMLRuntimeSeconds": 300,
        "MinimumAuc": 0.85,
        "ClusterInstanceType": "m5.xlarge",
        "ProcessingInstanceType": "ml.m5.large",
        "InferenceInstanceType": "ml.m5.large",
        "ModelPackageGroupName": "automl-scoring",
        "EndpointName": "automl-scoring",
        **dict.fromkeys(checks, True),
    }


def test_nothing_of_an_environment_is_fixed(definition):
    text = json.dumps(definition)
    for literal in ("arn:aws", "us-east-1", "amazonaws", "s3://sagemaker"):
        assert literal not in text
