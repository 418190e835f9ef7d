"""The flagship pipeline: its committed definition is what its sources give, and what AWS would accept."""

import json
import os
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

PROJECT = Project.find(Path(__file__).parent)
NAME = "automl_scoring"

REQUESTS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "AutoML": ("CreateAutoMLJob", "AutoMLJobName"),
    "Model": ("CreateModel", "ModelName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "RegisterModel": ("CreateModelPackage", "ModelPackageName"),
}

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
}
LOCKED_DOWN = {
    **PLAIN,
    "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "vpc": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "network_isolation": True,
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
    }
    return render(definition, names, NAME)


def is_expression(value):
    """Whether a value of a definition is known only when its step starts."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Get", "Std:"))


def test_what_is_committed_is_what_the_sources_give(fresh):
    definition, manifest = compiled.written(fresh)
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
    checked = []
    for step in all_steps(rendered(definition, environment)):
        if step["Type"] in REQUESTS:
            operation, named_by = REQUESTS[step["Type"]]
            request = {named_by: "a-name", **step["Arguments"]}
            shape = input_shape("sagemaker", operation)
            assert [p.message for p in validate(shape, request, is_variable=is_expression)] == []
            checked.append(step["Name"])
    assert checked == [
        "PrepareData",
        "TrainAutoML",
        "CreateModel",
        "ScoreTestSet",
        "EvaluateModel",
        "RegisterModel",
    ]


@pytest.mark.parametrize("environment", [PLAIN, LOCKED_DOWN], ids=["plain", "locked down"])
def test_the_emulators_engine_accepts_the_rendered_definition(definition, environment):
    assert parse_definition(json.dumps(rendered(definition, environment)))


def test_people_find_names_and_descriptions_everywhere(definition):
    assert all(step["DisplayName"] and step["Description"] for step in all_steps(definition))
    assert all(parameter["Description"] for parameter in definition["Parameters"])


def test_every_parameter_has_a_default(definition):
    assert {parameter["Name"]: parameter["DefaultValue"] for parameter in definition["Parameters"]} == {
        "DataUri": "s3://{{ env.bucket }}/{{ env.prefix }}/data/census_income.csv.gz",
        "TargetColumn": "salary",
        "AutoMLRuntimeSeconds": 300,
        "MinimumAuc": 0.85,
        "ProcessingInstanceType": "ml.m5.large",
        "TransformInstanceType": "ml.m5.large",
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelPackageGroupName": "automl-scoring",
    }


def test_nothing_of_an_environment_is_fixed(definition):
    text = json.dumps(definition)
    for literal in ("arn:aws", "us-east-1", "amazonaws", "s3://sagemaker"):
        assert literal not in text
