import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.cli import VERBS, main

ROOT = Path(__file__).parent.parent.parent
ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring/execution/abcdefghijkl"


def python(code, *arguments, cwd=ROOT, **options):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=120, **options,
    )  # fmt: skip


@pytest.fixture
def here(project, monkeypatch):
    monkeypatch.chdir(project.root)
    return project


def test_help_lists_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from scripts.cli import main; code = main(['--help'])\n"
        "heavy = {'boto3', 'botocore', 'sagemaker', 'pydantic', 'jinja2', 'rich'} & set(sys.modules)\n"
        "print(code, sorted(heavy))"
    )
    finished = python(code)
    *_, last = finished.stdout.splitlines()
    assert last == "0 []"
    for verb, line in VERBS.items():
        assert f"\n  {verb.replace('_', '-'):<11}  {line}\n" in finished.stdout


@pytest.mark.parametrize(
    "verb",
    ["plan", "deploy", "revisions", "start", "watch", "render", "stop", "retry", "approve", "bootstrap"],
)
def test_the_help_of_a_command_ends_well(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert f"Usage: penstock {verb} [OPTIONS]" in capsys.readouterr().out


def test_no_command_of_the_deployment_imports_the_sdk(project, scripted_aws):
    # In a process of its own: other tests of this one import the SDK.
    code = (
        "import sys; from moto import mock_aws; import boto3; from scripts.cli import main\n"
        "import os; url = os.environ.pop('AWS_ENDPOINT_URL')\n"
        "with mock_aws():\n"
        "    boto3.client('s3', 'us-east-1').create_bucket(Bucket='things')\n"
        "    boto3.client('iam').create_role(RoleName='pipelines', AssumeRolePolicyDocument='{}')\n"
        "    codes = [main([verb, 'scoring']) for verb in ('render', 'plan', 'deploy', 'start')]\n"
        "os.environ['AWS_ENDPOINT_URL'] = url\n"
        f"codes.append(main(['watch', '{ARN}']))\n"
        "print(codes, [name for name in sys.modules if name.split('.')[0] in ('sagemaker', 'steps')])"
    )
    scripted_aws.answers |= {
        "DescribePipelineExecution": [{"PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Succeeded"}],
        "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": []}],
    }
    finished = python(code, cwd=project.root)
    assert finished.stdout.splitlines()[-1] == "[0, 0, 0, 0, 0] []", finished.stderr


def test_a_script_run_by_its_file_is_the_command(here):
    finished = subprocess.run(
        [sys.executable, ROOT / "scripts/render.py", "scoring"], capture_output=True, text=True, timeout=60
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert json.loads(finished.stdout)["PipelineName"] == "scoring"


def test_a_known_failure_exits_with_1_and_says_what(here, capsys):
    (here.compiled / "scoring.json").unlink()
    assert main(["render", "scoring"]) == 1
    assert capsys.readouterr().err == (
        "penstock: scoring was never compiled\nRun `penstock compile scoring`.\n"
    )


def test_usage_exits_with_2(here, capsys):
    assert main(["render", "scorign"]) == 2
    assert capsys.readouterr().err == "penstock: there is no pipeline 'scorign'\npipelines/ has scoring.\n"
    assert main(["render", "scoring", "--env", "prod"]) == 2
    assert capsys.readouterr().err == ("penstock: there is no environment 'prod'\nenvironments/ has local.\n")


def test_a_command_line_that_does_not_parse_exits_with_2(capsys):
    assert main(["render", "--what"]) == 2
    error = capsys.readouterr().err
    assert "No such option: --what" in error
    assert main(["rendre"]) == 2
    assert "No such command 'rendre'" in capsys.readouterr().err


def test_a_bug_exits_with_3_and_shows_where(here, definition, capsys):
    definition["Parameters"] = 5  # compile does not write this, so nobody checks it
    here.compile(definition)
    assert main(["deploy", "scoring", "--start"]) == 3
    error = capsys.readouterr().err
    assert "TypeError" in error
    assert error.endswith("penstock: this is a bug in Penstock; please report it with the lines above\n")


def test_a_package_that_the_base_install_lacks_is_named(tmp_path):
    code = (
        "import sys; sys.modules['moto'] = None; from scripts.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    finished = python(code, "emulate", "--state", str(tmp_path / "state"), "--", "true")
    assert (finished.returncode, finished.stderr) == (
        1,
        "penstock: this command needs the package moto, which is not installed\n"
        "Install Penstock with it: pip install 'penstock[compile,emulator]'.\n",
    )


def test_a_full_disk_is_told(here):
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [sys.executable, ROOT / "scripts/render.py", "scoring"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert (finished.returncode, finished.stderr) == (
        1,
        "penstock: No space left on device\nMend that and run it again.\n",
    )


def test_ctrl_c_while_watching_ends_the_watch_alone(here, scripted_aws):
    scripted_aws.answers |= {
        "DescribePipelineExecution": [{"PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Executing"}],
        "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": []}],
    }
    process = subprocess.Popen(
        [sys.executable, ROOT / "scripts/watch.py", ARN],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert process.stderr.readline() == "execution Executing\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert error == (
        "penstock: execution abcdefghijkl: no longer watched, and goes on\n"
        f"Watch it again with `penstock watch {ARN} --env local`.\n"
    )
    assert "StopPipelineExecution" not in dict(scripted_aws.calls)
