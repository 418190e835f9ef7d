"""The git commit of a deploy, from real repositories."""

import subprocess

import pytest

from penstock.deployment.commit import of_files


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


def test_it_is_the_whole_digest_and_tells_whether_the_commit_holds_the_files(tmp_path, git):
    file, other = tmp_path / "pipeline.py", tmp_path / "new [1].py"
    file.write_text("one")
    git("add", "pipeline.py")
    git("commit", "-m", "one")
    commit = git("rev-parse", "HEAD")
    other.write_text("")
    assert of_files(tmp_path, ["pipeline.py"], {}) == commit
    assert of_files(tmp_path, ["pipeline.py", "new [1].py"], {}) == f"{commit}-dirty"
    git("add", "new [1].py")
    git("commit", "-m", "two")
    second = git("rev-parse", "HEAD")
    assert of_files(tmp_path, ["pipeline.py", "new [1].py"], {}) == second
    file.write_text("changed")
    assert of_files(tmp_path, ["new [1].py"], {}) == second
    assert of_files(tmp_path, ["pipeline.py"], {}) == f"{second}-dirty"
    file.unlink()
    assert of_files(tmp_path, ["pipeline.py"], {}) == f"{second}-dirty"


def test_a_project_may_lie_below_the_repository(tmp_path, git):
    project = tmp_path / "ml"
    project.mkdir()
    (project / "a.py").write_text("one")
    git("add", "ml")
    git("commit", "-m", "one")
    (tmp_path / "a.py").write_text("another's")
    assert of_files(project, ["a.py"], {}) == git("rev-parse", "HEAD")


def test_a_build_without_a_repository_is_told_by_codebuild(tmp_path):
    assert of_files(tmp_path, [], {"CODEBUILD_RESOLVED_SOURCE_VERSION": "abc"}) == "abc"
    assert of_files(tmp_path, [], {}) == ""
    assert of_files(tmp_path, [], {"CODEBUILD_RESOLVED_SOURCE_VERSION": "arn:aws:s3:::b/x.zip"}) == ""


def test_a_repository_without_a_commit_has_none(tmp_path, git):
    assert of_files(tmp_path, [], {}) == ""
