"""What a deploy is made from, in a real repository."""

import pytest

from penstock.definition.compiled import Function, source_sha256
from penstock.deployment import environments
from penstock.deployment.aws import Aws
from penstock.deployment.choose import choose


@pytest.fixture
def git(project, repository):
    return repository(project.root)


@pytest.mark.parametrize(
    "file",
    [
        "pipeline.json.j2", "compiled/scoring.json", "compiled/scoring.assets.json", "jobs/notify.py",
        "jobs/prepare.py", "pipelines/scoring.py", "environments/local.toml",
    ],
)  # fmt: skip
def test_a_commit_without_a_file_of_the_deploy_is_dirty_and_others_do_not_matter(
    project, definition, credentials, git, file
):
    source = project.root / "jobs/notify.py"
    source.write_text("def handler(event, context): ...\n")
    role = "arn:aws:iam::123456789012:role/functions"
    project.edit_environment("[tags]", f'function_role = "{role}"\n[tags]')
    function = Function("jobs/notify.py", source_sha256(source), "notify.handler", "Notifies.")
    project.compile(definition, functions={"notify": function})
    aws = Aws(environments.load(project, "local"))
    git("add", ".")
    git("commit", "-m", "all")
    (project.root / "README.md").write_text("Not deployed.")
    assert choose(project, "scoring", aws, None, pytest.fail).commit == git("rev-parse", "HEAD")
    git("rm", "--cached", file)
    git("commit", "-m", "less")
    less = git("rev-parse", "HEAD")
    assert choose(project, "scoring", aws, None, pytest.fail).commit == f"{less}-dirty"


def test_a_file_of_a_functions_folder_that_git_ignores_is_in_no_commit_and_caches_are_in_no_function(
    project, definition, credentials, git
):
    folder = project.root / "jobs/notify"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__/notify.pyc").write_text("")
    (folder / "notify.py").write_text("def handler(event, context): ...\n")
    (project.root / ".gitignore").write_text("__pycache__/\n*.txt\n")
    role = "arn:aws:iam::123456789012:role/functions"
    project.edit_environment("[tags]", f'function_role = "{role}"\n[tags]')

    def commit():
        function = Function("jobs/notify", source_sha256(folder), "notify.handler", "Notifies.")
        project.compile(definition, functions={"notify": function})
        git("add", ".")
        git("commit", "-m", "all")
        aws = Aws(environments.load(project, "local"))
        return choose(project, "scoring", aws, None, pytest.fail).commit

    assert commit() == git("rev-parse", "HEAD")
    (folder / "words.txt").write_text("hello")
    assert commit() == f"{git('rev-parse', 'HEAD')}-dirty"
