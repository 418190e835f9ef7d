"""What calls of SageMaker need: the operation on the resource it names, tags, and roles passed on.

Sources: "Amazon SageMaker API Permissions: Actions, Permissions, and Resources Reference" of the developer
guide; the Service Authorization Reference.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name

from penstock.emulator.access.needs.call import Call, Lookup, Need, pass_role, tag_context

_VERB = re.compile("^(Create|Describe|Update|Delete|Stop|Start|List|Add|Invoke|Retry|BatchDescribe)")
# Resources whose ARN is not the kind's name with hyphens; their names are in lower case in it.
_KINDS = {"AutoMLJob": "automl-job"}
_LOWER = ("model", "endpoint", "endpoint-config")

# Members that name what an operation is about, where its own name does not say so; the first that is there.
_MEMBERS = (
    *("ResourceArn", "PipelineExecutionArn", "PipelineArn"),
    *("ModelPackageName", "ModelPackageArn", "ModelPackageGroupName"),
    *("PipelineName", "EndpointName", "AutoMLJobName", "HyperParameterTuningJobName"),
)
# Lists know no resources, but for those of one thing's parts.
_LISTS_OF_PARTS = {
    *("ListTags", "ListPipelineExecutions", "ListPipelineVersions", "ListPipelineExecutionSteps"),
    *("ListPipelineParametersForExecution", "ListTrainingJobsForHyperParameterTuningJob"),
}
# What Pipelines tags with the execution that made it. Versions of a model package cannot be tagged.
_TAGGED = re.compile("Create(.*Job|Model|EndpointConfig|Endpoint)")

# Condition keys, and the members of a request, at any depth, that they are of.
_CONDITIONS = {
    "InstanceType": "sagemaker:InstanceTypes",
    "VolumeKmsKeyId": "sagemaker:VolumeKmsKey",
    "KmsKeyId": "sagemaker:OutputKmsKey",
    "Subnets": "sagemaker:VpcSubnets",
    "SecurityGroupIds": "sagemaker:VpcSecurityGroupIds",
    "EnableNetworkIsolation": "sagemaker:NetworkIsolation",
    "EnableInterContainerTrafficEncryption": "sagemaker:InterContainerTrafficEncryption",
    "TargetModel": "sagemaker:TargetModel",
    "ModelApprovalStatus": "sagemaker:ModelApprovalStatus",
    "MaxRuntimeInSeconds": "sagemaker:MaxRuntimeInSeconds",
}
# The key of a configuration is that of its endpoint's volumes.
_CONFIGURATION = {**_CONDITIONS, "KmsKeyId": "sagemaker:VolumeKmsKey"}


def needs(call: Call, lookup: Lookup) -> list[Need]:
    return list(_needs(call, lookup))


def _needs(call: Call, lookup: Lookup) -> Iterator[Need]:
    operation, creates = call.operation, call.operation.startswith("Create")
    tags = tag_context(call.members.get("Tags")) if creates or operation == "AddTags" else {}
    keys = _CONFIGURATION if operation == "CreateEndpointConfig" else _CONDITIONS
    context = {**_context(call.members, keys), **tags}
    resource = _resource(call, lookup)
    yield Need(f"sagemaker:{operation}", resource, context)
    if operation in ("CreateEndpoint", "UpdateEndpoint"):  # on both
        yield Need(f"sagemaker:{operation}", _arn(call, "endpoint-config", "EndpointConfigName"), context)
    if creates and (tags or (call.by_pipeline and _TAGGED.fullmatch(operation))):
        yield Need("sagemaker:AddTags", resource, tags)
    if operation.startswith(("Create", "Update")):
        for member in ("RoleArn", "ExecutionRoleArn"):
            if role := call.text(member):
                yield pass_role(role, "sagemaker")
    location = call.members.get("PipelineDefinitionS3Location")
    if isinstance(location, Mapping):
        yield Need("s3:GetObject", f"arn:aws:s3:::{location.get('Bucket')}/{location.get('ObjectKey')}")


def _resource(call: Call, lookup: Lookup) -> str:
    operation = call.operation
    if token := call.text("CallbackToken"):
        return lookup.execution(token) or call.arn("pipeline/*")
    if operation.startswith("List") and operation not in _LISTS_OF_PARTS:
        return "*"
    if operation == "CreateModelPackage" and (group := call.text("ModelPackageGroupName")):
        # Its number is not known before it is there.
        return call.arn(f"model-package/{group.rpartition('/')[2]}/*")
    kind = _VERB.sub("", operation, count=1)
    own = next((f"{kind}{end}" for end in ("Name", "Arn") if call.text(f"{kind}{end}")), None)
    member = own or next((each for each in _MEMBERS if call.text(each)), None)
    if member is None:
        return "*"
    kind = re.sub("(Name|Arn)$", "", member)
    return _arn(call, _KINDS.get(kind) or xform_name(kind, "-"), member)


def _arn(call: Call, kind: str, member: str) -> str:
    name = call.text(member)
    return call.named(f"{kind}/", name.lower() if kind in _LOWER else name)


def _context(members: Any, keys: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, each in _leaves(members):
        if key := keys.get(name):
            found.setdefault(key, []).append(str(each).lower() if isinstance(each, bool) else str(each))
    return found


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    else:
        yield name, value
