"""What kind of text a member takes or a response has: an S3 URI, a name, the ARN of something.

botocore's patterns tell the kinds apart: each kind has an example, and a pattern is of the kinds whose
examples it matches. Nothing is known of a text whose pattern matches none of them.
"""

from functools import lru_cache

from botocore.model import Shape, StringShape

from penstock.definition.check.objects import an
from penstock.service_model import matches

_RESOURCES = (
    "training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job", "automl-job", "model",
    "model-package", "endpoint-config", "endpoint", "inference-component",
)  # fmt: skip
_EXAMPLES = {
    "an S3 URI": "s3://bucket/key",
    "a name": "name",
    "the ARN of a role": "arn:aws:iam::123456789012:role/name",
} | {
    f"the ARN of {an(kind.replace('-', ' '))}": f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/name"
    for kind in _RESOURCES
}


def differing(given: Shape, wanted: Shape) -> tuple[str, str] | None:
    """What one text is and what the other one must be, if nothing can be both."""
    is_, must_be = _kinds(given), _kinds(wanted)
    return (_told(is_), _told(must_be)) if is_ and must_be and not set(is_) & set(must_be) else None


@lru_cache(maxsize=4096)
def _kinds(shape: Shape) -> tuple[str, ...]:
    pattern = shape.metadata.get("pattern") if isinstance(shape, StringShape) and not shape.enum else None
    return tuple(kind for kind, example in _EXAMPLES.items() if pattern and matches(pattern, example))


def _told(kinds: tuple[str, ...]) -> str:
    arns = [kind for kind in kinds if kind.startswith("the ARN of")]
    others = [kind for kind in kinds if kind not in arns]
    return " or ".join([*others, *(arns if len(arns) == 1 else ["an ARN"] if arns else [])])
