"""What step caching compares: by type of step, the members whose values make the key of its cache.

They are the developer guide's "Default cache key attributes by pipeline step type"
(facts/pipeline-execution.md, section 5). The emulator's engine looks up by them what has run already, and a
plan foretells by them what will not run again. It knows the members, and nothing of values or history.
"""

from collections.abc import Mapping
from typing import Any

# Settings of a check that are false where they are left out, as the SDK writes them.
_FLAGS = ("SkipCheck", "RegisterNewBaseline")

# Of a check the guide names the configurations of the check and of its job, which both stand in Arguments.
_CHECK = ("Arguments", "CheckType", *_FLAGS, "ModelPackageGroupName", "SuppliedBaselineConstraints")


def _arguments(*members: str) -> tuple[str, ...]:
    return tuple(f"Arguments.{member}" for member in members)


MEMBERS: dict[str, tuple[str, ...]] = {
    "Processing": _arguments("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": _arguments(
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Tuning": _arguments(
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition.AlgorithmSpecification",
        "TrainingJobDefinition.HyperParameterRanges",
        "TrainingJobDefinition.InputDataConfig",
        "TrainingJobDefinition.StaticHyperParameters",
        "TrainingJobDefinition.TuningObjective",
        "TrainingJobDefinitions",
    ),
    "AutoML": _arguments(
        "AutoMLJobConfig.CandidateGenerationConfig",
        "AutoMLJobConfig.CompletionCriteria",
        "AutoMLJobConfig.DataSplitConfig",
        "AutoMLJobConfig.Mode",
        "AutoMLJobObjective",
        "InputDataConfig",
        "ProblemType",
    ),
    "Transform": _arguments("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "QualityCheck": (*_CHECK, "SuppliedBaselineStatistics"),
    "ClarifyCheck": (*_CHECK, "ModelName"),
    "EMR": _arguments("ClusterId", "StepConfig"),
}


def is_cached(step_type: str) -> bool:
    """Whether the service caches steps of this type; CacheConfig may stand on others, without an effect."""
    return step_type in MEMBERS


def compared(step_type: str, step: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a step that its cache compares, by their path: `Arguments.Environment`.

    Empty for a type that is not cached. A member without a value counts as one that is not there.
    """
    found: dict[str, Any] = {}
    for path in MEMBERS.get(step_type, ()):
        value: Any = step
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None and path in _FLAGS:
            value = False
        if value is not None and value != "":
            found[path] = value
    return found
