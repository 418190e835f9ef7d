"""What IAM calls the operations of boto3's clients: most by their own names, some by others.

Source: the Service Authorization Reference; for S3 its user guide, "Required permissions for Amazon S3 API
operations".
"""

from typing import Any

from penstock.service_model import service_model

# IAM's name of a service is the one that it signs requests with, but for these.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}

_PARTIQL = ("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete")

# By the prefix of the actions; an operation of no action is allowed to everybody.
_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "s3": {
        "HeadObject": ("GetObject",),
        "HeadBucket": ("ListBucket",),
        "ListObjects": ("ListBucket",),
        "ListObjectsV2": ("ListBucket",),
        "ListObjectVersions": ("ListBucketVersions",),
        "ListMultipartUploads": ("ListBucketMultipartUploads",),
        "ListParts": ("ListMultipartUploadParts",),
        "ListBuckets": ("ListAllMyBuckets",),
        "CopyObject": ("GetObject", "PutObject"),
        "DeleteObjects": ("DeleteObject",),
        "CreateMultipartUpload": ("PutObject",),
        "UploadPart": ("PutObject",),
        "UploadPartCopy": ("GetObject", "PutObject"),
        "CompleteMultipartUpload": ("PutObject",),
        "SelectObjectContent": ("GetObject",),
    },
    "lambda": {
        "Invoke": ("InvokeFunction",),
        "InvokeAsync": ("InvokeFunction",),
        "InvokeWithResponseStream": ("InvokeFunction",),
    },
    "sqs": {
        "SendMessageBatch": ("SendMessage",),
        "DeleteMessageBatch": ("DeleteMessage",),
        "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
    },
    "sns": {"PublishBatch": ("Publish",)},
    "sts": {"GetCallerIdentity": ()},
    "bedrock": {"Converse": ("InvokeModel",), "ConverseStream": ("InvokeModelWithResponseStream",)},
    "dynamodb": {
        "TransactGetItems": ("GetItem",),
        "TransactWriteItems": ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"),
        "ExecuteStatement": _PARTIQL,
        "ExecuteTransaction": _PARTIQL,
        "BatchExecuteStatement": _PARTIQL,
    },
}


def actions_of(service: str, operation: str) -> list[str]:
    """The actions, without their prefix, that an operation of a boto3 client needs."""
    return list(_ACTIONS.get(prefix_of(service), {}).get(operation, (operation,)))


def prefix_of(service: str) -> str:
    """What the actions of a service begin with."""
    metadata: dict[str, Any] = service_model(service).metadata
    name = str(metadata.get("signingName", metadata["endpointPrefix"]))
    return _PREFIXES.get(name, name)
