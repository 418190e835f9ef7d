"""The deployer's policy covers what a deploy calls."""

import logging

import pytest
from botocore.model import OperationModel

from penstock.definition import compiled
from penstock.definition.compiled import Function, file_sha256
from penstock.deployment import environments
from penstock.deployment.policy import documents
from penstock.deployment.policy.grants import covers
from penstock.deployment.policy.roles import Role

ROLE = "arn:aws:iam::123456789012:role/functions"
# What IAM calls operations that go by another name there; None needs no permission.
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sts:GetCallerIdentity": None,
}


@pytest.fixture
def with_a_function(project, definition, account):
    (project.root / "jobs/notify.py").write_text("def handler(event, context): ...\n")
    function = Function("jobs/notify.py", file_sha256(project.root / "jobs/notify.py"), "notify.handler", "")
    project.compile(definition, functions={"notify": function})
    project.edit_environment('bucket = "things"', f'bucket = "things"\nfunction_role = "{ROLE}"')
    trusted = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Principal": {"Service": "lambda.amazonaws.com"}}]}'
    )
    account("iam").create_role(RoleName="functions", AssumeRolePolicyDocument=trusted)


def test_it_covers_every_call_of_a_deploy(project, with_a_function, aws, deployed, definition, caplog):
    with caplog.at_level(logging.DEBUG, logger="botocore.endpoint"):
        deployed()
        loaded = compiled.load(project, "scoring")
        project.compile(definition, description="More.", functions=loaded.manifest.functions)
        deployed()
    operations = [
        arg for record in caplog.records for arg in record.args or () if isinstance(arg, OperationModel)
    ]
    called = {f"{one.service_model.service_name}:{one.name}" for one in operations}
    wanted = {ACTIONS.get(action, action) for action in called} - {None}
    environment = environments.load(project, "local")
    (made,) = documents.make(project, compiled.load(project, "scoring"), environment, [Role.DEPLOYER])
    allowed = [action for statement in made.policy["Statement"] for action in statement["Action"]]
    assert {"sagemaker:UpdatePipeline", "lambda:CreateFunction", "s3:PutObject"} <= wanted
    assert [action for action in sorted(wanted) if not any(covers(one, action) for one in allowed)] == []
