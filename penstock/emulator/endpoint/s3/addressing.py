"""The bucket in the host name: S3's virtual-hosted style, turned into its path style.

AWS: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
"""

import re

from penstock.emulator.endpoint.request import AwsRequest

_LOCAL = re.compile(r"(?P<bucket>.+?)(\.s3)?\.localhost(:\d+)?", re.IGNORECASE)
_AWS = re.compile(
    r"(?P<bucket>.+)\.s3([.-][a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)(:\d+)?", re.IGNORECASE
)


def to_path_style(request: AwsRequest) -> None:
    """Rewrite the request, whose signature was verified as it came; others stay as they are."""
    if not request.is_s3:
        return
    environ = request.environ
    named = _LOCAL.fullmatch(environ["HTTP_HOST"]) or _AWS.fullmatch(environ["HTTP_HOST"])
    prefix = f"/{named['bucket']}" if named else ""
    path, mark, query = environ["RAW_URI"].partition("?")
    environ["RAW_URI"] = _bare_bucket(prefix + path) + mark + query
    environ["PATH_INFO"] = _bare_bucket(prefix + environ["PATH_INFO"])
    environ["HTTP_HOST"] = "localhost"


def _bare_bucket(path: str) -> str:
    """`/bucket/` is the bucket and no key of it."""
    return path[:-1] if path.count("/") == 2 and path.endswith("/") and len(path) > 2 else path
