"""Models."""

from penstock.emulator.sagemaker import resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families.model_packages import need_package
from penstock.emulator.sagemaker.listing import Listing

KIND = "Model"
_LISTING = Listing(items="Models", name="ModelName")


def create_model(context: Context, request: Document) -> Document:
    name = request["ModelName"]
    if ("PrimaryContainer" in request) == bool(request.get("Containers")):
        raise ServiceError(
            "ValidationException", "Exactly one of PrimaryContainer and Containers must be provided."
        )
    for container in request.get("Containers") or [request["PrimaryContainer"]]:
        _check_container(context, container)
    resources.need_role(context, request.get("ExecutionRoleArn"))
    arn = _arn(context, name)
    document = {
        "EnableNetworkIsolation": False,
        **resources.members_of(request),
        "ModelArn": arn,
        "CreationTime": context.now(),
    }
    taken = ServiceError("ValidationException", f'Cannot create already existing model "{arn}".')
    resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
    return {"ModelArn": arn}


def describe_model(context: Context, request: Document) -> Document:
    return need_model(context, request["ModelName"])


def delete_model(context: Context, request: Document) -> None:
    name = request["ModelName"]
    if not resources.remove(context, KIND, name, _arn(context, name)):
        raise _not_found(context, name)


def list_models(context: Context, request: Document) -> Document:
    return _LISTING.answer(request, context.store.all(KIND))


def need_model(context: Context, name: str) -> Document:
    """Raises ServiceError if there is no such model."""
    document = context.store.get(KIND, name)
    if document is None:
        raise _not_found(context, name)
    return document


def _check_container(context: Context, container: Document) -> None:
    if ("Image" in container) == ("ModelPackageName" in container):
        raise ServiceError(
            "ValidationException", "Each container must have exactly one of Image and ModelPackageName."
        )
    if "ModelPackageName" in container:
        need_package(context, container["ModelPackageName"])


def _arn(context: Context, name: str) -> str:
    # Models alone have lower-case ARNs (facts/pipeline-execution.md, section 4: ARN casing).
    return context.arn(f"model/{name.lower()}")


def _not_found(context: Context, name: str) -> ServiceError:
    return ServiceError("ValidationException", f'Could not find model "{_arn(context, name)}".')
