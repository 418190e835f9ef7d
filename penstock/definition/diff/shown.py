"""A value as people read it: one short line without a character that a terminal would act on."""

import json
from typing import Any

from penstock.definition.expressions import get, is_expression, parse_path
from penstock.printable import printable

LONGEST = 72
# Of two long values so much of where they part, and of what they share after it.
_APART, _AFTER = 30, 20


def shown(value: Any, longest: int = LONGEST) -> str:
    """`ml.m5.large`, `Parameters.MinimumAuc`, `s3://bucket/{Parameters.X}/out`, `Evaluate.Metrics:auc.value`,
    `{"Name":"Spark"}`. What is longer is cut in its middle."""
    return _cut(_text(value), longest)


def shown_pair(before: Any, after: Any) -> tuple[str, str]:
    """Two values that differ, so that one sees in what: long ones are cut where they are the same."""
    first, second = _text(before), _text(after)
    if first == second:  # "3" and 3
        first, second = _json(before), _json(after)
    if max(len(first), len(second)) <= LONGEST:
        return first, second
    start = _shared(first, second)
    end = _shared(first[start:][::-1], second[start:][::-1])
    after = min(_AFTER, end)
    apart = min(max(_APART, LONGEST - start - after), max(len(first), len(second)) - start - end)
    lengths = LONGEST - apart - after, apart, after
    return _around(first, start, end, lengths), _around(second, start, end, lengths)


def _shared(first: str, second: str) -> int:
    """How many characters both begin with."""
    parted = (index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(parted, min(len(first), len(second)))


def _around(text: str, start: int, end: int, lengths: tuple[int, int, int]) -> str:
    middle = len(text) - end
    parts = text[:start], text[start:middle], text[middle:]
    return "".join(_cut(part, length) for part, length in zip(parts, lengths, strict=True))


def _cut(text: str, longest: int) -> str:
    """The text, with its middle left out where it is longer than that."""
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 2
    return f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return printable(value) or '""'
    expression = _expression(value)
    return _json(_inlined(value)) if expression is None else printable(expression)


def _json(value: Any) -> str:
    return printable(json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str))


def _expression(value: Any) -> str | None:
    """What an expression stands for; None if the value is none, or is none that can be read."""
    if not is_expression(value):
        return None
    if isinstance(value.get("Get"), str):
        return str(value["Get"])
    if isinstance(parts := get(value, "Std:Join", "Values"), list):
        separator = get(value, "Std:Join", "On")
        return (separator if isinstance(separator, str) else "").join(_in_text(part) for part in parts)
    if isinstance(path := get(value, "Std:JsonGet", "Path"), str):
        return f"{_file(value['Std:JsonGet'])}:{path}"
    return None


def _file(json_get: dict[str, Any]) -> str:
    """`Evaluate.Metrics`, the step and the property file of it, or the URI that is read."""
    reference = get(json_get, "PropertyFile", "Get")
    parts = parse_path(reference) if isinstance(reference, str) else None
    if parts and len(parts) == 4 and parts[0] == "Steps" and parts[2] == "PropertyFiles":
        return f"{parts[1]}.{parts[3]}"
    return _in_text(json_get.get("PropertyFile", json_get.get("S3Uri")))


def _in_text(value: Any) -> str:
    """A value inside a text: a reference in braces, a Join as what it joins."""
    if isinstance(value, str):
        return value
    expression = _expression(value)
    if expression is None:
        return _json(value)
    return expression if "Std:Join" in value else f"{{{expression}}}"


def _inlined(value: Any) -> Any:
    """A value with its expressions as texts."""
    if _expression(value) is not None:
        return _in_text(value)
    if isinstance(value, dict):
        return {key: _inlined(item) for key, item in value.items()}
    return [_inlined(item) for item in value] if isinstance(value, list) else value
