"""`penstock policy` as a command."""

import json
import subprocess
import sys

import pytest

from scripts.cli import main

ROLE = "arn:aws:iam::123456789012:role/pipelines"


@pytest.fixture
def run(project, monkeypatch, capsys):
    monkeypatch.chdir(project.root)

    def run(*arguments):
        code = main(["policy", "scoring", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_it_gives_everyones_policies_as_data_and_the_same_each_time(run):
    code, out, err = run("--output", "json")
    made = json.loads(out)
    assert (code, err) == (0, "")
    assert list(made) == ["execution", "deployer"]
    assert list(made["execution"]) == ["role", "trust", "policy", "notes"]
    assert made["execution"]["role"] == ROLE
    assert made["execution"]["trust"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
    assert run("--output", "json") == (0, out, "")


def test_it_gives_one_role_as_text(run):
    code, out, err = run("--role", "execution")
    assert (code, err) == (0, "")
    assert out.startswith(f"execution ({ROLE})\n  ListBuckets: s3:GetBucketLocation, s3:ListBucket\n")
    assert "    if iam:PassedToService is sagemaker.amazonaws.com\n" in out


def test_check_exits_with_1_until_the_role_has_what_it_needs(run, account, no_simulation):
    iam = account("iam")
    code, out, err = run("--check", "pipelines")
    assert (code, err) == (1, "")
    assert out.startswith(
        f"{ROLE} lacks some of what it needs\n"
        "by its own and attached policies alone: IAM's simulation cannot be reached\nlacks "
    )

    document = json.loads(run("--role", "execution", "--output", "json")[1])["execution"]["policy"]
    iam.put_role_policy(RoleName="pipelines", PolicyName="own", PolicyDocument=json.dumps(document))
    code, out, err = run("--check", "pipelines")
    assert (code, out.splitlines()[0], err) == (0, f"{ROLE} has what it needs, and no more", "")

    denying = {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}
    no_images = json.dumps({"Version": "2012-10-17", "Statement": denying})
    iam.put_role_policy(RoleName="pipelines", PolicyName="no-images", PolicyDocument=no_images)
    code, out, _ = run("--check", "pipelines")
    assert (code, out.splitlines()[2]) == (1, "lacks ecr:GetAuthorizationToken on *, denied by no-images")
    iam.delete_role_policy(RoleName="pipelines", PolicyName="no-images")

    wide = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    iam.put_role_policy(RoleName="pipelines", PolicyName="wide", PolicyDocument=json.dumps(wide))
    code, out, _ = run("--check", ROLE)
    first, *_, last = out.splitlines()
    assert (code, first) == (0, f"{ROLE} has what it needs, and more")
    assert last == "does not need s3:* on * (wide)"

    wide["Statement"]["Resource"] = [f"arn:aws:s3:::other-{n}/*" for n in range(11)]
    iam.put_role_policy(RoleName="pipelines", PolicyName="wide", PolicyDocument=json.dumps(wide))
    code, out, _ = run("--check", ROLE)
    assert code == 0
    assert out.splitlines()[2:] == ["does not need what wide allows on 11 resources (--output json lists it)"]


def test_neither_graph_nor_policy_loads_the_sdk(project):
    program = (
        "import sys; from scripts.cli import main; "
        "codes = [main(['graph', 'scoring']), main(['policy', 'scoring'])]; "
        "print(codes, sorted({'sagemaker', 'pandas', 'moto'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=project.root, capture_output=True, text=True)
    assert done.stderr == "[0, 0] []\n"


def test_a_policy_that_does_not_fit_into_a_role_is_told(project, run, definition):
    inputs = definition["Steps"][0]["Arguments"]["ProcessingInputs"]
    for number in range(200):
        uri = f"s3://a-bucket-of-many/{number:040}"
        inputs.append({"InputName": f"more-{number}", "S3Input": {"S3Uri": uri}})
    project.compile(definition)
    code, _, err = run("--role", "execution")
    assert (code, err) == (
        0,
        "execution: the policy has 16,198 characters, and all inline policies of a role may have 10,240: make"
        " managed policies of its statements, of 6,144 each at most\n",
    )
