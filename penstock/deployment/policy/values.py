"""What the expressions of a definition can stand for, as IAM patterns: `*` where only an execution knows.

A parameter stands for its default (and its other allowed values): a policy names resources, and a start
that names others needs more than the policy gives. It knows the definition's grammar, and no policies.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from penstock.definition.expressions import get, is_expression, items, parse_path
from penstock.definition.structure import all_steps

Path = tuple[str, ...]

# Names that Pipelines makes, where the request has none: pipelines-<id>-<step>-<random>
# (facts/pipeline-execution.md, 4).
GENERATED = "pipelines-*"
_GENERATED_MEMBERS = re.compile(
    r"(Processing|Training|Transform|AutoML|HyperParameterTuning)JobName|ModelName"
)

_MOST = 16  # values of one expression; more become `*`
_DEEPEST = 20  # references to references


class Values:
    """The values of one definition, whose pipeline is called `pipeline`."""

    def __init__(self, definition: Mapping[str, Any], pipeline: str) -> None:
        self._steps = {step["Name"]: step for step in all_steps(definition)}
        self._parameters = {item["Name"]: item for item in definition.get("Parameters", [])}
        self._pipeline = pipeline

    def of(self, value: Any, depth: int = 0) -> list[str]:
        """The patterns that a value can be; `["*"]` if nothing is known of it, never empty."""
        if isinstance(value, bool):
            return ["true" if value else "false"]
        if isinstance(value, str | int | float):
            return [str(value)]
        if depth < _DEEPEST and is_expression(value):
            ((function, operand),) = value.items()
            if function == "Get":
                return self._get(str(operand), depth + 1)
            if function == "Std:Join":
                return self._join(operand, depth + 1)
        return ["*"]

    def member(self, step: Mapping[str, Any], name: str) -> list[str]:
        """The patterns of a member of a step or of its Arguments, by its name."""
        for holder in (step, step.get("Arguments", {})):
            if name in holder:
                found = self.of(holder[name])
                # A job that is named in the request has more after that name.
                return [f"{one}*" if _is_job_name(name) and "*" not in one else one for one in found]
        return [_unnamed(name)]

    def _get(self, reference: str, depth: int) -> list[str]:
        kind, _, rest = reference.partition(".")
        if kind == "Parameters" and rest in self._parameters:
            parameter = self._parameters[rest]
            known = [parameter[key] for key in ("DefaultValue",) if key in parameter]
            known += parameter.get("EnumValues", [])
            texts = {text for value in known for text in self.of(value, depth)}
            return sorted(texts) if texts and len(texts) <= _MOST else ["*"]
        if reference == "Execution.PipelineName":
            return [self._pipeline]
        if reference.startswith("ForEach.CurrentItem"):
            _, _, *path = parse_path(reference) or ("", "")
            found = [text for item in self._items(depth) for text in self._item(item, path, depth)]
            return sorted(set(found)) if found and len(found) <= _MOST else ["*"]
        if kind == "Steps":
            _, name, *path = parse_path(reference) or ("Steps", "")
            if name in self._steps:
                return self._property(self._steps[str(name)], path, depth)
        return ["*"]

    def _items(self, depth: int) -> Iterator[Any]:
        """What the ForEach steps go over: a list, or what stands for the JSON of one."""
        for step in self._steps.values():
            if step["Type"] == "ForEach":
                given = step.get("Arguments", {}).get("IterableItems")
                if isinstance(given, list):
                    yield from given
                else:
                    yield from (one for text in self.of(given, depth) for one in items(_parsed(text)))

    def _item(self, item: Any, path: list[str | int], depth: int) -> list[str]:
        """An item, or the part of it that a path leads to: an item is an object, or the JSON of one."""
        if not path:
            return self.of(item, depth)
        is_object = isinstance(item, dict) and not is_expression(item)
        objects = [item] if is_object else [_parsed(text) for text in self.of(item, depth)]
        return [text for one in objects for text in self.of(get(one, *path), depth)]

    def _property(self, step: Mapping[str, Any], path: list[str | int], depth: int) -> list[str]:
        """A property of a step is the response of its Describe call, which has what the request had."""
        value: Any = step.get("Arguments", {})
        if step["Type"] == "EMR" and path[:1] == ["Config"]:
            value = value.get("StepConfig", {}).get("HadoopJarStep", {})
            path = path[1:]
        for token in path:
            value = _inside(value, token)
            if value is None:
                return [_unnamed(str(path[-1]))]
        return self.of(value, depth)

    def _join(self, operand: Any, depth: int) -> list[str]:
        if not isinstance(operand, dict) or not isinstance(operand.get("Values"), list):
            return ["*"]
        parts = [self.of(value, depth) for value in operand["Values"]]
        joined = {str(operand.get("On", "")).join(choice) for choice in _some(product(*parts))}
        return sorted(joined) if len(joined) <= _MOST else ["*"]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text, number and expression of a request, with the keys that lead to it."""
    if isinstance(value, dict) and not is_expression(value):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value


def _parsed(text: str) -> Any:
    """The JSON that a text is; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _some(choices: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for _, choice in zip(range(_MOST + 1), choices, strict=False):
        yield choice


def _inside(value: Any, token: str | int) -> Any:
    """The member, the item by number, or the item that the token is a name of (its OutputName ...)."""
    if isinstance(value, dict) or isinstance(token, int):
        return get(value, token)
    if isinstance(value, list):
        named = (
            item
            for item in value
            if isinstance(item, dict) and any(key.endswith("Name") and item[key] == token for key in item)
        )
        return next(named, None)
    return None


def _is_job_name(member: str) -> bool:
    return member.endswith("JobName")


def _unnamed(member: str) -> str:
    return GENERATED if _GENERATED_MEMBERS.fullmatch(member) else "*"
