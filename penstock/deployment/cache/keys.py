"""The keys of two executions' caches: what differs between them, and why that is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.definition.diff import Change, change_line, shown
from penstock.definition.diff.values import compare
from penstock.definition.evaluation import NEXT, UNTOLD, Scope, Unknown, same, unknowns
from penstock.definition.expressions import get, is_expression, parse_path
from penstock.deployment.cache import wording


@dataclass(frozen=True)
class Key:
    """What is compared of a step, by path: as it is written, in the scope of an execution."""

    written: Mapping[str, Any]
    scope: Scope

    @cached_property
    def values(self) -> dict[str, Any]:
        return {path: self.scope.evaluate(value) for path, value in self.written.items()}

    @property
    def is_new(self) -> bool:
        """Whether no earlier execution can have had it."""
        return any(unknown.fresh and unknown.origin == NEXT for unknown in unknowns(self.values))


def changes(before: Key, after: Key) -> list[Change]:
    """The members that differ, as far as they are known; what is not known is compared as it is written."""
    return [
        change
        for path in dict.fromkeys([*after.written, *before.written])
        for change in compare(
            before.scope.shown(before.written.get(path)),
            after.scope.shown(after.written.get(path)),
            path,
            path.rpartition(".")[2],
        )
        if isinstance(change, Change)
    ]


def reasons(before: Key, after: Key) -> list[str]:
    """Why the next execution's key is another one than an earlier one's, or may be; never empty."""
    found = _later(after)
    for change in changes(before, after):
        if not (is_expression(change.after) and _yet_to_come(change.after, after.scope)):
            found.append(change_line(change))
    if not found:
        found = [
            wording.other_run(shown(expression))
            for expression in _expressions(after.written)
            if not same(before.scope.evaluate(expression), after.scope.evaluate(expression))
        ]
    if not found:
        found = [
            wording.differs(path)
            for path in dict.fromkeys([*after.written, *before.written])
            if not same(before.values.get(path), after.values.get(path))
        ]
    return list(dict.fromkeys(found))


def _later(key: Key) -> list[str]:
    """What a key reads that is not there before the next execution. Of a step one reading is told."""
    found: dict[str, str] = {}
    for expression in _expressions(key.written):
        if unknown := _yet_to_come(expression, key.scope):
            about, reason = _why(expression, unknown)
            found.setdefault(about, reason)
    return list(found.values())


def _why(expression: dict[str, Any], unknown: list[Unknown]) -> tuple[str, str]:
    """What an expression is about, and why its value is not there yet."""
    text = shown(expression)
    reference = expression.get("Get") or get(expression, "Std:JsonGet", "PropertyFile", "Get")
    match parse_path(reference) if isinstance(reference, str) else None:
        case ("Parameters", str(name)):
            return text, wording.no_default(name)
        case ("Execution" | "PipelineExperimentConfig", *_):
            return text, wording.always_new(text)
        case ("Steps", str(step), *_):
            if any(each.origin == UNTOLD for each in unknown):
                return f"Steps.{step}", wording.depends(text, step)
            if fresh := next((each for each in unknown if each.fresh), None):
                said = wording.runs_anew(text) if fresh.text == text else wording.holds_new(text, fresh.text)
                return f"Steps.{step}", said
            return f"Steps.{step}", wording.known_later(text, step)
        case _:
            return text, wording.not_known(text)


def _yet_to_come(expression: dict[str, Any], scope: Scope) -> list[Unknown]:
    return [each for each in unknowns(scope.evaluate(expression)) if each.origin in (NEXT, UNTOLD)]


def _expressions(value: Any) -> Iterator[dict[str, Any]]:
    """The references inside a value, and what is read from files."""
    if is_expression(value) and "Std:Join" not in value:
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)
