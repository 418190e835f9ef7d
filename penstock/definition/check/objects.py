"""JSON objects against the keys that they may have: the one check that all of the grammar is made of."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from penstock.definition.check.finding import Finding
from penstock.definition.check.suggest import did_you_mean, nearest
from penstock.definition.expressions import is_open
from penstock.service_model import Path

# What a key's value must be, by the name that messages give it.
_KINDS: dict[str, tuple[type, ...]] = {
    "a string": (str,),
    "an integer": (int,),
    "a number": (int, float),
    "a Boolean": (bool,),
    "a list": (list,),
    "an object": (dict,),
    "a scalar": (str, int, float, bool),
    "a literal string": (str,),
}
TEXT, INTEGER, NUMBER, BOOLEAN, LIST, OBJECT, SCALAR, WORD = _KINDS
ANY = "anything"
NOWHERE: Mapping[str, str] = MappingProxyType({})


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value is what is called `a string`, `an integer`, ...; one known only later is everything."""
    if kind == ANY or (is_open(value) and kind != WORD):
        return True
    if isinstance(value, bool):
        return bool in _KINDS[kind]
    return isinstance(value, _KINDS[kind])


def check_object(
    value: Any,
    path: Path,
    keys: Mapping[str, str],
    *,
    what: str,
    step: str | None,
    required: Collection[str] = (),
    elsewhere: Mapping[str, str] = NOWHERE,
) -> Iterator[Finding]:
    """`what` names the object (`a parameter`); `keys` are those it may have, each with its value's kind, and
    `elsewhere` says of keys that another object has where they belong.

    A null counts as a key that is not there: the SDK writes it for settings that were not given. A key that
    is missing because it is misspelt is told once, as unknown.
    """
    if not isinstance(value, dict):
        yield from check_kind(value, path, OBJECT, step)
        return
    meant = {nearest(key, keys) for key in value if key not in keys}
    for key in required:
        if value.get(key) is None and key not in meant:
            yield Finding("PS102", path, f"{what} needs {key}", step)
    for key, item in value.items():
        if key not in keys:
            suggestion = elsewhere.get(key) or did_you_mean(key, keys)
            yield Finding("PS101", (*path, key), f"{key!r} is no key of {what}", step, suggestion)
        elif item is not None:
            yield from check_kind(item, (*path, key), keys[key], step)


def check_kind(value: Any, path: Path, kind: str, step: str | None) -> Iterator[Finding]:
    if not is_kind(value, kind):
        yield Finding("PS103", path, f"{shown(value)} is not {kind}", step)


def check_member(
    value: Any, path: Path, known: Collection[str], what: str, step: str | None
) -> Iterator[Finding]:
    """A string that must be one of a fixed set."""
    if isinstance(value, str) and not is_open(value) and value not in known:
        yield Finding("PS106", path, f"{value!r} is no {what}", step, did_you_mean(value, known))


def an(word: str) -> str:
    """The word with its article."""
    return f"{'an' if word[:1] in 'AEIOUaeiou' else 'a'} {word}"


def shown(value: Any) -> str:
    """A value as messages show it, cut to what fits a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
