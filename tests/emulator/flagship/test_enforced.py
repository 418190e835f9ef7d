"""The flagship with the policies that `penstock policy` generates and nothing more, enforced."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

# Three executions.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("enforced flagship"),
]

ROOT = Path(__file__).parent.parent.parent.parent
BUCKET = "penstock-000000000000-us-east-1"
# What the parameter DataUri stands for by default: other data would need another policy.
DATA = "penstock/data/census_income.csv.gz"
INSTANCES = "penstock-emr-instances"


@pytest.fixture(scope="module")
def enforcing(start_emulator, tmp_path_factory):
    return start_emulator(tmp_path_factory.mktemp("state"), "--enforce-policies")


@pytest.fixture(scope="module")
def penstock(enforcing):
    """penstock("start", ...): exit code, the data of stdout, and stderr. `keys` are variables with other
    credentials than the account's own."""

    def run(*arguments, **keys):
        done = subprocess.run(
            [sys.executable, "-m", "scripts.cli", *arguments, "--output", "json"],
            cwd=ROOT,
            env=enforcing.command_environment() | keys,
            capture_output=True,
            text=True,
            timeout=400,
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    return run


@pytest.fixture(scope="module")
def deployer(enforcing, penstock):
    """The keys of a role that may do what the deployer's policy says."""
    made = penstock("policy", "automl_scoring", "--role", "deployer")[1]["deployer"]
    iam = enforcing.client("iam")
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(made["trust"]))["Role"]
    iam.put_role_policy(RoleName="deployer", PolicyName="own", PolicyDocument=json.dumps(made["policy"]))
    given = enforcing.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="tester")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def test_the_generated_policies_are_enough_and_less_is_told(enforcing, penstock, deployer, census_lines):
    code, _, error = penstock("bootstrap", "automl_scoring")
    assert code == 0, error
    iam = enforcing.client("iam")
    for role in ("penstock-execution", "penstock-functions", INSTANCES):
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    sample = gzip.compress("".join(census_lines).encode())
    enforcing.client("s3").put_object(Bucket=BUCKET, Key=DATA, Body=sample)

    code, data, error = penstock(
        "deploy", "automl_scoring", "--wait", "-p", "AutoMLRuntimeSeconds=120", **deployer
    )
    assert code == 0, error
    assert {step["status"] for step in data["steps"]} == {"Succeeded"}
    assert data["steps"][-1]["name"] == "Notify"

    # The comparisons read what the first execution's model was registered with.
    checks = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
    flags = [flag for check in checks for flag in ("-p", f"Skip{check}Check=false")]
    code, data, error = penstock(
        "start",
        "automl_scoring",
        "--wait",
        *flags,
        "-p",
        "AutoMLRuntimeSeconds=120",
        "-p",
        "MinimumAuc=0.999",
    )
    assert data["steps"][-1]["name"] == "RejectModel", error
    assert {step["status"] for step in data["steps"][:-1]} == {"Succeeded"}

    iam.delete_role_policy(RoleName=INSTANCES, PolicyName="penstock-automl_scoring")
    code, data, error = penstock("start", "automl_scoring", "--wait")
    [step] = data["steps"]
    said = (
        f"User: arn:aws:sts::000000000000:assumed-role/{INSTANCES}/i-emulated is not authorized to perform:"
        f' s3:ListBucket on resource: "arn:aws:s3:::{BUCKET}" because no identity-based policy allows the'
        " s3:ListBucket action"
    )
    assert (code, step["status"]) == (1, "Failed")
    assert step["failure_reason"].endswith(f" is FAILED: ClientError: ListObjectsV2: AccessDenied: {said}")
    assert said in error

    told = enforcing.stop().splitlines()
    assert told[1].startswith("IAM policies are enforced: ")
    denied = [line for line in told if line.startswith("denied: ")]
    # Nothing before that, of no role, and after it the step's own log.
    assert denied[0] == f"denied: {said}"
    assert all(f"/{INSTANCES}/" in line for line in denied)
