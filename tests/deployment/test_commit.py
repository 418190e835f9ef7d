"""The git commit of a deploy, from real repositories."""

import subprocess

import pytest

from penstock.deployment.commit import of_project


@pytest.fixture
def git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.com")

    def run(*arguments):
        finished = subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)
        return finished.stdout.decode().strip()

    run("init")
    return run


def test_it_is_the_whole_digest_and_tells_changes_of_tracked_files(tmp_path, git):
    file = tmp_path / "pipeline.py"
    file.write_text("one")
    git("add", "pipeline.py")
    git("commit", "-m", "one")
    git("tag", "v1", "-m", "a tag, which may move")
    commit = git("rev-parse", "HEAD")
    assert of_project(tmp_path, {}) == commit
    (tmp_path / "untracked").write_text("")
    assert of_project(tmp_path, {}) == commit
    file.write_text("two")
    assert of_project(tmp_path, {}) == f"{commit}-dirty"


def test_a_build_without_a_repository_is_told_by_codebuild(tmp_path):
    assert of_project(tmp_path, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "abc"}) == "abc"
    assert of_project(tmp_path, {}) == ""
    assert of_project(tmp_path, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "arn:aws:s3:::b/x.zip"}) == ""


def test_a_repository_without_a_commit_has_none(tmp_path, git):
    assert of_project(tmp_path, {}) == ""
