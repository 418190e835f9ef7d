"""The shadow endpoint: made for one analysis and deleted with it (facts: monitor-and-clarify.md, 7).

It knows the SageMaker API; it does not know what is asked of the model, or why.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from penstock.emulator.standins.clarify.config import PredictorSettings
from penstock.emulator.standins.clarify.predictor import Invoke
from penstock.emulator.standins.errors import InputError

# Endpoint names have 63 characters at most; what a prefix and a model's name may take of them.
_LONGEST_PREFIX, _LONGEST_MODEL = 20, 25
# Seconds between looks at an endpoint that is being made, in all, and when the job is stopped meanwhile
# (a container is killed 30 s after it is asked to end).
_LOOK_EVERY, _LONGEST_WAIT, _LAST_WAIT = 0.5, 1800, 25


@contextmanager
def model_behind(
    settings: PredictorSettings, model_name: str | None, content_type: str, accept: str
) -> Iterator[Invoke]:
    """How to ask the model: through the endpoint that is named, or one that lives as long as the context.

    Raises InputError when there is no such model, or its endpoint fails.
    """
    runtime = boto3.client("sagemaker-runtime", config=Config(read_timeout=70, retries={"max_attempts": 3}))

    def ask(endpoint: str) -> Invoke:
        extra = {
            name: value
            for name, value in (
                ("CustomAttributes", settings.custom_attributes),
                ("TargetModel", settings.target_model),
            )
            if value
        }

        def invoke(body: bytes) -> bytes:
            try:
                answer = runtime.invoke_endpoint(
                    EndpointName=endpoint, ContentType=content_type, Accept=accept, Body=body, **extra
                )
            except (ClientError, BotoCoreError) as error:
                raise InputError(f"the model did not answer: {_said(error)}") from None
            return bytes(answer["Body"].read())

        return invoke

    if settings.endpoint_name:
        yield ask(settings.endpoint_name)
        return
    name = model_name or settings.model_name
    if not name:
        raise InputError("predictor: neither model_name nor endpoint_name says which model to ask")
    sagemaker = boto3.client("sagemaker")
    stamp = f"{int(time.time())}-{secrets.token_hex(2)}"
    prefix = settings.endpoint_name_prefix[:_LONGEST_PREFIX].strip("-")
    configuration, endpoint = (
        f"{prefix}-config-{stamp}",
        f"{prefix}-{name[:_LONGEST_MODEL].strip('-')}-{stamp}",
    )
    with ExitStack() as made:
        print(f"creating endpoint {endpoint} of model {name}", flush=True)
        try:
            sagemaker.create_endpoint_config(
                EndpointConfigName=configuration, ProductionVariants=[_variant(settings, name)]
            )
            made.callback(_delete, sagemaker.delete_endpoint_config, EndpointConfigName=configuration)
            sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=configuration)
            made.callback(_delete_settled, sagemaker, endpoint)
            _wait(sagemaker, endpoint, name)
        except (ClientError, BotoCoreError) as error:
            raise InputError(f"no endpoint can be made of the model {name}: {_said(error)}") from None
        print(f"endpoint {endpoint} is in service", flush=True)
        yield ask(endpoint)


def _variant(settings: PredictorSettings, model: str) -> dict[str, Any]:
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": settings.instance_type,
        "InitialInstanceCount": settings.initial_instance_count,
    }
    return variant | ({"AcceleratorType": settings.accelerator_type} if settings.accelerator_type else {})


def _wait(sagemaker: Any, endpoint: str, model: str) -> None:
    found = _settled(sagemaker, endpoint, _LONGEST_WAIT)
    if found["EndpointStatus"] == "Creating":
        raise InputError(f"the endpoint of the model {model} is not in service after {_LONGEST_WAIT} s")
    if found["EndpointStatus"] != "InService":
        reason = found.get("FailureReason") or found["EndpointStatus"]
        raise InputError(f"the endpoint of the model {model} failed: {reason}")


def _settled(sagemaker: Any, endpoint: str, longest: float) -> dict[str, Any]:
    end = time.monotonic() + longest
    while True:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=endpoint)
        if found["EndpointStatus"] != "Creating" or time.monotonic() > end:
            return found
        time.sleep(_LOOK_EVERY)


def _delete_settled(sagemaker: Any, endpoint: str) -> None:
    # An endpoint that is being made cannot be deleted: a job that is stopped then waits for it.
    with suppress(ClientError, BotoCoreError):
        _settled(sagemaker, endpoint, _LAST_WAIT)
    _delete(sagemaker.delete_endpoint, EndpointName=endpoint)


def _delete(operation: Callable[..., Any], **name: str) -> None:
    try:
        operation(**name)
    except (ClientError, BotoCoreError) as error:
        # The analysis is done, or its own error is what counts.
        print(f"{', '.join(name.values())} was not deleted: {_said(error)}", flush=True)


def _said(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Message") or error)
    return str(error)
