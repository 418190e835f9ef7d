"""A resource is a document with an ARN and tags; it comes and goes with its tags.

Every resource that can be tagged has a "Tags" document under its ARN, be it empty: that tells the tag
operations which ARNs there are.
"""

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import AlreadyExists

MOST_TAGS = 50

Tags = list[dict[str, str]]


def create(
    context: Context, kind: str, name: str, arn: str, document: Document, tags: Tags, exists: ServiceError
) -> None:
    """Store a new resource, or raise `exists`; ServiceError too for tags that are not to be."""
    checked = merged([], tags)
    with context.store.transaction():
        try:
            context.store.create(kind, name, document)
            context.store.create("Tags", arn, {"Tags": checked})
        except AlreadyExists:
            raise exists from None


def remove(context: Context, kind: str, name: str, arn: str) -> bool:
    """Whether there was such a resource."""
    with context.store.transaction():
        context.store.delete("Tags", arn)
        return context.store.delete(kind, name)


def merged(old: Tags, new: Tags) -> Tags:
    """The tags of a resource after some were added or overwritten, by key."""
    keys = [tag["Key"].lower() for tag in new]
    if len(set(keys)) < len(keys):
        raise ServiceError(
            "ValidationException",
            "Duplicate tag keys found. Please note that tag keys are case insensitive.",
        )
    for tag in new:
        if tag["Key"].lower().startswith("aws:"):
            raise ServiceError(
                "ValidationException",
                f"Tag key '{tag['Key']}' begins with 'aws:', which is reserved for AWS.",
            )
    tags = {tag["Key"]: tag for tag in old} | {tag["Key"]: tag for tag in new}
    if len(tags) > MOST_TAGS:
        raise ServiceError(
            "ValidationException",
            f"A resource can have {MOST_TAGS} tags, and this one would have {len(tags)}.",
        )
    return list(tags.values())


def members_of(request: Document, *without: str) -> Document:
    """What a document keeps of the request that made it: all but tags, tokens, and the members named."""
    left_out = {"Tags", "ClientRequestToken", "ClientToken", *without}
    return {name: value for name, value in request.items() if name not in left_out}


def need_role(context: Context, role: str | None) -> None:
    """Raises ServiceError unless SageMaker may assume the role, or there is none to assume."""
    if role is not None and not context.may_assume(role):
        raise ServiceError(
            "ValidationException",
            f"Could not assume role {role}. Please ensure that the role exists and allows principal"
            " 'sagemaker.amazonaws.com' to assume the role.",
        )
