import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.definition import compiled
from penstock.deployment import environments, request
from penstock.errors import PenstockError


def build(project):
    return request.build(project, compiled.load(project, "scoring"), environments.load(project, "local"))


def test_the_request_is_the_template_with_the_definition_in_it(project):
    built = build(project)
    definition = json.loads(built.pop("PipelineDefinition"))
    assert built == {
        "PipelineName": "scoring",
        "PipelineDisplayName": "Scoring",
        "PipelineDescription": "Scores things.",
        "RoleArn": "arn:aws:iam::123456789012:role/pipelines",
        "Tags": [{"Key": "team", "Value": "scoring"}, {"Key": "penstock:tags", "Value": "team"}],
    }
    assert definition["Parameters"][0]["DefaultValue"] == "s3://things/data.csv"
    asset = compiled.load(project, "scoring").manifest.assets["jobs/prepare.py"].sha256
    assert definition["Steps"][0]["Arguments"] == {
        "AppSpecification": {
            "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
        },
        "NetworkConfig": {"EnableNetworkIsolation": False},
        "ProcessingInputs": [
            {"InputName": "code", "S3Input": {"S3Uri": f"s3://things/penstock/assets/{asset}/prepare.py"}}
        ],
        "RoleArn": "arn:aws:iam::123456789012:role/pipelines",
        "Tags": [{"Key": "team", "Value": "scoring"}],
    }


def test_parallelism_is_sent_where_the_environment_limits_it(project):
    project.edit_environment("[tags]", "max_parallel_steps = 4\n[tags]")
    assert build(project)["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 4}


def test_the_definition_is_compact_and_canonical(project):
    text = build(project)["PipelineDefinition"]
    assert text == request.compact(json.loads(text))


def test_a_name_that_aws_does_not_take_is_found_before_any_call(project, definition):
    project.compile(definition, display_name="Scoring of things")
    with pytest.raises(PenstockError) as caught:
        build(project)
    assert str(caught.value) == (
        "pipeline.json.j2: PipelineDisplayName: 'Scoring of things' does not match"
        " [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}\n"
        "Correct the environment, the pipeline's names, or the template itself."
    )


def test_an_asset_that_the_manifest_lacks_is_named_with_its_place(project, definition):
    definition["Steps"][0]["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = (
        '{{ asset("jobs/x.py") }}'
    )
    project.compile(definition)
    with pytest.raises(PenstockError) as caught:
        build(project)
    assert str(caught.value) == (
        "compiled/scoring.json: Steps[0].Arguments.ProcessingInputs[0].S3Input.S3Uri:"
        " 'jobs/x.py' is not an asset of the manifest\n"
        "The assets are jobs/prepare.py."
    )


def test_tag_keys_that_the_marker_cannot_list_are_refused(project):
    project.edit_environment("[tags]", '[tags]\n"cost centre" = "12"')
    with pytest.raises(PenstockError) as caught:
        build(project)
    assert str(caught.value) == (
        "tags: the keys of the tags must hold no space, and 256 characters together at most\n"
        "Shorten or remove keys of [tags] in the environment."
    )


def test_a_template_that_is_no_json_says_where(project):
    project.template.write_text('{"PipelineName": }')
    with pytest.raises(PenstockError) as caught:
        build(project)
    assert str(caught.value) == (
        "pipeline.json.j2: is not JSON: Expecting value: line 1 column 18 (char 17)\nCorrect that line."
    )


def test_the_aws_cli_creates_a_pipeline_from_the_printed_request(project, credentials, tmp_path):
    from moto.server import ThreadedMotoServer

    file = tmp_path / "request.json"
    file.write_text(json.dumps(build(project)))
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        finished = subprocess.run(
            [
                Path(sys.executable).parent / "aws", "sagemaker", "create-pipeline",
                "--cli-input-json", f"file://{file}",
            ],
            env=os.environ | {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1"},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    finally:
        server.stop()
    assert (finished.returncode, finished.stderr) == (0, "")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"
    assert json.loads(finished.stdout) == {"PipelineArn": arn}
