"""Placeholders in JSON become values: a definition and an environment in, the request out.

A placeholder is `{{ expression }}` inside a string. A string that is exactly one placeholder takes the
value's own JSON type, and null drops its key (or its item of a list); within a longer string a value is
written as text. The expressions are Jinja's, cut down to looking up names: `env.role`,
`image("scikit-learn")`, `asset("jobs/prepare_data.py")`. Definitions are data that others wrote, so
there are no statements, filters or operators to execute. This module knows neither AWS nor files.
"""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from penstock.definition.check.suggest import did_you_mean
from penstock.definition.expressions import is_placeholder, walk
from penstock.errors import PenstockError
from penstock.service_model import Path, format_path

# `}}` may stand inside a quoted argument. That `{{` may not stand outside of one keeps the search linear.
_PLACEHOLDER = re.compile(r"""\{\{((?:"[^"]*"|'[^']*'|(?!\}\}|\{\{)[^"'])*)\}\}""")
_LOOK_UPS = (nodes.Output, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const)
_DROPPED = object()


def render(document: Any, names: Mapping[str, Any], where: str) -> Any:
    """The JSON document with every placeholder replaced by what it stands for.

    `names` are the values and functions that expressions can use; `where` names the document in messages.
    Raises PenstockError with the path of the value that cannot be rendered.
    """
    rendered = _Renderer(names, where).render(document, ())
    return None if rendered is _DROPPED else rendered


def unrendered(document: Any, names: Mapping[str, Any]) -> list[tuple[Path, PenstockError]]:
    """Every string of the JSON document that `names` cannot render, by its path."""
    renderer = _Renderer(names, "")
    found = []
    for path, value in walk(document):
        if is_placeholder(value):
            try:
                renderer.render(value, path)
            except PenstockError as error:
                found.append((path, error))
    return found


class _Renderer:
    def __init__(self, names: Mapping[str, Any], where: str) -> None:
        self._names = names
        self._where = where
        self._jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
        self._jinja.globals.clear()
        self._values: dict[str, Any] = {}

    def render(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self._string(value, path)
        if isinstance(value, dict):
            for key in value:
                if "{{" in key:
                    raise self._error((*path, key), "a key cannot hold a placeholder")
            items = {key: self.render(item, (*path, key)) for key, item in value.items()}
            return {key: item for key, item in items.items() if item is not _DROPPED}
        if isinstance(value, list):
            rendered = [self.render(item, (*path, index)) for index, item in enumerate(value)]
            return [item for item in rendered if item is not _DROPPED]
        return value

    def _string(self, text: str, path: Path) -> Any:
        if "{{" not in text:
            return text
        whole = _PLACEHOLDER.fullmatch(text)
        if whole:
            value = self._value(whole[1], path)
            return _DROPPED if value is None else value
        if "{{" in _PLACEHOLDER.sub("", text):
            raise self._error(path, f"a placeholder is not closed in {text!r}")
        return _PLACEHOLDER.sub(lambda match: self._text(match[1], path), text)

    def _text(self, expression: str, path: Path) -> str:
        value = self._value(expression, path)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        kind = "null" if value is None else "a list" if isinstance(value, list) else "a structure"
        raise self._error(path, f"{{{{{expression}}}}} is {kind}, which cannot be a part of a string")

    def _value(self, expression: str, path: Path) -> Any:
        if expression not in self._values:
            self._values[expression] = self._evaluate(expression, path)
        return self._values[expression]

    def _evaluate(self, expression: str, path: Path) -> Any:
        shown = f"{{{{{expression}}}}}"
        try:
            parsed = self._jinja.parse(shown)
            if not all(_looks_up(node) for node in parsed.find_all(nodes.Node)):
                raise self._error(path, f"{shown} is more than looking up a name")
            value = self._jinja.compile_expression(expression, undefined_to_none=False)(self._names)
        except PenstockError as error:
            raise error if error.where else self._error(path, error.what, error.remedy) from None
        except (TemplateError, TypeError, RecursionError) as error:
            raise self._error(path, f"{shown} cannot be evaluated: {error}") from None
        if isinstance(value, Undefined) or callable(value):
            raise self._error(path, f"{shown} is not defined", self._known_names(expression.strip()))
        return value

    def _known_names(self, wanted: str) -> str:
        known = []
        for name, value in self._names.items():
            if isinstance(value, Mapping):
                known += [f"{name}.{member}" for member in value]
            else:
                known.append(f"{name}(...)" if callable(value) else name)
        return did_you_mean(wanted, known) or f"Defined are {', '.join(known)}."

    def _error(self, path: Path, what: str, remedy: str = "Correct the placeholder.") -> PenstockError:
        place = format_path(path)
        return PenstockError(what, where=f"{self._where}: {place}" if place else self._where, remedy=remedy)


def _looks_up(node: nodes.Node) -> bool:
    """A function is called by its own name only: not what belongs to a value (`env.tags.copy()`)."""
    return (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)) or isinstance(node, _LOOK_UPS)
