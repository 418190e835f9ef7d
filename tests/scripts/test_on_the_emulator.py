"""The deployment's commands over HTTP, against the emulator that `penstock emulate` serves."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.definition.compiled import Function, source_sha256

ROOT = Path(__file__).parent.parent.parent
PIPELINE = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/scoring"

PENSTOCK = f"{sys.executable} {ROOT}/scripts/cli.py"
EMULATE = f"{PENSTOCK} emulate --state state --"


APPROVER = """\
import json

import boto3


def handler(event, context):
    for record in event["Records"]:
        boto3.client("sagemaker").send_pipeline_execution_step_success(
            CallbackToken=json.loads(record["body"])["token"],
            OutputParameters=[{"Name": "status", "Value": "Approved"}],
        )
"""


def run(project, script):
    """A shell script in the project, with `penstock` as a command; its exit code, stdout and stderr."""
    finished = subprocess.run(
        [*EMULATE.split(), "bash", "-c", f"penstock() {{ {PENSTOCK} \"$@\"; }}; {script}"],
        cwd=project.root, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    return finished.returncode, finished.stdout.splitlines(), finished.stderr.splitlines()


def failing(definition):
    """The definition of a pipeline whose only step fails."""
    fail = {"Name": "Reject", "Type": "Fail", "Arguments": {"ErrorMessage": "not good enough"}}
    return {**definition, "Steps": [fail]}


def asking(definition):
    """The definition of a pipeline whose only step waits for an answer."""
    ask = {
        "Name": "Ask",
        "Type": "Callback",
        "SqsQueueUrl": "{{ env.approval_queue_url }}",
        "Arguments": {},
        "OutputParameters": [{"OutputName": "status", "OutputType": "String"}],
    }
    return {**definition, "Steps": [ask]}


def test_deploy_start_and_watch(project, definition):
    project.edit_environment("123456789012", "000000000000")
    project.compile(failing(definition))
    code, out, error = run(
        project,
        "penstock bootstrap && penstock deploy scoring && penstock deploy scoring --wait -p Rounds=3",
    )
    assert code == 1
    *made, created, unchanged, started, page = out
    assert made == [
        "bucket things: made",
        "role arn:aws:iam::000000000000:role/pipelines: made",
        "queue penstock-approvals: made",
        "role penstock-emr-service: made",
        "role penstock-emr-instances: made",
        "instance profile penstock-emr-instances: made",
    ]
    assert (created, unchanged) == (f"created {PIPELINE}", f"unchanged {PIPELINE}")
    execution = started.removeprefix("started ")
    assert execution.startswith(f"{PIPELINE}/execution/")
    assert page == f"page {project.reports / 'scoring' / execution[-12:]}.html"
    assert "not good enough" in Path(page.removeprefix("page ")).read_text(encoding="utf-8")
    assert error[-4:] == [
        "execution Failed",
        "Reject failed: not good enough",
        f"penstock: execution {execution[-12:]}: Failed: Step failure: One or multiple steps failed.",
        "A Fail step decided this: mend its cause and start a new execution.",
    ]


PLAN_DEPLOY_PLAN = f"""\
plan() {{ penstock plan scoring --detailed-exitcode "$@"; echo exit $?; }}
deploy() {{ penstock deploy scoring "$@" 2>/dev/null; }}
penstock bootstrap >/dev/null
plan; deploy; plan

{sys.executable} -c "import boto3; boto3.client('sagemaker').update_pipeline(
    PipelineName='scoring', PipelineDescription='Edited in Studio.')"
plan; deploy; plan

