"""What AWS does as the role of a job or a model, and the emulator has no calls for: pulling images, using
keys of volumes, joining a network.

Source: "SageMaker Roles" of the developer guide, the permissions of each Create call's execution role.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.emulator.access.needs.call import Need

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9\-]+)\.amazonaws\.com[a-z.]*/(?P<name>[^:@]+).*"
)
_IMAGES = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
_NETWORK = (
    *("CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"),
    *("DeleteNetworkInterfacePermission", "DescribeDhcpOptions", "DescribeNetworkInterfaces"),
    *("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"),
)


def job_needs(*documents: Mapping[str, Any]) -> list[Need]:
    """By what requests, or documents, name: each need once, in the order in which AWS comes to it."""
    found = [need for document in documents for need in _needs(document)]
    return [need for number, need in enumerate(found) if need not in found[:number]]


def _needs(value: Any) -> Iterator[Need]:
    if isinstance(value, list):
        for each in value:
            yield from _needs(each)
    if not isinstance(value, Mapping):
        return
    for name, each in value.items():
        if name in ("ImageUri", "Image", "TrainingImage") and isinstance(each, str):
            yield from _pull(each)
        elif name == "VolumeKmsKeyId" and isinstance(each, str) and each.startswith("arn:"):
            yield Need("kms:CreateGrant", each)
        elif name == "VpcConfig" and each:
            yield from (Need(f"ec2:{action}", "*") for action in _NETWORK)
        elif not name.startswith("_"):
            yield from _needs(each)


def _pull(image: str) -> Iterator[Need]:
    match = _IMAGE.fullmatch(image)
    if match is None:
        return
    yield Need("ecr:GetAuthorizationToken", "*")
    repository = "arn:aws:ecr:{region}:{account}:repository/{name}".format(**match.groupdict())
    yield from (Need(action, repository) for action in _IMAGES)
