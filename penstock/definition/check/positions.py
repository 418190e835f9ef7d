"""Where the values of a JSON text stand: paths to lines, so that a finding can show what it is about."""

import json
import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]

from penstock.service_model import Path

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")

Lines = dict[Path, tuple[int, int]]


def lines(text: str) -> Lines:
    """The first and last line (from 1) of every value of a JSON text, by its path; a member's lines start
    with its key. Raises ValueError if the text is no JSON."""
    json.loads(text)
    starts = [match.end() for match in re.finditer(r"^|\n", text)]
    return {
        path: (_line(starts, begin), _line(starts, end - 1))
        for path, (begin, end) in _Scanner(text).spans.items()
    }


def nearest(where: Lines, path: Path) -> tuple[int, int]:
    """The lines of a path, or of the nearest one around it that the text has; the first line in the end."""
    while path and path not in where:
        path = path[:-1]
    return where[path] if path else (1, 1)


def _line(starts: list[int], at: int) -> int:
    return bisect_right(starts, at)


class _Scanner:
    """One pass over a text that json.loads has read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.spans: dict[Path, tuple[int, int]] = {}
        self._value((), self._skip(0))

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _value(self, path: Path, at: int, begin: int | None = None) -> int:
        """Record the value at `at` (its key at `begin`), and return where it ends."""
        match self._text[at]:
            case "{":
                end = self._items(path, at + 1, "}")
            case "[":
                end = self._items(path, at + 1, "]")
            case '"':
                end = scanstring(self._text, at + 1)[1]
            case _:
                scalar = _SCALAR.match(self._text, at)
                end = scalar.end() if scalar else at + 1
        self.spans[path] = (at if begin is None else begin, end)
        return end

    def _items(self, path: Path, at: int, closing: str) -> int:
        index = 0
        at = self._skip(at)
        while self._text[at] != closing:
            if closing == "}":
                key, after = scanstring(self._text, at + 1)
                value = self._skip(self._skip(after) + 1)
                at = self._value((*path, key), value, begin=at)
            else:
                at = self._value((*path, index), at)
            index += 1
            at = self._skip(at)
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1
