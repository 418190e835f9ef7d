"""What each Lambda function of a pipeline needs, by the calls that its source makes.

The source is read, never run: `client("s3")` says which services it talks to, and a method named as one of
their operations (`put_object`) is a call of it. What a function calls by other means is not seen.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name

from penstock.definition.compiled import source_files
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants
from penstock.service_model import service_model

_SAGEMAKER = "sagemaker.amazonaws.com"

# S3's actions have other names than its operations [AUTH].
_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
# Methods of boto3's clients that are no operations.
_S3_TRANSFERS = {
    "upload_file": "PutObject",
    "upload_fileobj": "PutObject",
    "download_file": "GetObject",
    "download_fileobj": "GetObject",
}
_BUCKET_ACTIONS = {"ListBucket", "GetBucketLocation"}

Call = tuple[str, str]  # a service, and an operation of it


def needs(root: Path, source: str, wanted: Wanted, environment: Environment, pipeline: str) -> Document:
    """The policy of a function whose code is `source`, relative to the project's root."""
    grants = Grants()
    group = environment.arn("logs", f"log-group:/aws/lambda/{wanted.name}")
    grants.allow("WriteLogs", ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"), [
        group, f"{group}:*",
    ])  # fmt: skip
    if wanted.queue:
        grants.allow("ReceiveMessages", actions.RECEIVE_MESSAGES, wanted.queue)
    called = calls(source_files(root / source).values())
    for service, operation in called:
        _allow(grants, service, operation, environment, pipeline)
    if environment.kms_key and (wanted.queue or any(service == "s3" for service, _ in called)):
        key = environment.kms_key
        arn = key if key.startswith("arn:") else environment.arn("kms", f"key/{key}")
        grants.allow("UseKeys", ("kms:Decrypt", "kms:GenerateDataKey*"), arn)
    return grants.document()


def calls(files: Iterable[Path]) -> list[Call]:
    """The calls that Python files make through boto3's clients, sorted; none by what does not parse."""
    trees = [tree for file in files if file.suffix == ".py" if (tree := _parsed(file)) is not None]
    services = {service for tree in trees for service in _services(tree)}
    methods = {method for tree in trees for method in _methods(tree)}
    return sorted(call for service in services for call in _called(service, methods))


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None


def _services(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("client", "resource") and node.args:
            service = node.args[0]
            if isinstance(service, ast.Constant) and isinstance(service.value, str):
                yield service.value


def _methods(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        if isinstance(node, ast.Call) and _name(node.func) == "get_paginator" and node.args:
            operation = node.args[0]
            if isinstance(operation, ast.Constant):
                yield str(operation.value)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _called(service: str, methods: set[str]) -> Iterator[Call]:
    from botocore.exceptions import UnknownServiceError

    try:
        operations = service_model(service).operation_names
    except UnknownServiceError:
        return
    for operation in operations:
        if xform_name(operation) in methods:
            yield service, operation
    if service == "s3":
        for method, operation in _S3_TRANSFERS.items():
            if method in methods:
                yield service, operation


def _allow(grants: Grants, service: str, operation: str, environment: Environment, pipeline: str) -> None:
    if service == "s3":
        action = _S3_ACTIONS.get(operation, operation)
        bucket = f"arn:{environment.partition}:s3:::{environment.bucket}"
        if action in _BUCKET_ACTIONS:
            grants.allow("ListBuckets", [f"s3:{action}"], bucket)
        else:
            grants.allow("UseObjects", [f"s3:{action}"], f"{bucket}/{environment.prefix}/*")
        return
    prefix = _prefix(service)
    sid = f"Call{''.join(part.capitalize() for part in prefix.split('-'))}{operation}"
    resources: list[str] = ["*"]
    if service == "sagemaker":
        resources = _sagemaker_resources(operation, environment, pipeline)
        if operation in actions.PASSING:
            grants.pass_roles([environment.role], _SAGEMAKER)
        if operation == "CreateEndpoint" and environment.kms_key:
            # The volumes of the endpoint, by the key of its configuration [API].
            grants.allow("GrantKeys", ["kms:CreateGrant", "kms:DescribeKey"], environment.kms_key)
    elif service == "sqs":
        resources = [environment.arn("sqs", "*")]
    elif service == "lambda":
        resources = [environment.arn("lambda", "function:*")]
    grants.allow(sid, [f"{prefix}:{operation}"], resources)


def _prefix(service: str) -> str:
    """IAM's name of a service is the one that it signs requests with."""
    metadata: dict[str, Any] = service_model(service).metadata
    return str(metadata.get("signingName", metadata["endpointPrefix"]))


def _sagemaker_resources(operation: str, environment: Environment, pipeline: str) -> list[str]:
    """Lists know no resources; a call on a thing is on things of its kind [API]."""
    verb = next((verb for verb in _VERBS if operation.startswith(verb)), "")
    if verb == "List" and operation != "ListTags":
        return ["*"]
    if operation.startswith("SendPipelineExecutionStep"):
        return [environment.arn("sagemaker", f"pipeline/{pipeline}{below}") for below in ("", "/*")]
    kind = xform_name(operation.removeprefix(verb), "-")
    if not verb or kind == "tags":
        return [environment.arn("sagemaker", "*")]
    kinds = ["endpoint", "endpoint-config"] if operation in _ENDPOINT_CHANGES else [kind]
    return [environment.arn("sagemaker", f"{kind}/*") for kind in kinds]


_VERBS = ("Create", "Describe", "Update", "Delete", "Stop", "Start", "List", "Add", "Invoke", "Retry")
_ENDPOINT_CHANGES = {"CreateEndpoint", "UpdateEndpoint"}
