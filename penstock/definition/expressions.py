"""Expressions: what stands in a definition for a value that is known only later.

References and functions ({"Get": ...}, {"Std:Join": ...}, {"Std:JsonGet": ...}: facts/pipeline-execution.md,
section 1.1), and the placeholders of compiled definitions (`{{ env.role }}`). It knows their notation, and
not what they lead to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from penstock.service_model import Path

FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")

_PART = re.compile(
    r"""(?:^|(?<=.)\.)(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]"""
)


@dataclass(frozen=True)
class Reference:
    """A {"Get": text} at `path`. `parts` is the text taken apart (`("Steps", "A", "Outputs", 0)`), None if it
    cannot be; `in_json_get` says whether it is a Std:JsonGet's PropertyFile."""

    path: Path
    text: str
    in_json_get: bool = False

    @property
    def parts(self) -> Path | None:
        return parse_path(self.text)

    @property
    def step(self) -> str | None:
        """The step that it refers to, None if it is no reference to a step."""
        parts = self.parts
        return str(parts[1]) if parts and len(parts) > 1 and parts[0] == "Steps" else None


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path | None:
    """`a.b[0]['c']` -> ("a", "b", 0, "c"); None if it is no path."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        if match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(match["name"] if match["name"] is not None else match["key"])
        at = match.end()
    return tuple(parts) or None


def is_function(key: str) -> bool:
    """Whether a key is a function's, known or not: such an object stands for a value."""
    return key == "Get" or key.startswith("Std:")


def is_expression(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and is_function(next(iter(value)))


def is_placeholder(value: Any) -> bool:
    """Whether a string holds a placeholder of a compiled definition: it may become any value."""
    return isinstance(value, str) and "{{" in value


def is_open(value: Any) -> bool:
    """Whether a value is known only later, when it is deployed or when the pipeline runs."""
    return is_expression(value) or is_placeholder(value)


def references(value: Any, path: Path = (), in_json_get: bool = False) -> Iterator[Reference]:
    """Every {"Get": text} inside a value, but those whose text holds a placeholder."""
    if isinstance(value, dict):
        if is_expression(value) and isinstance(value.get("Get"), str):
            if not is_placeholder(value["Get"]):
                yield Reference(path, value["Get"], in_json_get)
            return
        for key, item in value.items():
            inside = key == "PropertyFile" and bool(path) and path[-1] == "Std:JsonGet"
            yield from references(item, (*path, key), inside)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, (*path, index))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """A value and everything inside it, with the path of each, outermost first."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def get(value: Any, *path: str | int) -> Any:
    """The value at a path in JSON of any form, None if the path leads nowhere."""
    for part in path:
        if isinstance(part, str) and isinstance(value, dict):
            value = value.get(part)
        elif isinstance(part, int) and isinstance(value, list) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def items(value: Any) -> list[Any]:
    """A list as it is, and no items of anything else."""
    return value if isinstance(value, list) else []
