"""Pages of AWS's console, by ARN or S3 URI. Text to text."""

from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
# What the console calls a resource of SageMaker, by what its ARN does.
_PAGES = {
    "processing-job": "processing-jobs",
    "training-job": "jobs",
    "transform-job": "transform-jobs",
    "model": "models",
    "endpoint": "endpoints",
    "endpoint-config": "endpointConfig",
}


def page(text: str, partition: str, region: str) -> str:
    """The page of what `text` names; empty if there is none, or `text` is neither ARN nor S3 URI."""
    host = _HOSTS.get(partition)
    if host is None:
        return ""
    if text.startswith("s3://"):
        bucket, _, key = text.removeprefix("s3://").partition("/")
        kind, name = ("object", key) if "." in key.rpartition("/")[2] else ("buckets", key.rstrip("/") + "/")
        return (
            f"https://{region}.{host}/s3/{kind}/{quote(bucket)}?region={quote(region)}&prefix={quote(name)}"
        )
    resource, _, name = text.rpartition(":")[2].partition("/")
    if ":sagemaker:" not in text or resource not in _PAGES:
        return ""
    return f"https://{region}.{host}/sagemaker/home?region={quote(region)}#/{_PAGES[resource]}/{quote(name)}"
