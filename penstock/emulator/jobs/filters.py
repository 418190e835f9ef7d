"""DataProcessing of transform jobs: what of an input goes to the model, and what of the answer comes out.

Facts: jobs-and-hosting.md, 4 (the subset of JSONPath; joins). One place for what AWS leaves open: a slice's
end is exclusive, as JSONPath has it (AWS's own two examples contradict each other).
"""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = Any  # what JSON can say
Step = Callable[[Value], Value]


class FilterError(Exception):
    """A filter that cannot be read or does not fit the data; its text says which."""


_TOKEN = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*) | \.(?P<star>\*) | \[(?P<inside>[^\]]*)\]""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)")\s*""")
_NUMBER = re.compile(r"\s*(-?\d+)\s*")
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*")


@dataclass(frozen=True)
class Filter:
    """A JSONPath of the subset. `apply` raises FilterError when the data has no such part."""

    path: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, path: str) -> "Filter":
        """Raises FilterError."""
        if not path.startswith("$"):
            raise FilterError(f"{path!r} does not begin with $")
        steps, position = [], 1
        while position < len(path):
            token = _TOKEN.match(path, position)
            if not token:
                raise FilterError(f"{path!r} cannot be read from {path[position:]!r} on")
            steps.append(_step(token))
            position = token.end()
        return cls(path, tuple(steps))

    @property
    def keeps_everything(self) -> bool:
        return not self.steps

    def apply(self, value: Value) -> Value:
        for step in self.steps:
            try:
                value = step(value)
            except (LookupError, TypeError):
                raise FilterError(f"{self.path!r} finds nothing in {str(value)[:200]}") from None
        return value


def _step(token: re.Match[str]) -> Step:
    inside = token["inside"]
    if token["name"]:
        return _member(token["name"])
    if token["star"] or inside.strip() == "*":
        return lambda value: list(value.values()) if isinstance(value, dict) else list(value)
    if found := _SLICE.fullmatch(inside):
        first, last = (int(bound) if bound else None for bound in found.groups())
        return lambda value: _array(value)[first:last]
    parts = inside.split(",")
    if all(_NUMBER.fullmatch(part) for part in parts):
        indexes = [int(part) for part in parts]
        if len(indexes) == 1:
            return lambda value: _array(value)[indexes[0]]
        return lambda value: [_array(value)[index] for index in indexes]
    quoted = [_QUOTED.fullmatch(part) for part in parts]
    if all(quoted):
        names = [match[1] if match[1] is not None else match[2] for match in quoted if match]
        if len(names) == 1:
            return _member(names[0])
        return lambda value: {name: value[name] for name in names}
    raise FilterError(f"'[{inside}]' is neither names, indexes, a slice nor *")


def _member(name: str) -> Step:
    def step(value: Value) -> Value:
        if not isinstance(value, dict):
            raise TypeError
        return value[name]

    return step


def _array(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError
    return value


@dataclass(frozen=True)
class DataProcessing:
    """The three settings of a transform job, with their defaults."""

    input_filter: Filter
    join: bool
    output_filter: Filter

    @classmethod
    def of(cls, settings: dict[str, str]) -> "DataProcessing":
        """Raises FilterError."""
        return cls(
            Filter.parse(settings.get("InputFilter", "$")),
            settings.get("JoinSource", "None") == "Input",
            Filter.parse(settings.get("OutputFilter", "$")),
        )

    @property
    def does_nothing(self) -> bool:
        return self.input_filter.keeps_everything and not self.changes_output

    @property
    def changes_output(self) -> bool:
        return self.join or not self.output_filter.keeps_everything

    def to_model(self, record: bytes, form: "Form") -> bytes:
        """What of an input record the model gets."""
        if self.input_filter.keeps_everything:
            return record
        return form.write(self.input_filter.apply(form.read(record)))

    def to_output(self, record: bytes, answer: bytes, form: "Form") -> bytes:
        """What comes out for an input record and the model's answer to it."""
        result = form.join(form.read(record), form.read(answer)) if self.join else form.read(answer)
        return form.write(self.output_filter.apply(result))


@dataclass(frozen=True)
class Form:
    """How records of a content type are read, joined and written."""

    read: Callable[[bytes], Value]
    join: Callable[[Value, Value], Value]
    write: Callable[[Value], bytes]


def _read_csv(record: bytes) -> list[str]:
    return next(csv.reader([record.decode("utf-8")]), [])


def _write_csv(row: Value) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row if isinstance(row, list) else [row])
    return buffer.getvalue().encode("utf-8")


def _read_json(record: bytes) -> Value:
    try:
        return json.loads(record)
    except ValueError:
        raise FilterError(f"{record[:200]!r} is not JSON") from None


def _join_json(record: Value, answer: Value) -> Value:
    if isinstance(record, dict):
        return {**record, "SageMakerOutput": answer}
    return {"SageMakerInput": record, "SageMakerOutput": answer}


CSV = Form(_read_csv, lambda row, answer: row + answer, _write_csv)
JSON = Form(_read_json, _join_json, lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8"))

FORMS = {
    "text/csv": CSV,
    "application/json": JSON,
    "application/jsonlines": JSON,
    "application/x-jsonlines": JSON,
}
