"""The roles that an environment's pipelines need, as data: who may assume each, and what it may do.

It makes no call; bootstrap.py makes what this describes. Every statement names the environment's own
resources, but where AWS has no names for them yet (a cluster's id, a function to come).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.deployment.environments import Environment
from penstock.deployment.policy.grants import passed_to
from penstock.deployment.policy.keys import key_arn

Statement = dict[str, Any]


@dataclass(frozen=True)
class Role:
    """A role that the AWS service `service` assumes. `managed` are AWS's own policies, by their path."""

    name: str
    service: str
    description: str
    path: str = "/"
    managed: tuple[str, ...] = ()
    policies: Mapping[str, list[Statement]] = field(default_factory=dict)


def execution_role(environment: Environment) -> Role:
    """What pipelines and their jobs run as."""
    return Role(
        name_of(environment.role),
        path=_path_of(environment.role),
        service="sagemaker.amazonaws.com",
        description="What SageMaker pipelines and their jobs run as",
        managed=("AmazonSageMakerFullAccess",),
        policies={"penstock-bucket": _bucket(environment), "penstock-steps": _steps(environment)},
    )


def function_role(environment: Environment) -> Role | None:
    """What the functions of pipelines run as; None if the environment names none."""
    if environment.function_role is None:
        return None
    return Role(
        name_of(environment.function_role),
        path=_path_of(environment.function_role),
        service="lambda.amazonaws.com",
        description="What the Lambda functions of SageMaker pipelines run as",
        policies={"penstock-bucket": _bucket(environment), "penstock-functions": _functions(environment)},
    )


def emr_roles(environment: Environment) -> tuple[Role, Role]:
    """What EMR itself runs as, and what the instances of its clusters do."""
    return (
        Role(
            environment.emr_service_role,
            "elasticmapreduce.amazonaws.com",
            "What EMR makes the clusters of SageMaker pipelines as",
            # Its successor asks for tags on the network (for-use-with-amazon-emr-managed-policies).
            managed=("service-role/AmazonElasticMapReduceRole",),
        ),
        Role(
            environment.emr_instance_profile,
            "ec2.amazonaws.com",
            "What the instances of EMR clusters of SageMaker pipelines run as",
            policies={"penstock-bucket": _bucket(environment)},
        ),
    )


def name_of(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]


def policy(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _path_of(role_arn: str) -> str:
    return role_arn.partition(":role")[2].removesuffix(name_of(role_arn))


def _bucket(environment: Environment) -> list[Statement]:
    # The managed policy covers S3 only for buckets with `sagemaker` in their name.
    bucket = f"arn:{environment.partition}:s3:::{environment.bucket}"
    objects = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
    statements = [
        _allow(bucket, "s3:ListBucket", "s3:GetBucketLocation"),
        _allow(f"{bucket}/*", *objects),
    ]
    if environment.kms_key:
        uses = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant")
        statements.append(_allow(key_arn(environment, environment.kms_key), *uses))
    return statements


def _steps(environment: Environment) -> list[Statement]:
    """What Lambda, Callback and EMR steps do (facts/pipeline-execution.md, 6)."""
    emr = ("RunJobFlow", "AddJobFlowSteps", "CancelSteps", "TerminateJobFlows", "AddTags")
    reads = ("DescribeCluster", "DescribeStep", "ListSteps", "ListInstances")
    rules = ("PutRule", "PutTargets", "DescribeRule")
    return [
        _allow(environment.arn("lambda", "function:*"), "lambda:InvokeFunction"),
        _allow(environment.approval_queue_arn, "sqs:SendMessage", "sqs:GetQueueUrl"),
        _allow("*", *(f"elasticmapreduce:{name}" for name in (*emr, *reads))),
        # How a pipeline hears of its clusters.
        _allow(
            environment.arn("events", "rule/SageMakerPipelineExecutionEMR*"),
            *(f"events:{name}" for name in rules),
        ),
        _pass(_role_arn(environment, environment.emr_service_role), "elasticmapreduce.amazonaws.com"),
        _pass(_role_arn(environment, environment.emr_instance_profile), "ec2.amazonaws.com"),
    ]


def _functions(environment: Environment) -> list[Statement]:
    """Logging, the approval queue, and what the project's functions do: answer callbacks, deploy a model."""
    logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    queue = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    sagemaker = (
        *("SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure"),
        *("CreateModel", "DescribeModel", "AddTags"),
        *("CreateEndpointConfig", "DescribeEndpointConfig"),
        *("CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint"),
    )
    return [
        _allow(environment.arn("logs", "log-group:/aws/lambda/*"), *logs),
        _allow(environment.approval_queue_arn, *queue),
        _allow(environment.arn("sagemaker", "*"), *(f"sagemaker:{name}" for name in sagemaker)),
        _pass(environment.role, "sagemaker.amazonaws.com"),
    ]


def _role_arn(environment: Environment, name: str) -> str:
    return f"arn:{environment.partition}:iam::{environment.account}:role/{name}"


def _pass(role: str, service: str) -> Statement:
    return {**_allow(role, "iam:PassRole"), "Condition": passed_to(service, role)}


def _allow(resource: str, *actions: str) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}
