"""Making what an environment names, where it is missing: the bucket, the queue, the roles.

What others made is left as it is. A role that Penstock made is brought to what roles.py says.
"""

import json
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_missing
from penstock.deployment.preflight import bucket_exists, queue_attributes, require_account
from penstock.deployment.roles import Role, policy
from penstock.errors import PenstockError

Done = Literal["made", "there"]

_OURS = {"Key": "penstock:bootstrap", "Value": "role"}


def make_bucket(aws: Aws) -> Done:
    """Raises PenstockError if the bucket's name is taken by another account, or is in another region."""
    require_account(aws)
    if bucket_exists(aws):
        return "there"
    environment = aws.environment
    request: dict[str, Any] = {"Bucket": environment.bucket}
    if environment.region != "us-east-1":  # S3 refuses to be told its default region
        request["CreateBucketConfiguration"] = {"LocationConstraint": environment.region}
    try:
        aws.s3.create_bucket(**request)
    except ClientError as error:
        if code(error) == "BucketAlreadyOwnedByYou":
            return "there"
        if code(error) == "BucketAlreadyExists":
            raise PenstockError(
                f"the name {environment.bucket} belongs to another account",
                where=f"environments/{environment.name}.toml: bucket",
                remedy="Bucket names are unique in the world: choose another.",
            ) from None
        raise
    return "made"


def make_queue(aws: Aws) -> Done:
    """The queue that Callback steps put their requests for approval into."""
    require_account(aws)
    if queue_attributes(aws) is not None:
        return "there"
    attributes = {
        # As long as a function can run: no message is shown to a second one while the first is at work.
        "VisibilityTimeout": "900",
        "MessageRetentionPeriod": "1209600",  # 14 days, SQS's longest: people take their time
    }
    if aws.environment.kms_key:
        attributes["KmsMasterKeyId"] = aws.environment.kms_key
    aws.sqs.create_queue(QueueName=aws.environment.approval_queue, Attributes=attributes)
    return "made"


def make_role(aws: Aws, role: Role) -> Done:
    require_account(aws)
    made: Done = "made"
    try:
        found = aws.iam.get_role(RoleName=role.name)["Role"]
    except ClientError as error:
        if not is_missing(error):
            raise
        principal = {"Service": role.service}
        trust = policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
        aws.iam.create_role(
            RoleName=role.name,
            Path=role.path,
            Description=role.description,
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=[_OURS],
        )
    else:
        made = "there"
        if _OURS not in found.get("Tags", []):
            return made
    for path in role.managed:
        managed = f"arn:{aws.environment.partition}:iam::aws:policy/{path}"
        aws.iam.attach_role_policy(RoleName=role.name, PolicyArn=managed)
    for name, statements in role.policies.items():
        document = json.dumps(policy(*statements))
        aws.iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=document)
    return made


def make_instance_profile(aws: Aws, role: Role) -> Done:
    """The profile through which EC2 instances get the role; it has the role's name."""
    require_account(aws)
    made: Done = "there"
    try:
        profile = aws.iam.get_instance_profile(InstanceProfileName=role.name)["InstanceProfile"]
    except ClientError as error:
        if not is_missing(error):
            raise
        made = "made"
        created = aws.iam.create_instance_profile(InstanceProfileName=role.name, Tags=[_OURS])
        profile = created["InstanceProfile"]
    if not profile["Roles"]:
        aws.iam.add_role_to_instance_profile(InstanceProfileName=role.name, RoleName=role.name)
    return made
