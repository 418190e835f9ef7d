"""The step that is one request of SageMaker's API: what all job-like steps have in common.

A step type says which request it is (`api`) and builds it; here it gets its names, its retry policies, its
cache configuration and its properties, and is checked when it is built. The SDK's own classes of these names
call AWS while a pipeline is being defined, which is why the steps are built on its ConfigurableRetryStep.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker.mlops.workflow.retry import RetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, ConfigurableRetryStep, Step, StepTypeEnum

from penstock.errors import PenstockError
from penstock.service_model import output_shape
from steps.properties import StepProperty
from steps.provenance import Traced
from steps.request import check_request, check_text

Upstream = Sequence[str | Step] | None


@dataclass(frozen=True)
class Api:
    """The operations behind a step type.

    The step is a request of `create`; its properties are the response of `describe`; `named_by` is the
    member that names the resource, None if there is none to fill in.
    """

    create: str
    describe: str
    named_by: str | None


class RequestStep(Traced, ConfigurableRetryStep):
    """A step that calls one Create operation and waits for what it created."""

    def __init__(
        self,
        name: str,
        step_type: StepTypeEnum,
        api: Api,
        request: dict[str, Any],
        *,
        display_name: str,
        description: str,
        depends_on: Upstream,
        retry_policies: Sequence[RetryPolicy],
        cache_config: CacheConfig | None = None,
    ) -> None:
        """Raises PenstockError if a name, a text or the request does not fit AWS's model."""
        check_step_texts(name, display_name, description)
        check_cache_config(name, cache_config)
        check_request(f"step {name}", api.create, request, named_by=api.named_by)
        super().__init__(
            name,
            step_type,
            display_name,
            description,
            upstream(name, depends_on),
            list(retry_policies),
        )
        self.cache_config = cache_config
        self._request = request
        self._properties = StepProperty(self, output_shape("sagemaker", api.describe), declared=request)

    @property
    def arguments(self) -> dict[str, Any]:
        """The request, with pipeline variables and placeholders in it."""
        return self._request

    @property
    def properties(self) -> StepProperty:
        """What other steps can refer to: the members of the Describe response."""
        return self._properties

    def to_request(self) -> dict[str, Any]:
        """The step as the definition has it, the SDK's variables still in it."""
        step: dict[str, Any] = super().to_request()
        if self.cache_config:
            step.update(self.cache_config.config)
        return step


def check_step_texts(name: str, display_name: str, description: str) -> None:
    """Raises PenstockError unless the step has a valid name, a display name and a description."""
    where = f"step {name}"
    check_text(where, "name", name, "StepName")
    check_text(where, "display_name", display_name, "StepDisplayName")
    check_text(where, "description", description, "StepDescription")


def check_cache_config(name: str, cache_config: CacheConfig | None) -> None:
    """Raises PenstockError for what is none, `True` above all."""
    if not isinstance(cache_config, CacheConfig | None):
        raise PenstockError(
            f"cache_config {cache_config!r} is not a CacheConfig",
            where=f"step {name}",
            remedy='Write cache_config=CacheConfig(enable_caching=True, expire_after="P30D").',
        )


def upstream(name: str, depends_on: Upstream) -> list[str | Step] | None:
    """`depends_on` as the SDK takes it. Raises PenstockError if it is one step, or the name of one."""
    if isinstance(depends_on, str | Step):
        one = depends_on if isinstance(depends_on, str) else depends_on.name
        raise PenstockError(
            f"depends_on is step {one} alone, and not a list of steps",
            where=f"step {name}",
            remedy="Write it in brackets.",
        )
    return list(depends_on) if depends_on else None
