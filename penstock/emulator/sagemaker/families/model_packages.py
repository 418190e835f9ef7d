"""Model packages: versions 1, 2, ... of a group, or packages with a name of their own."""

from penstock.emulator.sagemaker import resources, tokens
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families import model_package_groups as groups
from penstock.emulator.sagemaker.listing import Listing

KIND = "ModelPackage"
_LISTING = Listing(items="ModelPackageSummaryList", name="_Name", descending=False)

_MOST_SPECIFICATIONS = 15

# What UpdateModelPackage replaces as a whole.
_REPLACED = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "ModelPackageRegistrationType",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)


def create_model_package(context: Context, request: Document) -> Document:
    if ("ModelPackageName" in request) == ("ModelPackageGroupName" in request):
        raise _invalid("Exactly one of ModelPackageName and ModelPackageGroupName must be provided.")
    if not any(
        name in request for name in ("InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri")
    ):
        raise _invalid(
            "One of InferenceSpecification, SourceAlgorithmSpecification and SourceUri must be provided."
        )
    create = _create_version if "ModelPackageGroupName" in request else _create_named
    answer, _ = tokens.once(
        context, "CreateModelPackage", "ModelPackage", request, lambda: create(context, request)
    )
    return answer


def describe_model_package(context: Context, request: Document) -> Document:
    package = need_package(context, request["ModelPackageName"])
    if request.get("IncludedData") == "MetadataOnly" and "ModelCard" in package:
        package["ModelCard"].pop("ModelCardContent", None)
    return package


def batch_describe_model_package(context: Context, request: Document) -> Document:
    summaries, errors = {}, {}
    for arn in request["ModelPackageArnList"]:
        try:
            summaries[arn] = need_package(context, arn)
        except ServiceError as error:
            errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": errors}


def update_model_package(context: Context, request: Document) -> Document:
    package = need_package(context, request["ModelPackageArn"])

    def change(document: Document) -> None:
        document.update({name: request[name] for name in _REPLACED if name in request})
        document.update(LastModifiedTime=context.now(), LastModifiedBy={})
        properties = document.pop("CustomerMetadataProperties", {})
        properties |= request.get("CustomerMetadataProperties", {})
        for key in request.get("CustomerMetadataPropertiesToRemove", []):
            properties.pop(key, None)
        if properties:
            document["CustomerMetadataProperties"] = properties
        if "AdditionalInferenceSpecificationsToAdd" in request:
            specifications = document.setdefault("AdditionalInferenceSpecifications", [])
            specifications += request["AdditionalInferenceSpecificationsToAdd"]
            if len(specifications) > _MOST_SPECIFICATIONS:
                raise _invalid(
                    f"A model package can have {_MOST_SPECIFICATIONS} additional inference specifications,"
                    f" and this one would have {len(specifications)}."
                )

    context.store.update(KIND, package["_Name"], change)
    return {"ModelPackageArn": package["ModelPackageArn"]}


def delete_model_package(context: Context, request: Document) -> None:
    with context.store.transaction():
        package = need_package(context, request["ModelPackageName"])
        resources.remove(context, KIND, package["_Name"], package["ModelPackageArn"])


def list_model_packages(context: Context, request: Document) -> Document:
    group = request.get("ModelPackageGroupName")
    if group is not None:
        name = groups.need_group(context, group)["ModelPackageGroupName"]
        return _LISTING.answer(request, _approved_as(request, context.store.all(KIND, f"{name}/")))
    wanted = request.get("ModelPackageType", "Unversioned")
    packages = [
        package
        for package in context.store.all(KIND)
        if wanted == "Both" or ("ModelPackageVersion" in package) == (wanted == "Versioned")
    ]
    return _LISTING.answer(request, _approved_as(request, packages))


def need_package(context: Context, name_or_arn: str) -> Document:
    """By name, `group/version` or ARN. Raises ServiceError if there is no such package."""
    prefix = context.arn("model-package/")
    name = name_or_arn.removeprefix(prefix)
    document = context.store.get(KIND, name)
    if document is None:
        arn = name_or_arn if name_or_arn.startswith("arn:") else prefix + name
        raise _invalid(f"ModelPackage {arn} does not exist.")
    return document


def _create_version(context: Context, request: Document) -> Document:
    if request.get("Tags"):
        raise _invalid(
            "Tags cannot be given for a model package in a group: it uses the group's tags. Tag the group."
        )
    group = groups.need_group(context, request["ModelPackageGroupName"])["ModelPackageGroupName"]

    def count(document: Document) -> None:
        document["_LastVersion"] += 1

    version = context.store.update(groups.KIND, group, count)["_LastVersion"]
    return _store(
        context,
        request,
        f"{group}/{version}",
        # The model requires ModelPackageName in the description of a version too.
        ModelPackageName=group,
        ModelPackageGroupName=group,
        ModelPackageVersion=version,
        ModelApprovalStatus=request.get("ModelApprovalStatus", "PendingManualApproval"),
    )


def _create_named(context: Context, request: Document) -> Document:
    if "ModelApprovalStatus" in request:
        raise _invalid("ModelApprovalStatus does not apply to a model package without a group.")
    return _store(context, request, request["ModelPackageName"])


def _store(context: Context, request: Document, name: str, **members: object) -> Document:
    arn = context.arn(f"model-package/{name}")
    document = {
        **resources.members_of(request),
        **members,
        "_Name": name,
        "ModelPackageArn": arn,
        "CreationTime": context.now(),
        "CreatedBy": {},
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }
    taken = _invalid(f"Model Package already exists: {arn}")
    resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
    return {"ModelPackageArn": arn}


def _approved_as(request: Document, packages: list[Document]) -> list[Document]:
    wanted = request.get("ModelApprovalStatus")
    return [package for package in packages if wanted in (None, package.get("ModelApprovalStatus"))]


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
