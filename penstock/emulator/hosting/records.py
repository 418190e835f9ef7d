"""What an endpoint's document says at each turn of its life: functions that change it in place.

Beside what Describe shows it has `_Becomes` (a configuration that is to serve; families/endpoints.py wrote
it) and `_Serves` (the one that serves, with the containers of its models).
"""

from collections.abc import Sequence
from typing import Any

from penstock.emulator.jobs.failures import LONGEST_REASON
from penstock.emulator.standins.registry import StandIn

Document = dict[str, Any]

# Members that a variant's summary shares with its definition.
_SHARED = ("ManagedInstanceScaling", "RoutingConfig")


def in_service(
    document: Document, config: Document, stand_ins: Sequence[StandIn], isolation: str, now: float
) -> None:
    """`config` serves from now on; it has its models (deployment.with_models)."""
    _ended(document, "InService", now)
    document.pop("FailureReason", None)
    document.update(
        EndpointConfigName=config["EndpointConfigName"],
        ProductionVariants=[_summary(variant, config, now) for variant in config["ProductionVariants"]],
        _Serves=config,
        _RanBy={
            "StandIn": ", ".join(dict.fromkeys(each.name for each in stand_ins)),
            "Is": ", ".join(dict.fromkeys(each.note for each in stand_ins)),
            "Isolation": isolation,
        },
    )
    shadows = config.get("ShadowProductionVariants")
    document["ShadowProductionVariants"] = shadows and [_summary(each, config, now) for each in shadows]
    document["DataCaptureConfig"] = _capture_summary(config.get("DataCaptureConfig"))


def failed(document: Document, reason: str, now: float) -> None:
    """The endpoint never served, or cannot serve any more."""
    _ended(document, "Failed", now)
    document["FailureReason"] = reason[:LONGEST_REASON]


def rolling_back(document: Document, now: float) -> None:
    document.update(EndpointStatus="RollingBack", LastModifiedTime=now)


def rolled_back(document: Document, reason: str, now: float) -> None:
    """An update failed; what served before goes on. The reason stays to be read until the next update."""
    _ended(document, "InService", now)
    document["FailureReason"] = reason[:LONGEST_REASON]


def capturing(document: Document, started: bool) -> None:
    summary = document.get("DataCaptureConfig")
    if summary:
        summary["CaptureStatus"] = "Started" if started else "Stopped"


def weights(document: Document) -> dict[str, float]:
    """The present weights of the variants by name; empty for an endpoint that never served."""
    return {
        variant["VariantName"]: variant["CurrentWeight"] for variant in document.get("ProductionVariants", [])
    }


def _ended(document: Document, status: str, now: float) -> None:
    """A deployment ended, well or not."""
    document.pop("PendingDeploymentSummary", None)
    document.pop("_Becomes", None)
    document.update(EndpointStatus=status, LastModifiedTime=now)


def _summary(variant: Document, config: Document, now: float) -> Document:
    weight, count = variant["InitialVariantWeight"], variant.get("InitialInstanceCount")
    serverless = variant.get("ServerlessConfig")
    images = [container["Image"] for container in config["_Models"][variant["ModelName"]]["Containers"]]
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": image, "ResolutionTime": now} for image in images],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        **({} if count is None else {"CurrentInstanceCount": count, "DesiredInstanceCount": count}),
        "CurrentServerlessConfig": serverless,
        **{name: variant[name] for name in _SHARED if name in variant},
    }


def _capture_summary(config: Document | None) -> Document | None:
    if not config:
        return None
    enabled = config.get("EnableCapture", True)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
