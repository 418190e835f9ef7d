"""The commands against moto's AWS: what they print, and what they exit with."""

import gzip
import json

import pytest

from scripts.cli import main

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring"


@pytest.fixture
def here(project, account, monkeypatch):
    monkeypatch.chdir(project.root)
    return project


@pytest.fixture
def run(here, capsys):
    """Runs a command; gives its exit code, stdout and stderr."""

    def run(*arguments):
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def revision(run):
    """The revision that a deploy would bring, as people see it."""
    return json.loads(run("plan", "scoring", "--output", "json")[1])["revision"][:12]


def test_deploy_says_created_then_unchanged_then_updated(here, definition, run):
    first = revision(run)
    assert run("deploy", "scoring") == (
        0,
        f"created {PIPELINE}\n",
        f"publish jobs/prepare.py (18 B)\nkeep revision {first} for a way back (1.7 kB)\n"
        "create pipeline scoring in local\n"
        f"published jobs/prepare.py (18 B)\npublished revision {first} (1.7 kB)\n",
    )
    assert run("deploy", "scoring") == (
        0,
        f"unchanged {PIPELINE}\n",
        "unchanged pipeline scoring in local\n",
    )
    here.compile(definition, description="More.")
    second = revision(run)
    assert run("deploy", "scoring") == (
        0,
        f"updated {PIPELINE}\n",
        f"keep revision {second} for a way back (1.7 kB)\n"
        "update pipeline scoring in local\n"
        f"  revision: {first} -> {second}\n"
        "  description: Scores things. -> More.\n"
        f"published revision {second} (1.7 kB)\n",
    )
    assert run("deploy", "scoring", "--revision", first) == (
        0,
        f"updated {PIPELINE}\n",
        "update pipeline scoring in local\n"
        f"  revision: {second} -> {first}\n"
        "  description: More. -> Scores things.\n",
    )


def test_revisions_lists_the_former_deploys_and_which_of_them_is_deployed(here, definition, run, monkeypatch):
    assert run("revisions", "scoring") == (0, "", "No deploy of scoring to local is kept.\n")
    monkeypatch.setenv("CODEBUILD_RESOLVED_SOURCE_VERSION", "a" * 40)
    run("deploy", "scoring")
    first = revision(run)
    monkeypatch.setenv("CODEBUILD_RESOLVED_SOURCE_VERSION", f"{'b' * 40}-dirty")
    here.compile(definition, description="More.")
    run("deploy", "scoring")
    second = revision(run)
    monkeypatch.delenv("CODEBUILD_RESOLVED_SOURCE_VERSION")
    here.compile(definition, description="Most.")
    run("deploy", "scoring")
    run("deploy", "scoring", "--revision", first)
    code, out, error = run("revisions", "scoring", "--output", "json")
    document = json.loads(out)
    listed = {each.pop("commit"): each for each in document.pop("revisions")}
    assert (code, document, error) == (0, {"environment": "local", "pipeline": "scoring"}, "")
    assert {
        commit: (each["revision"][:12], each["deployed"]) for commit, each in listed.items() if commit
    } == {"a" * 40: (first, True), f"{'b' * 40}-dirty": (second, False)}
    assert [each["kept"] for each in listed.values()] == sorted(
        (each["kept"] for each in listed.values()), reverse=True
    )
    code, out, error = run("revisions", "scoring")
    dirty = listed[f"{'b' * 40}-dirty"]["kept"]
    third = listed[""]["revision"][:12]
    assert (code, error) == (0, "")
    assert sorted(out.splitlines()) == sorted(
        [
            f"{first}  {'a' * 12}        {listed['a' * 40]['kept']}  deployed",
            f"{second}  {'b' * 12}-dirty  {dirty}",
            f"{third}  no commit           {listed['']['kept']}",
        ]
    )


