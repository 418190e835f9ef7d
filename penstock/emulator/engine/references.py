"""References and paths: `Steps.Train.ModelArtifacts.S3ModelArtifacts`, `a.b[0]['c']`.

One reader serves property references and Std:JsonGet's Path; both use the same notation
(facts/pipeline-execution.md, section 1.1). It knows notation and JSON, and nothing of executions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Path = tuple[str | int, ...]

FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")

# A name after a dot or at the start, a list index, a quoted key.
_PART = re.compile(
    r"""(?:^|(?<=.)\.)(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\['(?P<key>[^']*)'\]|\["(?P<key2>[^"]*)"\]"""
)

# A list may be read by name: outputs by OutputName, inputs by InputName, metrics by MetricName
# (facts/pipeline-execution.md, section 1.1); channels are the same idea in a training job.
_NAME_MEMBERS = ("OutputName", "InputName", "MetricName", "ChannelName")


class PathError(Exception):
    """A path that is no path, or that leads nowhere in what it was applied to. The text says which."""


@dataclass(frozen=True)
class Reference:
    """What a Get names: `root` is Parameters, Execution, PipelineExperimentConfig, Steps, ForEach or
    IterationOutput; `name` the parameter, variable or step; `path` what follows (JSON path parts)."""

    root: str
    name: str
    path: Path = ()

    @property
    def property_file(self) -> str | None:
        """The property file that `Steps.<step>.PropertyFiles.<name>` names."""
        if self.root == "Steps" and len(self.path) == 2 and self.path[0] == "PropertyFiles":
            return str(self.path[1])
        return None


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """`a.b[0]['c']` -> ("a", "b", 0, "c"). Raises PathError."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise PathError(f"'{text}' is not a path: cannot read it from '{text[at:]}' on")
        if match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(next(part for part in match.group("name", "key", "key2") if part is not None))
        at = match.end()
    if not parts:
        raise PathError("a path must not be empty")
    return tuple(parts)


@lru_cache(maxsize=4096)
def parse_reference(text: str) -> Reference:
    """Read what stands behind Get. Raises PathError."""
    root, *rest = parse_path(text)
    match root:
        case "Parameters" | "Execution" | "PipelineExperimentConfig" if len(rest) == 1:
            return Reference(root, str(rest[0]))
        case "Steps" if len(rest) > 1:
            return Reference(root, str(rest[0]), tuple(rest[1:]))
        case "ForEach" | "IterationOutput" if rest:
            return Reference(root, str(rest[0]), tuple(rest[1:]))
        case _:
            raise PathError(
                f"'{text}' is not a reference: write Parameters.<name>, Execution.<variable>, "
                "PipelineExperimentConfig.<name> or Steps.<step>.<property>"
            )


def read_path(data: Any, path: Path) -> Any:
    """The value at a path in JSON data. A key applied to a list finds the item of that name.

    Raises PathError, which names the part that is not there and what is.
    """
    value = data
    for depth, part in enumerate(path):
        found = _step_into(value, part)
        if found is None:
            raise PathError(_dead_end(value, path, depth))
        value = found[0]
    return value


def format_path(path: Path) -> str:
    """The inverse of parse_path, in the one spelling that the SDK writes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w\-]+", part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]' if "'" in part else f"['{part}']"
    return text


def is_expression(value: Any) -> bool:
    """Whether a value stands for another one, known only while the pipeline runs."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in FUNCTIONS


def find_references(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every `Get` inside JSON data, as (its place, what stands behind Get)."""
    if is_expression(value) and "Get" in value:
        yield where, value["Get"]
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from find_references(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_references(item, f"{where}[{index}]")


def _step_into(value: Any, part: str | int) -> tuple[Any] | None:
    """What one part of a path leads to, in a tuple because it may be null; None where it leads nowhere."""
    if isinstance(value, dict):
        return (value[part],) if part in value else None
    if isinstance(value, list) and isinstance(part, int):
        return (value[part],) if part < len(value) else None
    if isinstance(value, list):
        item = _named(value, str(part))
        return None if item is None else (item,)
    return None


def _named(items: list[Any], name: str) -> Any:
    for item in items:
        if isinstance(item, dict) and any(item.get(member) == name for member in _NAME_MEMBERS):
            return item
    return None


def _dead_end(value: Any, path: Path, depth: int) -> str:
    missing = format_path(path[depth : depth + 1])
    place = f" in {format_path(path[:depth])}" if depth else ""
    if isinstance(value, dict):
        there = ", ".join(sorted(map(str, value))) or "nothing"
        return f"there is no {missing}{place}, which has {_cut(there)}"
    if isinstance(value, list):
        names = [
            str(item[member])
            for item in value
            if isinstance(item, dict)
            for member in _NAME_MEMBERS
            if member in item
        ]
        there = f"{len(value)} item{'s' if len(value) != 1 else ''}" + (
            f": {', '.join(names)}" if names else ""
        )
        return f"there is no {missing}{place}, a list of {_cut(there)}"
    return f"there is no {missing}{place}, which is {_cut(repr(value))}"


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "..."
