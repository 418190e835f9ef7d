"""Endpoint configurations: which models an endpoint serves, with what weight, and what it captures."""

from penstock.emulator.sagemaker import resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families.models import need_model
from penstock.emulator.sagemaker.listing import Listing

KIND = "EndpointConfig"
_LISTING = Listing(items="EndpointConfigs", name="EndpointConfigName", size=10)


def create_endpoint_config(context: Context, request: Document) -> Document:
    name = request["EndpointConfigName"]
    _check_variants(context, request)
    resources.need_role(context, request.get("ExecutionRoleArn"))
    arn = _arn(context, name)
    document = {
        **resources.members_of(request),
        "EndpointConfigArn": arn,
        "CreationTime": context.now(),
    }
    for variants in ("ProductionVariants", "ShadowProductionVariants"):
        if variants in document:
            document[variants] = [{"InitialVariantWeight": 1.0, **variant} for variant in document[variants]]
    taken = ServiceError(
        "ValidationException", f'Cannot create already existing endpoint configuration "{arn}".'
    )
    resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
    return {"EndpointConfigArn": arn}


def describe_endpoint_config(context: Context, request: Document) -> Document:
    return need_config(context, request["EndpointConfigName"])


def delete_endpoint_config(context: Context, request: Document) -> None:
    """An endpoint that uses it goes on serving: it has kept what it needs."""
    name = request["EndpointConfigName"]
    if not resources.remove(context, KIND, name, _arn(context, name)):
        raise _not_found(context, name)


def list_endpoint_configs(context: Context, request: Document) -> Document:
    return _LISTING.answer(request, context.store.all(KIND))


def need_config(context: Context, name: str) -> Document:
    """Raises ServiceError if there is no such endpoint configuration."""
    document = context.store.get(KIND, name)
    if document is None:
        raise _not_found(context, name)
    return document


def _check_variants(context: Context, request: Document) -> None:
    production, shadow = request["ProductionVariants"], request.get("ShadowProductionVariants", [])
    # botocore's text of ShadowProductionVariants: at most one of each.
    if shadow and (len(production) > 1 or len(shadow) > 1):
        raise _invalid(
            "With ShadowProductionVariants there can be one production variant and one shadow variant; there"
            f" are {len(production)} and {len(shadow)}."
        )
    names = [variant["VariantName"] for variant in [*production, *shadow]]
    for name in names:
        if names.count(name) > 1:
            raise _invalid(f"Variant names must be unique within an endpoint configuration: {name} is not.")
    for variant in [*production, *shadow]:
        if "ModelName" not in variant:
            raise _invalid(
                f"Variant {variant['VariantName']} has no ModelName. Inference components, which can do"
                " without, are not served here."
            )
        need_model(context, variant["ModelName"])


def _arn(context: Context, name: str) -> str:
    # Lower-case, as the ARNs of models are.
    return context.arn(f"endpoint-config/{name.lower()}")


def _not_found(context: Context, name: str) -> ServiceError:
    return _invalid(f'Could not find endpoint configuration "{_arn(context, name)}".')


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
