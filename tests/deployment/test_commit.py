"""The git commit of a deploy, from real repositories."""

import pytest

from penstock.deployment.commit import of_files


@pytest.fixture
def git(tmp_path, repository):
    return repository(tmp_path)


@pytest.fixture
def told():
    return []


@pytest.fixture
def tell(told):
    return told.append


def test_it_is_the_whole_digest_and_tells_whether_the_commit_holds_the_files(tmp_path, git, tell):
    file, other = tmp_path / "pipeline.py", tmp_path / "new [1].py"
    file.write_text("one")
    git("add", "pipeline.py")
    git("commit", "-m", "one")
    commit = git("rev-parse", "HEAD")
    other.write_text("")
    assert of_files(tmp_path, ["pipeline.py"], tell, {}) == commit
    assert of_files(tmp_path, ["pipeline.py", "new [1].py"], tell, {}) == f"{commit}-dirty"
    git("add", "new [1].py")
    git("commit", "-m", "two")
    second = git("rev-parse", "HEAD")
    assert of_files(tmp_path, ["pipeline.py", "new [1].py"], tell, {}) == second
    file.write_text("changed")
    assert of_files(tmp_path, ["new [1].py"], tell, {}) == second
    assert of_files(tmp_path, ["pipeline.py"], tell, {}) == f"{second}-dirty"
    file.unlink()
    assert of_files(tmp_path, ["pipeline.py"], tell, {}) == f"{second}-dirty"


def test_a_file_that_git_is_told_to_ignore_is_not_in_the_commit_either(tmp_path, git, tell):
    (tmp_path / ".gitignore").write_text("*.toml\n")
    (tmp_path / "local.toml").write_text("")
    (tmp_path / "dev.toml").write_text("")
    git("add", "--force", ".gitignore", "dev.toml")
    git("commit", "-m", "one")
    commit = git("rev-parse", "HEAD")
    assert of_files(tmp_path, ["dev.toml"], tell, {}) == commit
    assert of_files(tmp_path, ["local.toml"], tell, {}) == f"{commit}-dirty"


def test_a_project_may_lie_below_the_repository(tmp_path, git, tell):
    project = tmp_path / "ml"
    project.mkdir()
    (project / "a.py").write_text("one")
    git("add", "ml")
    git("commit", "-m", "one")
    (tmp_path / "a.py").write_text("another's")
    assert of_files(project, ["a.py"], tell, {}) == git("rev-parse", "HEAD")


def test_a_build_without_a_repository_is_told_by_codebuild(tmp_path, tell):
    assert of_files(tmp_path, [], tell, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "abc"}) == "abc"
    assert of_files(tmp_path, [], tell, {}) == ""
    assert of_files(tmp_path, [], tell, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "arn:aws:s3:::b/x.zip"}) == ""


def test_a_repository_without_a_commit_has_none(tmp_path, git, tell, told):
    assert of_files(tmp_path, [], tell, {}) == ""
    assert told == []


def test_a_folder_without_a_repository_has_none_which_is_nothing_to_tell(tmp_path, tell, told):
    assert of_files(tmp_path, [], tell, {}) == ""
    assert told == []


def test_a_commit_that_is_checked_out_by_itself_is_known_and_so_is_that_of_a_shallow_clone(
    tmp_path, git, tell, told
):
    (tmp_path / "a.py").write_text("one")
    git("add", "a.py")
    git("commit", "-m", "one")
    first = git("rev-parse", "HEAD")
    git("commit", "--allow-empty", "-m", "two")
    git("checkout", "--detach", first)
    assert of_files(tmp_path, ["a.py"], tell, {}) == first
    git("clone", "--depth", "1", f"file://{tmp_path}", "shallow")
    assert of_files(tmp_path / "shallow", ["a.py"], tell, {}) == first
    assert told == []


def test_a_repository_that_git_does_not_read_is_told_unless_the_build_knows_the_commit(
    tmp_path, git, monkeypatch, tell, told
):
    # As where a container's root reads what another user has checked out.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    project = tmp_path / "ml"
    project.mkdir()
    assert of_files(project, [], tell, {"CODEBUILD_RESOLVED_SOURCE_VERSION": "abc"}) == "abc"
    assert told == []
    assert of_files(project, [], tell, {}) == ""
    assert told == [
        "The commit of this deploy is not known: git says: fatal: detected dubious ownership in repository at"
        f" '{tmp_path}'"
    ]


def test_a_repository_where_there_is_no_git_is_told(tmp_path, git, monkeypatch, tell, told):
    monkeypatch.setenv("PATH", "")
    assert of_files(tmp_path, [], tell, {}) == ""
    assert told == [
        "The commit of this deploy is not known: git cannot be run: [Errno 2] No such file or directory:"
        " 'git'"
    ]


def test_a_commit_whose_files_git_cannot_compare_counts_as_dirty_and_is_told(tmp_path, git, tell, told):
    git("commit", "--allow-empty", "-m", "one")
    (tmp_path / ".git/index").write_text("damaged")
    assert of_files(tmp_path, [], tell, {}) == f"{git('rev-parse', 'HEAD')}-dirty"
    assert told == [
        "Whether the commit holds the files of this deploy is not known: git says: fatal: .git/index: index"
        " file smaller than expected"
    ]
