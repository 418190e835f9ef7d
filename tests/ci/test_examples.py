"""The examples for continuous integration: what they say parses, and names what there is."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.cli import VERBS

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/penstock.yml"
BUILDSPEC = ROOT / "docs/ci/buildspec.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def parsed(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", [WORKFLOW, BUILDSPEC, HOOKS], ids=lambda file: file.name)
def test_they_run_commands_that_there_are(file):
    verbs = {verb.replace("_", "-") for verb in VERBS}
    called = set(re.findall(r"^(?!\s*#).*?\bpenstock ([a-z\-]+) [\"\-$]", file.read_text(), re.MULTILINE))
    assert called
    assert called <= verbs


@pytest.mark.parametrize("file", [WORKFLOW, BUILDSPEC], ids=lambda file: file.name)
def test_they_install_from_locks_and_deploy_pipelines_and_to_environments_that_there_are(file):
    text = file.read_text()
    for lock in re.findall(r"locks/\w+\.lock", text):
        assert (ROOT / lock).is_file()
    variables = parsed(file)["env"]
    variables = variables.get("variables", variables)
    for pipeline in variables["PIPELINES"].split():
        assert (ROOT / "pipelines" / f"{pipeline}.py").is_file()
    environment = re.search(r"[a-z]+", variables["DEPLOY_TO"].rpartition("||")[2])[0]
    assert (ROOT / "environments" / f"{environment}.toml").is_file()


def test_the_workflow_is_safe_without_settings_and_for_forks():
    workflow = parsed(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert "permissions" not in jobs["check"]
    assert "PENSTOCK_PLAN_ROLE != ''" in jobs["plan"]["if"]
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]
    assert "PENSTOCK_DEPLOY_ROLE != ''" in jobs["deploy"]["if"]
    assert "secrets." not in WORKFLOW.read_text()


def test_the_workflow_puts_nothing_that_others_write_into_a_command():
    for name, job in parsed(WORKFLOW)["jobs"].items():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name}: {step['name']}"


def test_the_plans_comment_is_brought_up_to_date_and_no_other(tmp_path):
    (step,) = [step for step in parsed(WORKFLOW)["jobs"]["plan"]["steps"] if step.get("name") == "Comment"]
    (tmp_path / "plan.md").write_text("x" * 70_000)
    gh = tmp_path / "gh"
    gh.write_text('#!/bin/sh\necho "$*" >> calls\ncase "$*" in *--paginate*) printf "$FOUND";; esac\n')
    gh.chmod(0o755)
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "GITHUB_REPOSITORY": "o/r", "PULL_REQUEST": "7"}

    def calls(found):
        command = ["bash", "-e", "-c", step["run"]]
        subprocess.run(command, cwd=tmp_path, env={**variables, "FOUND": found}, check=True)
        lines = (tmp_path / "calls").read_text().splitlines()
        (tmp_path / "calls").unlink()
        return lines[1:]

    assert calls("") == ["api repos/o/r/issues/7/comments --field body=@comment.md --silent"]
    assert calls("11\\n12\\n") == [
        "api --method PATCH repos/o/r/issues/comments/11 --field body=@comment.md --silent"
    ]
    assert len((tmp_path / "comment.md").read_text()) < 65_536
    (plan,) = [step for step in parsed(WORKFLOW)["jobs"]["plan"]["steps"] if step.get("name") == "Plan"]
    marker = re.search(r"startswith\(\"(.*?)\"\)", step["run"])[1]
    assert f"echo '{marker}'" in plan["run"]


@pytest.mark.parametrize(
    ("variables", "deploys"),
    [
        ({"CODEBUILD_WEBHOOK_EVENT": "PUSH", "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/main"}, True),
        ({"CODEBUILD_WEBHOOK_EVENT": "PUSH", "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/other"}, False),
        # Of a fork, whose branch may have any name.
        (
            {
                "CODEBUILD_WEBHOOK_EVENT": "PULL_REQUEST_CREATED",
                "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/main",
                "SAGEMAKER_PROJECT_NAME": "p",
            },
            False,
        ),
        ({"SAGEMAKER_PROJECT_NAME": "p"}, True),
        ({}, False),
    ],
)
def test_the_buildspec_deploys_main_and_nothing_else(tmp_path, variables, deploys):
    *_, deploy = parsed(BUILDSPEC)["phases"]["post_build"]["commands"]
    variables = {**variables, "PIPELINES": "a b", "DEPLOY_TO": "dev"}
    script = f'penstock() {{ echo "$*"; }}\n{deploy}'
    done = subprocess.run(["bash", "-c", script], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == (["deploy a --env dev", "deploy b --env dev"] if deploys else [])


def test_the_buildspec_has_the_phases_that_codebuild_knows():
    spec = parsed(BUILDSPEC)
    assert spec["version"] == 0.2
    assert set(spec["phases"]) <= {"install", "pre_build", "build", "post_build"}
    commands = [command for phase in spec["phases"].values() for command in phase["commands"]]
    assert all(isinstance(command, str) for command in commands)


def test_the_hooks_run_on_what_they_are_about():
    compile_hook, check = parsed(HOOKS)
    assert (compile_hook["id"], check["id"]) == ("penstock-compile", "penstock-check")
    assert compile_hook["pass_filenames"] is False
    assert re.search(compile_hook["files"], "pipelines/automl_scoring.py")
    assert re.search(check["files"], "compiled/automl_scoring.json")
    assert re.search(check["exclude"], "compiled/automl_scoring.assets.json")
    assert not re.search(check["files"], "compiled/automl_scoring/CheckDataBias/analysis_config.json")
