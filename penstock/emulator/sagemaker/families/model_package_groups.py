"""Model package groups: the names under which versions of a model are registered."""

from penstock.emulator.sagemaker import resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.listing import Listing

KIND = "ModelPackageGroup"
_LISTING = Listing(items="ModelPackageGroupSummaryList", name="ModelPackageGroupName", descending=False)


def create_model_package_group(context: Context, request: Document) -> Document:
    name = request["ModelPackageGroupName"]
    arn = _arn(context, name)
    document = {
        **resources.members_of(request),
        "ModelPackageGroupArn": arn,
        "CreationTime": context.now(),
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
        "_LastVersion": 0,
    }
    taken = ServiceError("ValidationException", f"Model Package Group already exists: {arn}")
    resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
    return {"ModelPackageGroupArn": arn}


def describe_model_package_group(context: Context, request: Document) -> Document:
    return need_group(context, request["ModelPackageGroupName"])


def delete_model_package_group(context: Context, request: Document) -> None:
    with context.store.transaction():
        group = need_group(context, request["ModelPackageGroupName"])
        name = group["ModelPackageGroupName"]
        versions = context.store.all("ModelPackage", f"{name}/")
        if versions:
            raise ServiceError(
                "ConflictException",
                f"Model Package Group {group['ModelPackageGroupArn']} still has {len(versions)} model package"
                f"{'' if len(versions) == 1 else 's'}. Delete them first.",
            )
        resources.remove(context, KIND, name, group["ModelPackageGroupArn"])


def list_model_package_groups(context: Context, request: Document) -> Document:
    # Nothing is shared with this one account.
    shared_only = request.get("CrossAccountFilterOption") == "CrossAccount"
    return _LISTING.answer(request, [] if shared_only else context.store.all(KIND))


def need_group(context: Context, name_or_arn: str) -> Document:
    """Raises ServiceError if there is no such group."""
    name = name_or_arn.rpartition("/")[2]
    document = context.store.get(KIND, name)
    if document is None or name_or_arn not in (name, document["ModelPackageGroupArn"]):
        arn = _arn(context, name) if name == name_or_arn else name_or_arn
        raise ServiceError("ValidationException", f"ModelPackageGroup {arn} does not exist.")
    return document


def _arn(context: Context, name: str) -> str:
    return context.arn(f"model-package-group/{name}")
