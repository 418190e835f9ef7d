"""An emulator that enforces policies, and roles that are allowed little."""

import json
import sys
import time
import uuid
from pathlib import Path

import boto3
import pytest
from hypothesis import settings

# The tests of this folder share acting.py, which importlib's import mode does not find by itself.
sys.path.insert(0, str(Path(__file__).parent))

# No test asserts timing, hypothesis's own deadline for an example included.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

ACCOUNT = "000000000000"
ENDED = ("Succeeded", "Failed", "Stopped")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SERVICES = [f"{name}.amazonaws.com" for name in ("sagemaker", "lambda", "elasticmapreduce", "ec2")]


class Account:
    """One emulator's account: its own clients, and roles made in it."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.client = emulator.client
        self.bucket = f"test-{uuid.uuid4().hex[:12]}"
        self.client("s3").create_bucket(Bucket=self.bucket)

    def role(self, *statements, services=SERVICES, **options):
        """A role that may do what the statements say: (action, resource) or a whole statement."""
        principal = {"Service": services, "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]
        name = f"r{uuid.uuid4().hex[:12]}"
        self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust), **options)
        made = Role(self, name)
        made.allow(*statements)
        return made

    def put(self, key, text=""):
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return f"s3://{self.bucket}/{key}"

    def start(self, role, *steps):
        """The ARN of an execution of a new pipeline."""
        sagemaker, name = self.client("sagemaker"), f"p-{uuid.uuid4().hex[:12]}"
        definition = {"Version": "2020-12-01", "Steps": list(steps)}
        sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(definition), RoleArn=role.arn
        )
        return sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]

    def run(self, role, *steps):
        """The entries of the steps, by name, of an execution of a new pipeline that has ended."""
        sagemaker, arn = self.client("sagemaker"), self.start(role, *steps)
        until = time.monotonic() + 60
        while (
            sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            not in ENDED
        ):
            assert time.monotonic() < until
            time.sleep(0.02)
        listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return {step["StepName"]: step for step in listed}


class Role:
    def __init__(self, account, name):
        self._account = account
        self.name = name
        self.arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        self._statements = []

    def allow(self, *statements):
        """Besides what it was allowed before."""
        self._statements += [
            each if isinstance(each, dict) else {"Effect": "Allow", "Action": each[0], "Resource": each[1]}
            for each in statements
        ]
        if self._statements:
            self._account.client("iam").put_role_policy(
                RoleName=self.name, PolicyName="own", PolicyDocument=_document(self._statements)
            )

    def session(self, name="tester"):
        """An unmodified boto3 session of who has assumed the role."""
        given = self._account.client("sts").assume_role(RoleArn=self.arn, RoleSessionName=name)["Credentials"]
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
        )

    def client(self, service):
        return self.session().client(service, endpoint_url=self._account.emulator.endpoint_url)

    def denied(self, action, resource, session="SageMaker"):
        """AWS's words."""
        quoted = f'"{resource}"' if action.startswith("s3:") else resource
        return (
            f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/{session} is not authorized to perform:"
            f" {action} on resource: {quoted} because no identity-based policy allows the {action} action"
        )


def _document(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="session")
def account(start_emulator, tmp_path_factory):
    return Account(start_emulator(tmp_path_factory.mktemp("enforcing"), "--enforce-policies"))


@pytest.fixture(scope="session")
def lax_account(emulator):
    """Of an emulator that enforces nothing."""
    return Account(emulator)


@pytest.fixture(scope="session")
def image():
    return IMAGE
