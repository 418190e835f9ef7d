"""One endpoint configuration at work: its variants, the share of the requests that each gets, the capture.

An endpoint that is updated has two for a while: the old one answers until the new one can.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from penstock.emulator.hosting.balance import Balance
from penstock.emulator.hosting.capture import Capture, Exchange
from penstock.emulator.hosting.invocation import Inference, Invocation
from penstock.emulator.hosting.shadow import Shadow
from penstock.emulator.hosting.variant import Surroundings, Variant
from penstock.emulator.jobs import serving
from penstock.emulator.jobs.directory import JobDirectory
from penstock.emulator.jobs.failures import client_error
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.standins.registry import StandIn

Document = dict[str, Any]


class Closed(Exception):
    """The deployment takes no more requests: another one does, or none."""


def with_models(store: Store, config: Document) -> Document:
    """A configuration with the containers of its models, as they are now, in the member `_Models`.

    So an endpoint starts again after its models were deleted. Raises JobFailed.
    """
    models = {}
    for variant in _variants(config):
        name = variant["ModelName"]
        model = store.get("Model", name) or {}
        models[name] = {
            "Containers": serving.containers_of(store, name),
            "Direct": model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct",
            "Role": model.get("ExecutionRoleArn"),
        }
    return {**config, "_Models": models}


class Deployment:
    """`config` is an endpoint configuration with its models; `weights` replaces its initial ones.
    `surroundings(role)` are those of containers that act as a role.

    Raises JobFailed for what cannot be served.
    """

    def __init__(
        self,
        endpoint: str,
        config: Document,
        weights: Mapping[str, float],
        directory: JobDirectory,
        surroundings: Callable[[str | None], Surroundings],
        disk_usage: Callable[[], float],
        on_capture: Callable[[bool], None],
    ) -> None:
        for unserved in ("AsyncInferenceConfig", "ExplainerConfig"):
            if unserved in config:
                raise client_error(
                    f"{unserved} is not served here; leave it out of the endpoint configuration"
                )
        self.config = config
        self._endpoint = endpoint
        self._directory = directory
        self._closed = False
        self._in_flight = 0
        self._quiet = threading.Condition()
        self._variants = {
            definition["VariantName"]: Variant(
                endpoint,
                definition,
                config["_Models"][definition["ModelName"]]["Containers"],
                config["_Models"][definition["ModelName"]]["Direct"],
                JobDirectory(directory.root / definition["VariantName"]),
                surroundings(_role(config, definition)),
            )
            for definition in _variants(config)
        }
        production = config["ProductionVariants"]
        initial = {each["VariantName"]: each["InitialVariantWeight"] for each in production}
        self._production = list(initial)
        self._balance = Balance({**initial, **weights})
        # As the role of the model, so far as the documents tell; here the first one's.
        writer = surroundings(_role(config, production[0])).actor
        self._capture = Capture.of(
            endpoint, config.get("DataCaptureConfig"), writer.client, disk_usage, on_capture
        )
        self._shadow: Shadow | None = None
        for each in config.get("ShadowProductionVariants", []):
            share = 100 * each["InitialVariantWeight"] / max(production[0]["InitialVariantWeight"], 1e-9)
            self._shadow = Shadow(min(share, 100), self._variants[each["VariantName"]], self._captured)

    def start(self, check: Callable[[], None]) -> None:
        """Return when all containers answer. Raises JobFailed, JobStopped and what `check` raises; then
        nothing is left running."""
        try:
            for variant in self._variants.values():
                variant.start()
            for variant in self._variants.values():
                variant.wait_until_ready(check)
        except BaseException:
            self.close(patience=0)
            raise

    @property
    def stand_ins(self) -> list[StandIn]:
        """Those that serve, for reports."""
        return [stand_in for variant in self._variants.values() for stand_in in variant.stand_ins]

    def invoke(self, invocation: Invocation) -> Inference:
        """Raises ModelFailed, ServiceError, Closed."""
        with self._taking_part():
            name = self._chosen(invocation.target_variant)
            if self._shadow:
                self._shadow.follow(invocation)
            arrived = time.time()
            answer = self._variants[name].answer(invocation)
            self._captured(Exchange(name, invocation, answer, arrived))
            return Inference(answer.body, answer.content_type, answer.custom_attributes, name)

    def reweigh(self, weights: Mapping[str, float]) -> None:
        self._balance.reweigh(weights)

    def close(self, patience: float = 60.0) -> None:
        """Take no more requests, let those that run end for `patience` seconds, and return when everything is
        gone and what was captured is in S3."""
        with self._quiet:
            self._closed = True
            self._quiet.wait_for(lambda: not self._in_flight, patience)
        for variant in self._variants.values():
            variant.close()
        if self._shadow:
            self._shadow.close()
        if self._capture:
            self._capture.close()
        self._directory.remove()

    def _captured(self, exchange: Exchange) -> None:
        if self._capture:
            self._capture.take(exchange)

    def _chosen(self, target: str) -> str:
        if target:
            if target not in self._production:
                raise ServiceError("ValidationError", f"Variant {target} not found for Request")
            return target
        name = self._balance.next()
        if name is None:
            raise ServiceError(
                "ValidationError",
                f"No variant of endpoint {self._endpoint} has a weight above 0. Give one a weight, or give a"
                f" TargetVariant: {', '.join(self._production)}.",
            )
        return name

    @contextmanager
    def _taking_part(self) -> Iterator[None]:
        with self._quiet:
            if self._closed:
                raise Closed
            self._in_flight += 1
        try:
            yield
        finally:
            with self._quiet:
                self._in_flight -= 1
                self._quiet.notify_all()


def _role(config: Document, variant: Document) -> str | None:
    role: str | None = config["_Models"][variant["ModelName"]].get("Role")
    return role


def _variants(config: Document) -> list[Document]:
    return [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
