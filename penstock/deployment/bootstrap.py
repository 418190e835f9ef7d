"""Making the bucket and the role that an environment names, where they are missing.

What others made is left as it is. A role that Penstock made is completed if making it was interrupted.
"""

import json
from typing import Any, Literal

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_missing
from penstock.deployment.preflight import bucket_exists, require_account
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


def make_role(aws: Aws) -> Done:
    """A role that SageMaker can assume, that may use SageMaker, the bucket and the environment's key."""
    require_account(aws)
    environment, name = aws.environment, aws.environment.role_name
    made: Done = "made"
    try:
        role = aws.iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if not is_missing(error):
            raise
        aws.iam.create_role(
            RoleName=name,
            Path=environment.role.partition(":role")[2].removesuffix(name),
            Description="What SageMaker pipelines and their jobs run as",
            AssumeRolePolicyDocument=json.dumps(_trust()),
            Tags=[_OURS],
        )
    else:
        made = "there"
        if _OURS not in role.get("Tags", []):
            return made
    partition = environment.role.split(":")[1]
    managed = f"arn:{partition}:iam::aws:policy/AmazonSageMakerFullAccess"
    aws.iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    access = json.dumps(_access(partition, environment.bucket, environment.kms_key))
    aws.iam.put_role_policy(RoleName=name, PolicyName="penstock-bucket", PolicyDocument=access)
    return made


def _trust() -> dict[str, Any]:
    service = {"Service": "sagemaker.amazonaws.com"}
    return _policy({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"})


def _access(partition: str, bucket: str, kms_key: str | None) -> dict[str, Any]:
    # The managed policy covers S3 only for buckets with `sagemaker` in their name.
    arn = f"arn:{partition}:s3:::{bucket}"
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": arn},
        {"Effect": "Allow", "Action": objects, "Resource": f"{arn}/*"},
    ]
    if kms_key and kms_key.startswith("arn:"):
        key = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"]
        statements.append({"Effect": "Allow", "Action": key, "Resource": kms_key})
    return _policy(*statements)


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
