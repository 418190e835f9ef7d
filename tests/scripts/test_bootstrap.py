"""`penstock bootstrap NAME`: the roles get the least that pipelines need."""

import json

import pytest

from scripts.cli import main

ROLE = "arn:aws:iam::123456789012:role/pipelines"


@pytest.fixture
def run(project, account, monkeypatch, capsys):
    monkeypatch.chdir(project.root)

    def run(*arguments):
        code = main(["bootstrap", *arguments])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err

    return run


@pytest.mark.parametrize("managed_policies", [True])
def test_roles_get_the_policies_of_the_pipelines_that_are_named(project, run, account, capsys):
    iam = account("iam")
    iam.delete_role(RoleName="pipelines")
    has = "has the policies of these pipelines, and of no others"
    code, lines, error = run("scoring")
    assert (code, error) == (0, "")
    assert lines == [
        "bucket things: is there already",
        f"role {ROLE}: {has}",
        "queue penstock-approvals: made",
        "role penstock-emr-service: made",
        f"role penstock-emr-instances: {has}",
        "instance profile penstock-emr-instances: made",
    ]
    main(["policy", "scoring", "--role", "execution", "--output", "json"])
    wanted = json.loads(capsys.readouterr().out)["execution"]["policy"]
    given = iam.get_role_policy(RoleName="pipelines", PolicyName="penstock-scoring")["PolicyDocument"]
    assert given == wanted
    assert iam.list_attached_role_policies(RoleName="pipelines")["AttachedPolicies"] == []
    stays = "is there already, with the policies of the pipelines that it was bootstrapped for"
    assert run()[1][1] == f"role {ROLE}: {stays}"


@pytest.mark.parametrize("managed_policies", [True])
def test_pipelines_of_one_role_have_one_policy_that_says_nothing_twice(project, run, account, definition):
    iam = account("iam")
    iam.delete_role(RoleName="pipelines")
    (project.root / "pipelines/other.py").write_text("")
    project.compile(definition, name="other")
    for ending in ("json", "assets.json"):
        (project.compiled / f"scoring.{ending}").rename(project.compiled / f"other.{ending}")
    project.compile(definition)
    code, _, error = run("scoring", "other")
    assert (code, error) == (0, "")
    assert iam.list_role_policies(RoleName="pipelines")["PolicyNames"] == ["penstock-scoring+other"]
    given = iam.get_role_policy(RoleName="pipelines", PolicyName="penstock-scoring+other")["PolicyDocument"]
    sids = [statement["Sid"] for statement in given["Statement"]]
    assert sids == sorted(set(sids))
    [jobs] = [one["Resource"] for one in given["Statement"] if one["Sid"] == "ProcessingJobs"]
    assert jobs == ["arn:aws:sagemaker:us-east-1:123456789012:processing-job/pipelines-*"]


@pytest.mark.parametrize("managed_policies", [True])
def test_a_role_that_others_made_stays_as_it_is(run):
    code, lines, error = run("scoring")
    assert (code, lines[1], error) == (0, f"role {ROLE}: was made by others, and stays as it is", "")


def test_a_pipeline_that_is_not_there_makes_nothing(run, account):
    code, lines, error = run("nonesuch")
    assert (code, lines) == (2, [])
    assert error.startswith("penstock: ")
    assert "QueueUrls" not in account("sqs").list_queues()
