"""Settings of a function and of what invokes it that a deploy leaves to Lambda: who has them otherwise than
Lambda gives them was somebody else, and a deploy leaves them so."""

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.deployment.changes import Change

# What Lambda gives a new function (API CreateFunction, GetFunction). The concurrency stands beside the
# configuration in GetFunction's answer.
_OF_FUNCTIONS: dict[str, Any] = {
    "Layers": None,
    "VpcConfig": None,
    "FileSystemConfigs": None,
    "DeadLetterConfig": None,
    "KMSKeyArn": None,
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "Architectures": ["x86_64"],
    "ReservedConcurrentExecutions": None,
}
_OF_SOURCES = ("FilterCriteria", "ScalingConfig", "MaximumBatchingWindowInSeconds")
MEMBERS = frozenset({*_OF_FUNCTIONS, *_OF_SOURCES})

# What an answer says beside what was set.
_SAID_ALONG = {"CodeSize", "SigningJobArn", "SigningProfileVersionArn", "VpcId", "Ipv6AllowedForDualStack"}


def of_function(configuration: Mapping[str, Any]) -> Iterator[Change]:
    for name, given in _OF_FUNCTIONS.items():
        found = _set(configuration.get(name))
        if found is not None and found != given:
            yield Change(name, given, found)


def of_source(mapping: Mapping[str, Any]) -> Iterator[Change]:
    for name in _OF_SOURCES:
        found = _set(mapping.get(name))
        if found not in (None, 0):
            yield Change(name, None, found)


def _set(value: Any) -> Any:
    """A value without what is empty in it, and what nobody has set."""
    if isinstance(value, dict):
        kept = {key: _set(item) for key, item in value.items() if key not in _SAID_ALONG}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        return [item for item in map(_set, value) if item is not None] or None
    return None if value == "" else value