first=$(penstock plan scoring --output json | {sys.executable} -c "import json, sys
print(json.load(sys.stdin)['revision'])")
sed -i 's/team = .*/team = "x"/' environments/local.toml
deploy
plan --revision ${{first:0:8}}; deploy --revision $first; plan --revision $first
plan
penstock revisions scoring | wc -l; penstock revisions scoring | grep -c "^${{first:0:12}}  .*  deployed$"
"""


@pytest.mark.long
def test_plan_deploy_plan_then_drift_and_the_way_back(project, definition):
    project.edit_environment("123456789012", "000000000000")
    project.compile(failing(definition))
    code, out, error = run(project, PLAN_DEPLOY_PLAN)
    assert (code, error) == (0, [])
    shown = "\n".join(line for line in out if "revision" not in line)
    assert shown == (
        "publish jobs/prepare.py (18 B)\ncreate pipeline scoring in local\nexit 2\n"
        f"created {PIPELINE}\nunchanged pipeline scoring in local\nexit 0\n"
        "  description: Scores things. -> Edited in Studio.\nupdate pipeline scoring in local\n"
        "  description: Edited in Studio. -> Scores things.\nexit 2\n"
        f"updated {PIPELINE}\nunchanged pipeline scoring in local\nexit 0\n"
        f"updated {PIPELINE}\n"
        "update pipeline scoring in local\n  tag team: x -> scoring\nexit 2\n"
        f"updated {PIPELINE}\nunchanged pipeline scoring in local\nexit 0\n"
        "update pipeline scoring in local\n  tag team: scoring -> x\nexit 2\n"
        "2\n1"
    )
    assert [line for line in out if line.startswith("drift: since Penstock deployed revision ")]


@pytest.mark.long
def test_two_deploys_at_the_same_moment_both_end_well_and_leave_one_of_the_two(project, definition):
    project.edit_environment("123456789012", "000000000000")
    project.compile(failing(definition))
    other = project.environments / "other.toml"
    other.write_text(
        (project.environments / "local.toml").read_text().replace('"scoring"', '"other"')
        + 'owner = "other"\n'
    )
    code, out, error = run(
        project,
        "penstock bootstrap >/dev/null; penstock deploy scoring & penstock deploy scoring --env other & "
        "wait -n && wait -n; code=$?; penstock plan scoring; penstock plan scoring --env other; exit $code",
    )
    assert code == 0, error
    assert sorted(line.split()[0] for line in out[:2]) in (["created", "unchanged"], ["created", "updated"])
    assert "unchanged pipeline scoring in local" in out or "unchanged pipeline scoring in other" in out


@pytest.mark.long
def test_a_large_definition_goes_by_way_of_s3_and_is_unchanged_the_second_time(project, definition):
    project.edit_environment("123456789012", "000000000000")
    large = failing(definition)
    large["Steps"][0]["Description"] = "long " * 600
    large["Steps"] += [{**large["Steps"][0], "Name": f"Reject{number}"} for number in range(40)]
    project.compile(large)
    code, out, error = run(
        project, "penstock bootstrap >/dev/null && penstock deploy scoring && penstock deploy scoring"
    )
    assert (code, out) == (0, [f"created {PIPELINE}", f"unchanged {PIPELINE}"])
    assert error[0] == "publish jobs/prepare.py (18 B)"
    assert error[1].startswith("publish the definition (")


@pytest.mark.long
def test_a_function_is_deployed_with_its_pipeline_and_answers_what_the_queue_brings(project, definition):
    project.edit_environment("123456789012", "000000000000")
    role = "arn:aws:iam::000000000000:role/functions"
    project.edit_environment("[tags]", f'function_role = "{role}"\n[tags]')
    source = project.root / "jobs/approver.py"
    source.write_text(APPROVER)
    queue = "{{ env.approval_queue_arn }}"
    approver = Function(
        "jobs/approver.py", source_sha256(source), "approver.handler", "Approves.", timeout=30, queue=queue
    )
    project.compile(asking(definition), functions={"approver": approver})
    code, out, error = run(
        project,
        "penstock bootstrap >/dev/null && penstock deploy scoring && penstock deploy scoring --wait",
    )
    function = "arn:aws:lambda:us-east-1:000000000000:function:scoring-approver"
    assert code == 0, error
    assert out[:4] == [
        f"created {function}",
        f"created {PIPELINE}",
        f"unchanged {function}",
        f"unchanged {PIPELINE}",
    ]
    assert out[5:-1] == ["Ask  status  Approved"]


@pytest.mark.long
def test_an_execution_that_ends_because_the_emulator_does_is_told(project, definition):
    project.edit_environment("123456789012", "000000000000")
    project.compile(asking(definition))
    code, out, error = run(
        project, "penstock bootstrap >/dev/null && penstock deploy scoring --start 2>/dev/null"
    )
    execution = out[1].removeprefix("started ")
    assert (code, error) == (
        0,
        [
            f"The emulator stops with its command, and so ends {execution}.",
            "To let executions go on, keep one serving: `penstock emulate` in another terminal.",
        ],
    )


@pytest.mark.long
def test_an_execution_that_ends_with_the_serving_emulator_is_told(project, definition):
    project.edit_environment("123456789012", "000000000000")
    project.compile(asking(definition))
    serving = subprocess.Popen(
        [*PENSTOCK.split(), "emulate", "--state", "state", "--port", "0"],
        cwd=project.root, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert serving.stderr is not None
    serving.stderr.readline()
    try:
        _, out, _ = run(
            project, "penstock bootstrap >/dev/null && penstock deploy scoring --start 2>/dev/null"
        )
    finally:
        serving.send_signal(signal.SIGINT)
        *_, told, last = serving.communicate(timeout=60)[1].splitlines()
    execution = out[1].removeprefix("started ")
    assert (serving.returncode, last) == (0, "stopping")
    assert told == f"This ends {execution}, until `penstock retry` goes on with it."
