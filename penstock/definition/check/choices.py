"""Members of requests of which some must be set and not too many, which botocore's shapes do not say.

Sources: botocore's documentation of these members; of instances, sagemaker-python-sdk (job.py). A model
package needs a group, as a step may not give it the name that it would need without (PS409).
"""

from collections.abc import Collection, Iterator
from typing import Any

from penstock.definition.check.document import PlacedStep
from penstock.definition.check.finding import Finding
from penstock.definition.expressions import get, is_open, items
from penstock.service_model import Path

# Where the members stand (`*` is any item of a list), their names, the least and the most of them.
_Choice = tuple[tuple[str, ...], tuple[str, ...], int, int]


def _of_training(*job: str) -> tuple[_Choice, ...]:
    return (
        ((*job, "AlgorithmSpecification"), ("TrainingImage", "AlgorithmName"), 1, 1),
        ((*job, "ResourceConfig"), ("InstanceType", "InstanceGroups"), 0, 1),
        ((*job, "ResourceConfig"), ("InstanceType", "InstanceGroups", "InstancePreferences"), 1, 3),
        ((*job, "ResourceConfig"), ("InstanceCount", "InstanceGroups", "InstancePreferences"), 1, 3),
        (
            (*job, "InputDataConfig", "*", "DataSource"),
            ("S3DataSource", "FileSystemDataSource", "DatasetSource"), 1, 1,
        ),
    )  # fmt: skip


_CHOICES: dict[str, tuple[_Choice, ...]] = {
    "Model": (
        ((), ("PrimaryContainer", "Containers"), 1, 1),
        (("PrimaryContainer",), ("Image", "ModelPackageName"), 1, 2),
        (("Containers", "*"), ("Image", "ModelPackageName"), 1, 2),
    ),
    "Tuning": (
        ((), ("TrainingJobDefinition", "TrainingJobDefinitions"), 1, 1),
        *_of_training("TrainingJobDefinition"),
        *_of_training("TrainingJobDefinitions", "*"),
    ),
    "Processing": (
        (("ProcessingInputs", "*"), ("S3Input", "DatasetDefinition"), 1, 1),
        (("ProcessingOutputConfig", "Outputs", "*"), ("S3Output", "FeatureStoreOutput"), 1, 1),
        (("ProcessingResources", "ClusterConfig"), ("InstanceType", "InstancePreferences"), 1, 1),
    ),
    "Training": _of_training(),
    "RegisterModel": (
        ((), ("InferenceSpecification", "SourceAlgorithmSpecification"), 0, 1),
        ((), ("ModelPackageGroupName",), 1, 1),
    ),
    "EndpointConfig": (
        (("ProductionVariants", "*"), ("InstanceType", "ServerlessConfig"), 0, 1),
        (("ProductionVariants", "*"), ("InstanceType", "ServerlessConfig", "InstancePools"), 1, 3),
    ),
    "InferenceComponent": (((), ("Specification", "Specifications"), 0, 1),),
}
_CHOICES |= dict.fromkeys(("QualityCheck", "ClarifyCheck"), _CHOICES["Processing"])


def choices(step: PlacedStep, meant: Collection[tuple[Path, str | None]]) -> Iterator[Finding]:
    """PS408, and PS401 for a member that only the step needs; nothing of what is there misspelt (`meant`)."""
    if not isinstance(step.json.get("Arguments"), dict):
        return
    for pattern, names, least, most in _CHOICES.get(step.type, ()):
        *others, last = names
        for path, value in _at(step.arguments, pattern, step.at("Arguments")):
            given = sum(value.get(name) is not None for name in names)
            if given > most:
                message = f"only one may be set: {', '.join(others)} or {last}"
                yield Finding("PS408", path, message, step.name)
            elif any((path, name) in meant for name in names):
                continue
            elif given < least and others:
                message = f"either {', '.join(others)} or {last} is required"
                yield Finding("PS408", path, message, step.name)
            elif given < least:
                yield Finding("PS401", path, f"{last} is required", step.name)


def _at(value: Any, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The structures that a pattern leads to, but for those known only later."""
    if not pattern:
        if isinstance(value, dict) and not is_open(value):
            yield path, value
    elif pattern[0] == "*":
        for index, item in enumerate(items(value)):
            yield from _at(item, pattern[1:], (*path, index))
    elif get(value, pattern[0]) is not None:
        yield from _at(value[pattern[0]], pattern[1:], (*path, pattern[0]))
