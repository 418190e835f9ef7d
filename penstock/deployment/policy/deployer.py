"""What who deploys a pipeline needs: `penstock deploy --start --wait`, and the report at its end. No calls.

A test runs a deploy and compares what it called with this.
"""

from collections.abc import Mapping
from typing import Any

from penstock.definition.structure import all_steps
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants
from penstock.deployment.policy.keys import key_arn

_PIPELINE = (
    *("CreatePipeline", "UpdatePipeline", "DescribePipeline", "AddTags", "DeleteTags", "ListTags"),
    *("StartPipelineExecution", "ListPipelineExecutions"),
)
_EXECUTIONS = (
    *("StopPipelineExecution", "RetryPipelineExecution"),
    *("DescribePipelineExecution", "DescribePipelineDefinitionForExecution"),
    *("ListPipelineExecutionSteps", "ListPipelineParametersForExecution"),
)
_RESULTS = (
    *("DescribeProcessingJob", "DescribeTrainingJob", "DescribeTransformJob", "DescribeAutoMLJob"),
    *("DescribeModelPackage", "ListTags"),
)
_FUNCTIONS = (
    *("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "DeleteFunction"),
    *("GetFunction", "GetFunctionConfiguration", "ListTags", "TagResource", "UntagResource"),
)
_MAPPINGS = ("CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping")


def needs(
    environment: Environment, pipeline: str, definition: Mapping[str, Any], functions: list[Wanted]
) -> Document:
    """The policy; `pipeline` is the pipeline's name in AWS, `functions` those that it brings along."""
    grants = Grants()
    arn = environment.arn
    bucket = f"arn:{environment.partition}:s3:::{environment.bucket}"
    below = f"{bucket}/{environment.prefix}"
    own = arn("sagemaker", f"pipeline/{pipeline}")
    grants.allow("Pipelines", (f"sagemaker:{name}" for name in _PIPELINE), own)
    grants.allow("Executions", (f"sagemaker:{name}" for name in _EXECUTIONS), f"{own}/execution/*")
    grants.pass_roles([environment.role], "sagemaker.amazonaws.com")
    grants.allow("ReadRoles", ["iam:GetRole"], [environment.role])

    grants.allow("Bucket", actions.BUCKETS, bucket)
    folders = [f"{below}/{folder}/*" for folder in ("assets", "definitions", "revisions")]
    grants.allow("PublishAssets", ["s3:AbortMultipartUpload", "s3:PutObject"], folders)
    grants.allow("ReadResults", ["s3:GetObject"], f"{below}/*")
    grants.allow("DescribeResults", (f"sagemaker:{name}" for name in _RESULTS), arn("sagemaker", "*"))
    groups = arn("logs", "log-group:/aws/*")
    grants.allow("ReadLogs", ["logs:DescribeLogStreams", "logs:GetLogEvents"], groups)
    if environment.kms_key:
        key = key_arn(environment, environment.kms_key)
        grants.allow("UseKeys", ["kms:Decrypt", "kms:GenerateDataKey"], key)

    if any(step["Type"] == "EMR" and "ClusterConfig" in step["Arguments"] for step in all_steps(definition)):
        account = f"arn:{environment.partition}:iam::{environment.account}"
        names = (environment.emr_service_role, environment.emr_instance_profile)
        grants.allow("ReadRoles", ["iam:GetRole"], (f"{account}:role/{name}" for name in names))
        profile = f"{account}:instance-profile/{environment.emr_instance_profile}"
        grants.allow("ReadInstanceProfiles", ["iam:GetInstanceProfile"], profile)
    queue = environment.approval_queue_arn
    grants.allow("ReadQueue", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], queue)
    # Which functions are the pipeline's is asked of all there are; lists know no resources [AUTH].
    grants.allow("ListFunctions", ["lambda:ListFunctions", "lambda:ListEventSourceMappings"], "*")
    if functions:
        arns = [arn("lambda", f"function:{pipeline}-*")]
        grants.allow("Functions", (f"lambda:{name}" for name in _FUNCTIONS), arns)
        roles = {function.configuration["Role"] for function in functions}
        grants.pass_roles(roles, "lambda.amazonaws.com")
        grants.allow("ReadRoles", ["iam:GetRole"], roles)
        # A mapping is of the function, which only a condition can name [AUTH].
        only = {"ArnLike": {"lambda:FunctionArn": arns[0]}}
        grants.allow("FunctionQueues", (f"lambda:{name}" for name in _MAPPINGS), "*", only)
    return grants.document()
