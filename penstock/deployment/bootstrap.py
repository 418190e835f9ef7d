"""Making what an environment names, where it is missing: the bucket, the queue, the roles.

What others made is left as it is. A role that Penstock made is brought to what roles.py says; or it is
narrowed to the policies of some pipelines, and then stays so.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_missing
from penstock.deployment.policy.grants import LONGEST, size, trust
from penstock.deployment.preflight import bucket_exists, queue_attributes, require_account
from penstock.deployment.roles import Role, policy
from penstock.errors import PenstockError

Done = Literal["made", "there", "narrowed", "narrow", "not ours"]

_OURS = {"Key": "penstock:bootstrap", "Value": "role"}
# On a role that was narrowed: the pipelines that it is for.
_NARROW = "penstock:policies-of"
# What the names of a role's own policies begin with, where Penstock wrote them.
_POLICIES = "penstock-"


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
    """Make a role, or complete it; one that was narrowed stays as it is."""
    require_account(aws)
    tags = _role_tags(aws, role.name)
    if tags is None:
        _create_role(aws, role)
    elif _OURS not in tags:
        return "there"
    elif any(tag["Key"] == _NARROW for tag in tags):
        return "narrow"
    for managed in _managed(aws, role):
        aws.iam.attach_role_policy(RoleName=role.name, PolicyArn=managed)
    for name, statements in role.policies.items():
        document = json.dumps(policy(*statements))
        aws.iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=document)
    return "made" if tags is None else "there"


def narrow_role(aws: Aws, role: Role, documents: Mapping[str, dict[str, Any]], pipelines: list[str]) -> Done:
    """Give a role that Penstock made, or makes now, exactly these policies, by their names, instead of those
    that make_role gives; `pipelines` are those that they are of. What people added to it stays.

    Raises PenstockError if they are more than a role has room for.
    """
    require_account(aws)
    tags = _role_tags(aws, role.name)
    if tags is not None and _OURS not in tags:
        return "not ours"
    _require_room(role, documents, pipelines)
    if tags is None:
        _create_role(aws, role)
    # IAM takes no policy without a statement, which a pipeline of conditions alone has.
    wanted = {f"{_POLICIES}{name}": one for name, one in documents.items() if one["Statement"]}
    try:
        _put_policies(aws, role, wanted)
        _delete_policies(aws, role, keep=wanted)
    except ClientError as error:
        if code(error) != "LimitExceeded":
            raise
        # No room for the old ones beside the new ones: the role does without for a moment.
        _delete_policies(aws, role, keep={})
        _put_policies(aws, role, wanted)
    attached = aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role.name)
    there = [policy["PolicyArn"] for page in attached for policy in page["AttachedPolicies"]]
    for managed in set(there).intersection(_managed(aws, role)):
        aws.iam.detach_role_policy(RoleName=role.name, PolicyArn=managed)
    mark = {"Key": _NARROW, "Value": " ".join(pipelines)[:256]}
    aws.iam.tag_role(RoleName=role.name, Tags=[mark])
    return "narrowed"


def _require_room(role: Role, documents: Mapping[str, dict[str, Any]], pipelines: list[str]) -> None:
    needed = sum(map(size, documents.values()))
    if needed > LONGEST:
        raise PenstockError(
            f"the policies of {', '.join(pipelines)} have {needed:,} characters, and all inline policies of a"
            f" role may have {LONGEST:,}",
            where=f"role {role.name}",
            remedy="Give pipelines roles of their own, each in an environment of its own, or attach what"
            " `penstock policy` prints as managed policies.",
        )


def _put_policies(aws: Aws, role: Role, documents: Mapping[str, dict[str, Any]]) -> None:
    for name, document in documents.items():
        aws.iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=json.dumps(document))


def _delete_policies(aws: Aws, role: Role, keep: Collection[str]) -> None:
    """Those that Penstock wrote."""
    for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=role.name):
        for name in page["PolicyNames"]:
            if name.startswith(_POLICIES) and name not in keep:
                aws.iam.delete_role_policy(RoleName=role.name, PolicyName=name)


def _role_tags(aws: Aws, name: str) -> list[dict[str, str]] | None:
    """None if there is no such role."""
    try:
        tags: list[dict[str, str]] = aws.iam.get_role(RoleName=name)["Role"].get("Tags", [])
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    return tags


def _create_role(aws: Aws, role: Role) -> None:
    aws.iam.create_role(
        RoleName=role.name,
        Path=role.path,
        Description=role.description,
        AssumeRolePolicyDocument=json.dumps(trust(role.service, aws.environment.account)),
        Tags=[_OURS],
    )


def _managed(aws: Aws, role: Role) -> list[str]:
    """The ARNs of AWS's own policies that a role has."""
    return [f"arn:{aws.environment.partition}:iam::aws:policy/{path}" for path in role.managed]


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
