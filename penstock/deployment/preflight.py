"""What must hold before anything is sent: what the environment names is there, and is of its account.

Reads only.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from penstock.definition.structure import all_steps
from penstock.deployment.aws import Aws, code, is_denied, is_missing
from penstock.deployment.roles import name_of
from penstock.errors import PenstockError

# What an environment's settings name.
_KINDS = {
    "bucket": "bucket",
    "role": "role",
    "function_role": "role",
    "approval_queue": "queue",
    "emr_service_role": "role",
    "emr_instance_profile": "instance profile",
}


def check(aws: Aws, definition: Mapping[str, Any], role: str = "") -> None:
    """What the pipeline and its steps will need; `role` is its own if it is not the environment's.

    Raises PenstockError for the first thing that is not there or belongs to another account.
    """
    require_account(aws)
    require_bucket(aws)
    require_role(aws, "role", role or aws.environment.role)
    steps = list(all_steps(definition))
    if aws.environment.approval_queue_url in [step.get("SqsQueueUrl") for step in steps]:
        require_queue(aws)
    if any(step.get("Type") == "EMR" and "ClusterConfig" in step.get("Arguments", {}) for step in steps):
        _require_emr_roles(aws)


def require_account(aws: Aws) -> None:
    """Raises PenstockError if the credentials are of another account."""
    account = aws.sts.get_caller_identity()["Account"]
    environment = aws.environment
    if account != environment.account:
        raise PenstockError(
            f"the credentials are of account {account}, and the environment is account {environment.account}",
            where=f"environments/{environment.name}.toml",
            remedy="Use credentials of that account (AWS_PROFILE), or another --env.",
        )


def require_bucket(aws: Aws) -> None:
    """Raises PenstockError if there is no bucket, or it is in another account or region."""
    if not bucket_exists(aws):
        raise _missing(aws, "bucket", aws.environment.bucket)


def _missing(aws: Aws, setting: str, value: str) -> PenstockError:
    name = aws.environment.name
    return PenstockError(
        f"there is no {_KINDS[setting]} {value}",
        where=f"environments/{name}.toml: {setting}",
        remedy=f"Run `penstock bootstrap --env {name}` to make it, or name another.",
    )


def bucket_exists(aws: Aws) -> bool:
    """Raises PenstockError if the bucket is there, but in another account or region."""
    environment = aws.environment
    where = f"environments/{environment.name}.toml: bucket"
    try:
        bucket = aws.s3.head_bucket(Bucket=environment.bucket, ExpectedBucketOwner=environment.account)
    except ClientError as error:
        if is_missing(error):
            return False
        if is_denied(error):
            raise PenstockError(
                f"bucket {environment.bucket} is of another account, or these credentials may not use it",
                where=where,
                remedy="Name a bucket of the account, or ask for s3:ListBucket on this one.",
            ) from None
        if code(error) not in ("301", "400"):  # S3's answers to HEAD in a wrong region; they have no body
            raise
        region = "another region"
    else:
        region = bucket.get("BucketRegion", environment.region)
    if region != environment.region:
        raise PenstockError(
            f"bucket {environment.bucket} is in {region}, and the environment in {environment.region}",
            where=where,
            remedy="SageMaker needs both in one region: name another bucket, or another region.",
        )
    return True


def require_role(aws: Aws, setting: str, role: str) -> None:
    """Raises PenstockError if there is no role of that ARN. `setting` is where the environment names it, if
    it is that one.

    A role that these credentials may not look at is taken to be there: the service will tell.
    """
    name = name_of(role)
    try:
        arn = aws.iam.get_role(RoleName=name)["Role"]["Arn"]
    except ClientError as error:
        if is_missing(error) and role != getattr(aws.environment, setting):
            raise PenstockError(
                f"there is no role {role}",
                where=f"environment {aws.environment.name}",
                remedy="Make it, or deploy what names another.",
            ) from None
        if is_missing(error):
            raise _missing(aws, setting, role) from None
        if is_denied(error):
            return
        raise
    if arn != role:
        raise PenstockError(
            f"the role {name} is {arn}, and not {role}",
            where=f"environments/{aws.environment.name}.toml: {setting}",
            remedy="Name it by its own ARN.",
        )


def _require_emr_roles(aws: Aws) -> None:
    role, profile = aws.environment.emr_service_role, aws.environment.emr_instance_profile
    if not _is_there(lambda: aws.iam.get_role(RoleName=role)):
        raise _missing(aws, "emr_service_role", role)
    if not _is_there(lambda: aws.iam.get_instance_profile(InstanceProfileName=profile)):
        raise _missing(aws, "emr_instance_profile", profile)


def _is_there(look: Callable[[], Any]) -> bool:
    """What these credentials may not look at is taken to be there."""
    try:
        look()
    except ClientError as error:
        if is_missing(error):
            return False
        if not is_denied(error):
            raise
    return True


def require_queue(aws: Aws) -> dict[str, str]:
    """The attributes of the approval queue, as SQS has them; empty where they may not be seen.

    Raises PenstockError if there is no such queue.
    """
    attributes = queue_attributes(aws)
    if attributes is None:
        raise _missing(aws, "approval_queue", aws.environment.approval_queue)
    return attributes


def queue_attributes(aws: Aws) -> dict[str, str] | None:
    """None if there is no such queue; empty if these credentials may not look at it."""
    try:
        url = aws.sqs.get_queue_url(QueueName=aws.environment.approval_queue)["QueueUrl"]
        found = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    except ClientError as error:
        if is_missing(error):
            return None
        if is_denied(error):
            return {}
        raise
    return dict(found["Attributes"])
