"""`penstock emulate`, as a person and as a shell use it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.emulator.endpoint import occupancy
from penstock.emulator.state import StateDirectory

ROOT = Path(__file__).parent.parent.parent.parent
AWS = [sys.executable, "-m", "awscli"]


def emulate(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "scripts.emulate", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        **options,
    )


def aws(emulator, *arguments):
    done = subprocess.run(
        [*AWS, *arguments], env=emulator.command_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_aws_command_line_needs_nothing_but_the_environment(emulator, tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "folder").mkdir(parents=True)
    (source / "a file.txt").write_text("one")
    (source / "folder" / "big").write_bytes(os.urandom(9 * 1024 * 1024))
    aws(emulator, "s3", "mb", "s3://cli-bucket")
    aws(emulator, "s3", "sync", str(source), "s3://cli-bucket/data")
    assert "a file.txt" in aws(emulator, "s3", "ls", "s3://cli-bucket/data/")
    aws(emulator, "s3", "cp", "s3://cli-bucket/data", str(copy), "--recursive")
    assert (copy / "folder" / "big").read_bytes() == (source / "folder" / "big").read_bytes()
    assert aws(emulator, "s3", "sync", str(source), "s3://cli-bucket/data") == ""  # nothing changed
    aws(emulator, "s3", "mv", "s3://cli-bucket/data/a file.txt", "s3://cli-bucket/moved+%20")
    assert aws(emulator, "s3", "cp", "s3://cli-bucket/moved+%20", "-") == "one"
    aws(emulator, "s3", "rb", "s3://cli-bucket", "--force")
    assert '"Account": "000000000000"' in aws(emulator, "sts", "get-caller-identity")
    listed = aws(emulator, "sagemaker", "list-pipelines", "--pipeline-name-prefix", "nobody-has-this")
    assert json.loads(listed) == {"PipelineSummaries": []}


def test_a_command_gets_the_variables_and_gives_its_exit_code(tmp_path):
    script = (
        "import os, sys, boto3; boto3.client('s3').create_bucket(Bucket='made-by-command');"
        "print(sorted(n for n in os.environ if n.startswith('AWS_'))); sys.exit(7)"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    inherited |= {"AWS_PROFILE": "of-the-user", "AWS_SESSION_TOKEN": "x", "AWS_ENDPOINT_URL_S3": "http://x"}
    done = emulate("--state", str(tmp_path), "--", sys.executable, "-c", script, env=inherited)
    assert done.returncode == 7, done.stderr
    assert done.stdout.strip() == str(
        sorted(
            [
                "AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED",
                "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SHARED_CREDENTIALS_FILE",
            ]
        )
    )  # fmt: skip
    assert done.stderr == ""
    again = emulate("--state", str(tmp_path), "--", *AWS, "s3", "ls")
    assert again.stdout.endswith(" made-by-command\n")


def test_a_command_uses_the_emulator_that_serves_already(start_emulator, tmp_path):
    running = start_emulator(tmp_path)
    done = emulate("--state", str(tmp_path), "--", "sh", "-c", "echo $AWS_ENDPOINT_URL")
    assert done.stdout.strip() == running.endpoint_url
    done = emulate("--state", str(tmp_path), "--port", "0")
    assert (done.returncode, done.stderr) == (
        1,
        f"penstock: {tmp_path}: another emulator uses this state directory ({running.endpoint_url}, "
        f"process {running.process.pid})\n"
        "Use that one, stop it, or choose another directory with --state.\n",
    )
    running.stop()


def test_a_proxy_that_the_serving_emulator_lacks_is_asked_for_in_vain(emulator):
    done = emulate("--state", str(emulator.state.root), "--proxy", "--", "true")
    assert (done.returncode, done.stderr) == (
        1,
        f"penstock: {emulator.state.root}: the emulator that serves this state directory "
        f"({emulator.endpoint_url}) has no proxy\n"
        "Stop it and start it with --proxy, or leave --proxy out.\n",
    )


def test_enforcement_that_the_serving_emulator_lacks_is_asked_for_in_vain(emulator):
    done = emulate("--state", str(emulator.state.root), "--enforce-policies", "--", "true")
    assert (done.returncode, done.stderr) == (
        1,
        f"penstock: {emulator.state.root}: the emulator that serves this state directory "
        f"({emulator.endpoint_url}) enforces no policies\n"
        "Stop it and start it with --enforce-policies, or leave --enforce-policies out.\n",
    )


def test_the_environment_is_printed_for_a_shell_and_the_secret_nowhere_else(start_emulator, tmp_path):
    running = start_emulator(tmp_path)
    secret = running.state.credentials.secret_access_key
    printed = emulate("--state", str(tmp_path), "--print-environment").stdout
    assert f"export AWS_SECRET_ACCESS_KEY={secret}\n" in printed
    shell = ["sh", "-c", f'{printed}\necho "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID${{AWS_PROFILE-}}"']
    said = subprocess.run(shell, capture_output=True, text=True, env=os.environ | {"AWS_PROFILE": "x"}).stdout
    assert said.strip() == f"{running.endpoint_url} {running.state.credentials.access_key_id}"
    assert secret not in running.stop()
    assert running.process.returncode == 0


def test_without_an_emulator_there_is_no_environment_to_print(tmp_path):
    done = emulate("--state", str(tmp_path), "--print-environment")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"penstock: {tmp_path}: no emulator serves this state directory\n"
        "Start one with `penstock emulate`, or name another directory with --state.\n",
    )


def test_a_port_that_is_taken_is_named(emulator, tmp_path):
    port = emulator.endpoint_url.rpartition(":")[2]
    done = emulate("--state", str(tmp_path), "--port", port)
    assert (done.returncode, done.stderr) == (
        1,
        f"penstock: 127.0.0.1:{port}: the port cannot be used: Address already in use\n"
        "Choose another with --port; --port 0 takes a free one.\n",
    )


def test_a_command_that_is_not_there_is_named(tmp_path):
    done = emulate("--state", str(tmp_path), "--", "no-such-command")
    assert (done.returncode, done.stderr) == (
        2,
        "penstock: no-such-command: cannot be run: No such file or directory\n"
        "Check its name, its permissions and PATH.\n",
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 3), (signal.SIGINT, 4)])
def test_signals_reach_the_command_whose_exit_code_counts(tmp_path, number, code):
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(4))\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.emulate", "--state", tmp_path, "--", sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.wait(timeout=30) == code
    assert occupancy.read_note(StateDirectory(tmp_path)) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_serving_ends_cleanly_at_a_signal(start_emulator, tmp_path, number):
    running = start_emulator(tmp_path)
    running.process.send_signal(number)
    assert running.process.wait(timeout=30) == 0
    assert occupancy.serving(running.state) is None


def test_a_note_of_an_emulator_that_was_killed_misleads_nobody(start_emulator, tmp_path):
    running = start_emulator(tmp_path)
    running.kill()
    assert occupancy.read_note(running.state) is not None
    assert occupancy.serving(running.state) is None
    assert emulate("--state", str(tmp_path), "--", "true").returncode == 0
