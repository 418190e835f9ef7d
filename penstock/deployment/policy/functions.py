"""What each Lambda function of a pipeline needs, by the calls that its source makes.

The source is read, never run: `client("s3")` says which services it talks to, and a method named as one of
their operations (`put_object`) is a call of it. What a function calls by other means is not seen.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from botocore import xform_name

from penstock.definition.compiled import source_files
from penstock.deployment.environments import Environment
from penstock.deployment.functions.wanted import Wanted
from penstock.deployment.policy import actions
from penstock.deployment.policy.grants import Document, Grants
from penstock.deployment.policy.keys import key_arn
from penstock.deployment.policy.operations import actions_of, prefix_of
from penstock.service_model import service_model

_SAGEMAKER = "sagemaker.amazonaws.com"

# Methods of boto3's clients that are no operations.
_S3_TRANSFERS = {
    "upload_file": "PutObject",
    "upload_fileobj": "PutObject",
    "download_file": "GetObject",
    "download_fileobj": "GetObject",
}

Call = tuple[str, str]  # a service, and an operation of it


def needs(root: Path, source: str, wanted: Wanted, environment: Environment, pipeline: str) -> Document:
    """The policy of a function whose code is `source`, relative to the project's root."""
    grants = Grants()
    group = environment.arn("logs", f"log-group:/aws/lambda/{wanted.name}")
    grants.allow("MakeLogGroup", ["logs:CreateLogGroup"], [group, f"{group}:*"])
    grants.allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*")
    if wanted.queue:
        grants.allow("ReceiveMessages", actions.RECEIVE_MESSAGES, wanted.queue)
    called = calls(source_files(root / source).values())
    for service, operation in called:
        _allow(grants, service, operation, environment, pipeline)
    if environment.kms_key and (wanted.queue or any(service == "s3" for service, _ in called)):
        key = key_arn(environment, environment.kms_key)
        grants.allow("UseKeys", ("kms:Decrypt", "kms:GenerateDataKey"), key)
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
    prefix, names = prefix_of(service), actions_of(service, operation)
    if service == "s3":
        _allow_s3(grants, names, environment)
        return
    sid = f"Call{''.join(part.capitalize() for part in prefix.split('-'))}{operation}"
    resources: list[str] = ["*"]
    if prefix == "sagemaker":
        resources = _sagemaker_resources(operation, environment, pipeline)
        if operation in actions.PASSING:
            grants.pass_roles([environment.role], _SAGEMAKER)
        if operation == "CreateEndpoint" and environment.kms_key:
            # The volumes of the endpoint, by the key of its configuration [API].
            key = key_arn(environment, environment.kms_key)
            grants.allow("GrantVolumeKeys", actions.VOLUME_KEYS, key)
    elif service == "sqs" and operation != "ListQueues":
        resources = [environment.arn("sqs", "*")]
    elif service == "lambda" and operation not in _LAMBDA_LISTS:
        resources = [environment.arn("lambda", "function:*")]
    if names:
        grants.allow(sid, [f"{prefix}:{name}" for name in names], resources)


def _allow_s3(grants: Grants, names: list[str], environment: Environment) -> None:
    """Of the environment's bucket: an object's actions have it in their names."""
    bucket = f"arn:{environment.partition}:s3:::{environment.bucket}"
    for name in names:
        if re.search("Object|MultipartUpload", name) and not name.startswith("ListBucket"):
            grants.allow("UseObjects", [f"s3:{name}"], f"{bucket}/{environment.prefix}/*")
        elif name == "ListAllMyBuckets":
            grants.allow("ListAllBuckets", [f"s3:{name}"], "*")
        else:
            grants.allow("ListBuckets", [f"s3:{name}"], bucket)


def _sagemaker_resources(operation: str, environment: Environment, pipeline: str) -> list[str]:
    """Lists know no resources; a call on a thing is on things of its kind [API]."""
    if operation.startswith("SendPipelineExecutionStep"):
        return [environment.arn("sagemaker", f"pipeline/{pipeline}/execution/*")]
    verb = next((verb for verb in _VERBS if operation.startswith(verb)), "")
    if operation == "Search" or (verb == "List" and operation != "ListTags"):
        return ["*"]
    kind = operation.removeprefix(verb)
    if not verb or kind == "Tags":
        return [environment.arn("sagemaker", "*")]
    return [environment.arn("sagemaker", f"{kind}/*") for kind in _KINDS_OF.get(operation) or [_kind(kind)]]


def _kind(name: str) -> str:
    """What ARNs call a thing: of executions, what they are of; of a part or version of a thing, the thing."""
    known = (found for begin, found in _KINDS.items() if re.match(begin, name))
    return next(known, None) or xform_name(name, "-")


_VERBS = ("Create", "Describe", "Update", "Delete", "Stop", "Start", "List", "Add", "Invoke", "Retry")
_KINDS = {"Pipeline": "pipeline", "Endpoint(?!Config)": "endpoint", "AutoMLJob": "automl-job"}
# Operations that are on several things [API, AUTH].
_KINDS_OF = {
    "CreateEndpoint": ("endpoint", "endpoint-config"),
    "UpdateEndpoint": ("endpoint", "endpoint-config"),
    "CreateModelPackage": ("model-package", "model-package-group"),
}
# What is of no function; mappings of queues know no resources when they are listed [AUTH].
_LAMBDA_LISTS = {"ListFunctions", "ListEventSourceMappings", "ListLayers", "GetAccountSettings"}
