"""S3 URIs as the resources of a policy."""

import re

# A policy that named the digest would have to change with each line of code.
_ASSET = re.compile(r"/assets/[0-9a-f]{64}/.*")


def bucket_arn(partition: str, uri: str) -> str:
    return f"arn:{partition}:s3:::{uri.removeprefix('s3://').partition('/')[0]}"


def objects_arn(partition: str, uri: str) -> str:
    """The objects that a URI means: it is a prefix, or an object."""
    key = uri.removeprefix("s3://").partition("/")[2]
    return f"{bucket_arn(partition, uri)}/{_ASSET.sub('/assets/', key).rstrip('*')}*"
