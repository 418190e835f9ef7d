"""Endpoints: models that answer requests, until they are deleted.

A document is what Describe shows and two private members: `_Serves` is the copy of the endpoint
configuration that serves, `_Becomes` of the one that is to serve. So a configuration that is deleted is
missed by no endpoint. How a deployment goes on from here is told by whoever hosts it.
"""

from collections.abc import Callable

from penstock.emulator.sagemaker import resources
from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.families.endpoint_configs import need_config
from penstock.emulator.sagemaker.listing import Listing
from penstock.emulator.sagemaker.store import NotThere

KIND = "Endpoint"
_LISTING = Listing(items="Endpoints", name="EndpointName", status="EndpointStatus", size=10)


def create_endpoint(context: Context, request: Document) -> Document:
    name = request["EndpointName"]
    config = need_config(context, request["EndpointConfigName"])
    arn = _arn(context, name)
    document = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": request["EndpointConfigName"],
        "LastDeploymentConfig": request.get("DeploymentConfig"),
        "CreationTime": context.now(),
        **_deploying(context, "Creating", config),
    }
    taken = ServiceError("ValidationException", f'Cannot create already existing endpoint "{arn}".')
    resources.create(context, KIND, name, arn, document, request.get("Tags", []), taken)
    context.endpoints.deploy(name)
    return {"EndpointArn": arn}


def describe_endpoint(context: Context, request: Document) -> Document:
    document = context.store.get(KIND, request["EndpointName"])
    if document is None:
        raise _not_found(context, request["EndpointName"])
    return document


def update_endpoint(context: Context, request: Document) -> Document:
    name = request["EndpointName"]
    config = need_config(context, request["EndpointConfigName"])
    excluded = {each["VariantPropertyType"] for each in request.get("ExcludeRetainedVariantProperties", [])}

    def updating(document: Document) -> None:
        _need_in_service(document)
        becomes = config
        if request.get("RetainAllVariantProperties"):
            becomes = _retaining(document, config, excluded)
        if not request.get("RetainDeploymentConfig"):
            document["LastDeploymentConfig"] = request.get("DeploymentConfig")
        document.pop("FailureReason", None)
        document.update(_deploying(context, "Updating", becomes))

    document = _change(context, name, updating)
    context.endpoints.deploy(name)
    return {"EndpointArn": document["EndpointArn"]}


def update_endpoint_weights_and_capacities(context: Context, request: Document) -> Document:
    """Weights count at once; counts of instances are only noted, for here each variant runs once."""
    name = request["EndpointName"]

    def changing(document: Document) -> None:
        _need_in_service(document)
        variants = {variant["VariantName"]: variant for variant in document["ProductionVariants"]}
        for desired in request["DesiredWeightsAndCapacities"]:
            variant = variants.get(desired["VariantName"])
            if variant is None:
                raise _invalid(
                    f"Endpoint {document['EndpointArn']} has no variant {desired['VariantName']}; it has"
                    f" {', '.join(variants)}."
                )
            if "DesiredWeight" in desired:
                variant["DesiredWeight"] = variant["CurrentWeight"] = desired["DesiredWeight"]
            if "DesiredInstanceCount" in desired:
                variant["DesiredInstanceCount"] = desired["DesiredInstanceCount"]
                variant["CurrentInstanceCount"] = desired["DesiredInstanceCount"]
        document["LastModifiedTime"] = context.now()

    document = _change(context, name, changing)
    context.endpoints.reweigh(name)
    return {"EndpointArn": document["EndpointArn"]}


def delete_endpoint(context: Context, request: Document) -> None:
    def deleting(document: Document) -> None:
        _need_to_be_settled(document)
        document.update(EndpointStatus="Deleting", LastModifiedTime=context.now())

    _change(context, request["EndpointName"], deleting)
    context.endpoints.remove(request["EndpointName"])


def list_endpoints(context: Context, request: Document) -> Document:
    return _LISTING.answer(request, context.store.all(KIND))


def _change(context: Context, name: str, change: Callable[[Document], None]) -> Document:
    try:
        return context.store.update(KIND, name, change)
    except NotThere:
        raise _not_found(context, name) from None


def _deploying(context: Context, status: str, config: Document) -> Document:
    """The members of an endpoint whose deployment begins."""
    now = context.now()
    return {
        "EndpointStatus": status,
        "LastModifiedTime": now,
        "PendingDeploymentSummary": {
            "EndpointConfigName": config["EndpointConfigName"],
            "ProductionVariants": [
                {
                    "VariantName": variant["VariantName"],
                    "DesiredWeight": variant["InitialVariantWeight"],
                    "DesiredInstanceCount": variant.get("InitialInstanceCount"),
                    "DesiredServerlessConfig": variant.get("ServerlessConfig"),
                    "InstanceType": variant.get("InstanceType"),
                    "VariantStatus": [{"Status": "Creating", "StartTime": now}],
                }
                for variant in config["ProductionVariants"]
            ],
            "StartTime": now,
        },
        "_Becomes": config,
    }


def _retaining(endpoint: Document, config: Document, excluded: set[str]) -> Document:
    """A configuration with what the endpoint keeps of its present one: RetainAllVariantProperties."""
    present = {variant["VariantName"]: variant for variant in endpoint["ProductionVariants"]}
    kept = {"DesiredWeight": "InitialVariantWeight", "DesiredInstanceCount": "InitialInstanceCount"}
    variants = [
        {
            **variant,
            **{
                initial: present[variant["VariantName"]][desired]
                for desired, initial in kept.items()
                if desired not in excluded and desired in present.get(variant["VariantName"], {})
            },
        }
        for variant in config["ProductionVariants"]
    ]
    capture = endpoint["_Serves"].get("DataCaptureConfig")
    kept_capture = {"DataCaptureConfig": capture} if capture and "DataCaptureConfig" not in excluded else {}
    return {**config, "ProductionVariants": variants, **kept_capture}


def _need_to_be_settled(document: Document) -> None:
    if document["EndpointStatus"] not in ("InService", "Failed"):
        raise _invalid(f'Cannot update in-progress endpoint "{document["EndpointArn"]}".')


def _need_in_service(document: Document) -> None:
    _need_to_be_settled(document)
    if document["EndpointStatus"] == "Failed":
        # "DeleteEndpoint is the only operation that can be performed on a failed endpoint": botocore's text.
        raise _invalid(
            f'Cannot update endpoint "{document["EndpointArn"]}" because its status is Failed. Delete it and'
            " create it again."
        )


def _arn(context: Context, name: str) -> str:
    return context.arn(f"endpoint/{name.lower()}")


def _not_found(context: Context, name: str) -> ServiceError:
    return _invalid(f'Could not find endpoint "{_arn(context, name)}".')


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
