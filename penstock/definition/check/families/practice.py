"""PS801-PS808, all warnings: what the service accepts and a reviewer would ask about."""

from collections.abc import Iterator
from typing import Any

from penstock.cache_keys import compared, is_cached
from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.check.literals import literals
from penstock.definition.check.secrets import secret
from penstock.definition.check.step_types import step_type
from penstock.definition.evaluation import NEXT, Scope, parameter_values, unknowns
from penstock.definition.expressions import Reference, get, is_placeholder, walk

_PROCESSING_KEYS = (
    ("ProcessingOutputConfig", "KmsKeyId"),
    ("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"),
)
_TRANSFORM_KEYS = (("TransformOutput", "KmsKeyId"), ("TransformResources", "VolumeKmsKeyId"))
# The members that name a KMS key, by step type.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Processing": _PROCESSING_KEYS,
    "QualityCheck": _PROCESSING_KEYS,
    "ClarifyCheck": _PROCESSING_KEYS,
    "Training": (("OutputDataConfig", "KmsKeyId"), ("ResourceConfig", "VolumeKmsKeyId")),
    "AutoML": (("OutputDataConfig", "KmsKeyId"), ("AutoMLJobConfig", "SecurityConfig", "VolumeKmsKeyId")),
    "Transform": _TRANSFORM_KEYS,
    "EndpointConfig": (("KmsKeyId",),),
}
# The members that keep a container off the internet: one of them is enough.
_PROCESSING_NETWORK = (("NetworkConfig", "EnableNetworkIsolation"), ("NetworkConfig", "VpcConfig"))
_NETWORK: dict[str, tuple[tuple[str, ...], ...]] = {
    "Processing": _PROCESSING_NETWORK,
    "QualityCheck": _PROCESSING_NETWORK,
    "ClarifyCheck": _PROCESSING_NETWORK,
    "Training": (("EnableNetworkIsolation",), ("VpcConfig",)),
    "Model": (("EnableNetworkIsolation",), ("VpcConfig",)),
    "AutoML": (("AutoMLJobConfig", "SecurityConfig", "VpcConfig"),),
}
_PROCESSING_TIME = (("StoppingCondition", "MaxRuntimeInSeconds"),)
# The members that end a job which takes too long: one of them is enough.
_TIME: dict[str, tuple[tuple[str, ...], ...]] = {
    "Processing": _PROCESSING_TIME,
    "QualityCheck": _PROCESSING_TIME,
    "ClarifyCheck": _PROCESSING_TIME,
    "Training": _PROCESSING_TIME,
    "AutoML": (("AutoMLJobConfig", "CompletionCriteria", "MaxAutoMLJobRuntimeInSeconds"),),
    "EMRServerless": (("JobConfig", "executionTimeoutMinutes"),),
}


def check(document: Document) -> Iterator[Finding]:
    caches = _Caches(document)
    if document.compiled:
        yield from _literals(document.json.get("Parameters"), ("Parameters",), None)
    for step in document.steps:
        yield from _secrets(step)
        if document.compiled:
            yield from _literals(step.own, step.path, step.name)
        yield from _settings(step)
        yield from _cache(step, caches)


def _secrets(step: PlacedStep) -> Iterator[Finding]:
    for path, value in step.values:
        reason = secret(path, value) if isinstance(value, str) and not is_placeholder(value) else ""
        if reason:
            suggestion = "Read it from Secrets Manager where it is needed."
            yield Finding("PS801", path, f"this looks like a secret: {reason}", step.name, suggestion)


def _literals(value: Any, path: tuple[str | int, ...], step: str | None) -> Iterator[Finding]:
    for place, text in walk(value, path):
        if not isinstance(text, str) or place[-1] in ("Description", "DisplayName"):
            continue
        for what, literal, placeholder in literals(text):
            message = f"the {what} {literal} is written out"
            yield Finding("PS802", place, message, step, f"Write {{{{ env.{placeholder} }}}}.")


def _settings(step: PlacedStep) -> Iterator[Finding]:
    kind = step_type(step.type)
    if not kind.documented:
        return
    if not step.json.get("DisplayName"):
        yield Finding("PS803", step.path, "the step has no DisplayName", step.name)
    if "Arguments" not in step.json:
        return
    path = step.at("Arguments")
    missing = [".".join(key) for key in _KEYS.get(step.type, ()) if _absent(step, key)]
    if missing:
        message = f"no KMS key encrypts what the step stores: {' and '.join(missing)} not set"
        yield Finding("PS804", path, message, step.name)
    network = _NETWORK.get(step.type, ())
    if network and all(_absent(step, key) for key in network):
        message = (
            f"the container can reach the internet: {' and '.join('.'.join(key) for key in network)} not set"
        )
        yield Finding("PS805", path, message, step.name)
    time = _TIME.get(step.type, ())
    if time and all(_absent(step, key) for key in time):
        message = f"nothing ends a job that takes too long: {'.'.join(time[0])} is not set"
        yield Finding("PS806", path, message, step.name)
    if kind.retries and kind.operation and not step.json.get("RetryPolicies"):
        message = "no retry policy: throttling and lack of capacity may end the execution"
        yield Finding("PS807", step.path, message, step.name, "Add RetryPolicies.")


def _absent(step: PlacedStep, path: tuple[str, ...]) -> bool:
    return get(step.arguments, *path) in (None, False)


class _Caches:
    """Which cached steps take in what is new in each execution, themselves or by what they refer to."""

    def __init__(self, document: Document) -> None:
        self._steps = document.by_name
        self._new: dict[str, list[tuple[Reference, str]]] = {}
        variables = {"PipelineName": "", "PipelineArn": ""}  # they are the same in each execution
        parameters = parameter_values(document.json, {})
        self._next = Scope(NEXT, document.json, parameters, variables, self._origin)

    def new(self, step: PlacedStep) -> list[tuple[Reference, str]]:
        """The references that keep a step from ever being found, and what is new about each."""
        if not is_cached(step.type) or get(step.json, "CacheConfig", "Enabled") is not True:
            return []
        if step.name not in self._new:
            self._new[step.name] = []  # for steps in a circle, which another rule tells
            members = [(*step.path, *path.split(".")) for path in compared(step.type, step.json)]
            self._new[step.name] = [
                (reference, cause)
                for reference in step.references
                if any(reference.path[: len(member)] == member for member in members)
                for cause in self._causes(reference)
            ]
        return self._new[step.name]

    def _causes(self, reference: Reference) -> list[str]:
        if reference.in_json_get:
            return []
        found = unknowns(self._next.evaluate({"Get": reference.text}))
        return [each.text for each in found if each.fresh and each.origin == NEXT][:1]

    def _origin(self, name: str) -> Scope | None:
        """Where a step's results are from: of one that may be found in the cache nobody knows."""
        step = self._steps[name]
        may_be_found = is_cached(step.type) and get(step.json, "CacheConfig", "Enabled") is True
        return None if may_be_found and not self.new(step) else self._next


def _cache(step: PlacedStep, caches: _Caches) -> Iterator[Finding]:
    for reference, cause in caches.new(step):
        holds = "is" if cause == reference.text else f"holds {cause}, which is"
        message = f"{reference.text} {holds} new in each execution: the step is never taken from the cache"
        suggestion = "Keep it out of the step's inputs, or do without CacheConfig."
        yield Finding("PS808", reference.path, message, step.name, suggestion)