def test_a_commit_that_git_does_not_say_is_told_by_plan_and_deploy(here, run, monkeypatch):
    (here.root / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    told = (
        "The commit of this deploy is not known: git cannot be run:"
        " [Errno 2] No such file or directory: 'git'"
    )
    assert run("plan", "scoring")[2] == f"{told}\n"
    assert run("deploy", "scoring")[2].startswith(f"{told}\npublish jobs/prepare.py (18 B)\n")


def test_plan_prints_what_deploy_would_do_and_its_detailed_exit_code_says_whether(run):
    assert run("plan", "scoring") == (
        0,
        f"publish jobs/prepare.py (18 B)\nkeep revision {revision(run)} for a way back (1.7 kB)\n"
        "create pipeline scoring in local\n",
        "",
    )
    assert run("plan", "scoring", "--detailed-exitcode")[0] == 2
    run("deploy", "scoring")
    assert run("plan", "scoring", "--detailed-exitcode") == (0, "unchanged pipeline scoring in local\n", "")


def test_plan_as_json_is_data(run):
    code, out, _ = run("plan", "scoring", "--output", "json")
    plan = json.loads(out)
    assert code == 0
    for upload in (*plan["publish"], *plan["keep"]):
        assert upload.pop("sha256") in upload.pop("key")
    revision = plan.pop("revision")
    assert plan == {
        "environment": "local",
        "pipeline": "scoring",
        "action": "create",
        "commit": "",
        "deployed": None,
        "drift": None,
        "drift_untold": None,
        "publish": [{"name": "jobs/prepare.py", "size": 18}],
        "keep": [{"name": f"revision {revision[:12]}", "size": 1664}],
        "changes": [],
        "left": {},
        "definition": None,
        "rewritten": False,
        "tags_to_add": {},
        "tags_to_remove": [],
        "functions": [],
        "cache": [],
    }


def test_plan_as_markdown_fits_a_comment_on_a_pull_request(here, definition, run):
    run("deploy", "scoring")
    assert run("plan", "scoring", "--output", "markdown") == (
        0,
        "### `scoring` in `local`: nothing to do\n",
        "",
    )
    definition["Parameters"][1]["DefaultValue"] = 0.9
    here.compile(definition)
    code, out, _ = run("plan", "scoring", "--output", "markdown", "--detailed-exitcode")
    assert code == 2
    assert out.startswith(
        "### `scoring` in `local`: update the pipeline, 1 parameter changed\n\n"
        "<details><summary>What changes</summary>\n\n```diff\n"
    )
    assert "!     change parameter MinimumAuc\n        DefaultValue: 0.85 -> 0.9\n```\n" in out


def test_deploy_can_start_with_parameters(account, run):
    code, out, error = run("deploy", "scoring", "--start", "-p", "Rounds=3", "--output", "json")
    done = json.loads(out)
    assert (code, done["action"], done["pipeline_arn"]) == (0, "created", PIPELINE)
    given = account("sagemaker").list_pipeline_parameters_for_execution(
        PipelineExecutionArn=done["execution_arn"]
    )
    assert given["PipelineParameters"] == [{"Name": "Rounds", "Value": "3"}]
    assert error.endswith(f"Watch it with `penstock watch {done['execution_arn']} --env local`.\n")


def test_a_parameter_that_does_not_fit_changes_nothing(account, run):
    assert run("deploy", "scoring", "--start", "-p", "Rounds=many") == (
        2,
        "",
        "penstock: -p Rounds=many: 'many' is not of type Integer\nGive a value like 42.\n",
    )
    assert account("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_a_parameter_without_a_start_is_refused(run):
    assert run("deploy", "scoring", "-p", "Rounds=3") == (
        2,
        "",
        "penstock: -p is given, and nothing is started\nAdd --start, or leave -p away.\n",
    )


def test_a_stale_definition_is_not_deployed(account, here, run):
    (here.pipelines / "scoring.py").write_text("# something else\n")
    assert run("deploy", "scoring") == (
        1,
        "",
        "penstock: compiled/scoring.json: is stale: pipelines/scoring.py changed since it was compiled\n"
        "Run `penstock compile scoring` and review the difference.\n",
    )


def test_start_needs_a_deployed_pipeline(run):
    assert run("start", "scoring") == (
        1,
        "",
        "penstock: environment local: pipeline scoring is not deployed\n"
        "Deploy it with `penstock deploy` first.\n",
    )
    run("deploy", "scoring")
    code, out, _ = run("start", "scoring")
    assert (code, out[: len(PIPELINE) + 8]) == (0, f"started {PIPELINE}")


@pytest.mark.parametrize("managed_policies", [True])
def test_bootstrap_says_what_it_did(here, run):
    here.edit_environment('bucket = "things"', 'bucket = "more-things"')
    here.edit_environment("[tags]", 'function_role = "arn:aws:iam::123456789012:role/functions"\n[tags]')
    lines = [
        "bucket more-things: made",
        "role arn:aws:iam::123456789012:role/pipelines: is there already",
        "queue penstock-approvals: made",
        "role arn:aws:iam::123456789012:role/functions: made",
        "role penstock-emr-service: made",
        "role penstock-emr-instances: made",
        "instance profile penstock-emr-instances: made",
    ]
    code, out, error = run("bootstrap")
    assert (code, out.splitlines(), error) == (0, lines, "")
    code, out, error = run("bootstrap")
    assert (code, out, error) == (0, "\n".join(lines).replace(": made", ": is there already") + "\n", "")


def test_sample_data_prints_where_it_lies(account, here, run):
    (here.data / "census_income.csv.gz").write_bytes(gzip.compress(b"age,salary\n1,x\n2,y\n"))
    stem = "s3://things/penstock/data/census_income"
    assert run("sample-data", "--rows", "1")[:2] == (0, f"{stem}-1.csv.gz\n{stem}-1-batch.csv\n")
    assert run("sample-data")[:2] == (0, f"{stem}.csv.gz\n{stem}-batch.csv\n")
    assert run("sample-data", "--shifted")[:2] == (0, f"{stem}-shifted.csv.gz\n")
    _, out, _ = run("sample-data", "--output", "json")
    assert json.loads(out) == {"uri": f"{stem}.csv.gz", "batch_uri": f"{stem}-batch.csv"}

    def stored(name):
        return account("s3").get_object(Bucket="things", Key=f"penstock/data/{name}")["Body"].read()

    assert gzip.decompress(stored("census_income.csv.gz")) == b"age,salary\n1,x\n2,y\n"
    assert stored("census_income-batch.csv") == b"1\n"
    assert gzip.decompress(stored("census_income-shifted.csv.gz")) == b"age,salary\n21,x\n22,y\n"


def test_an_endpoint_that_is_down_is_told_in_two_lines(run, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert run("plan", "scoring") == (
        1,
        "",
        "penstock: http://127.0.0.1:9/: cannot be reached\n"
        "Check the network, and AWS_ENDPOINT_URL if it is set: does what it names run"
        " (`penstock emulate`)?\n",
    )
