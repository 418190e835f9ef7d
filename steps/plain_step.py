"""The step that is not retried by a policy: what check, Lambda, Callback and EMR steps have in common.

Such a step has keys of its own beside Arguments; its type says which, what other steps can refer to, and
whether its result may be used again (facts/pipeline-execution.md, sections 1.3 and 5).
"""

from collections.abc import Mapping
from typing import Any

from sagemaker.mlops.workflow.steps import CacheConfig, Step, StepTypeEnum

from steps.provenance import Traced
from steps.request_step import Upstream, check_cache_config, check_step_texts, upstream


class PlainStep(Traced, Step):
    """A step with `arguments`, and `settings`: the keys that stand beside them."""

    def __init__(
        self,
        name: str,
        step_type: StepTypeEnum,
        arguments: Mapping[str, Any],
        settings: Mapping[str, Any],
        *,
        display_name: str,
        description: str,
        depends_on: Upstream,
        cache_config: CacheConfig | None = None,
    ) -> None:
        """Raises PenstockError if a name or a text does not fit AWS's model."""
        check_step_texts(name, display_name, description)
        check_cache_config(name, cache_config)
        super().__init__(name, display_name, description, step_type, upstream(name, depends_on))
        self.cache_config = cache_config
        self._arguments = dict(arguments)
        self._settings = dict(settings)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments, with pipeline variables and placeholders in them."""
        return self._arguments

    def to_request(self) -> dict[str, Any]:
        """The step as the definition has it, the SDK's variables still in it."""
        step: dict[str, Any] = {**super().to_request(), **self._settings}
        if self.cache_config:
            step.update(self.cache_config.config)
        return step
