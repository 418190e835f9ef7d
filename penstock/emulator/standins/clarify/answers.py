"""A model's answers: which label, and which scores, it gives for each row of a request.

It knows the three formats of an answer and where in them to look; it knows no data set.
"""

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import jmespath
import numpy as np
from jmespath.exceptions import JMESPathError

from penstock.emulator.standins.clarify.config import CSV, JSON, JSON_LINES, Column
from penstock.emulator.standins.errors import InputError


@dataclass(frozen=True)
class AnswerFormat:
    """`label` and `probability` are columns of a CSV answer (from 0) or JMESPaths into one of JSON."""

    accept: str
    label: Column | None = None
    probability: Column | None = None

    def __post_init__(self) -> None:
        """Raises InputError."""
        if self.accept not in (CSV, JSON_LINES, JSON):
            raise InputError(
                f"predictor.accept_type {self.accept!r} is not supported here: {CSV}, {JSON_LINES} or {JSON}"
            )
        for key in ("label", "probability"):
            value = getattr(self, key)
            if value is not None and isinstance(value, int) != (self.accept == CSV):
                kind = "the place of a column, from 0" if self.accept == CSV else "a JMESPath"
                raise InputError(
                    f"predictor.{key} is {value!r}; in an answer of {self.accept} it must be {kind}"
                )
        if self.accept != CSV and self.label is None and self.probability is None:
            raise InputError(
                f"predictor: label or probability must say where in an answer of {self.accept} to look"
            )

    def labels(self, body: bytes, rows: int) -> list[Any]:
        """What is at `label`, for each row. Raises InputError."""
        return self._values(body, rows, self.label)

    def scores(self, body: bytes, rows: int) -> np.ndarray:
        """(rows, scores) what is at `probability`, else at `label`, else the answer's only column.

        A score is a number, or several as a list. Raises InputError.
        """
        place = self.probability if self.probability is not None else self.label
        values = [_numbers(value) for value in self._values(body, rows, place)]
        if any(len(value) != len(values[0]) for value in values):
            raise InputError("the model answered with lists of scores of different lengths")
        return np.array(values, dtype=float)

    def _values(self, body: bytes, rows: int, place: Column | None) -> list[Any]:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"the model's answer is not UTF-8 (byte {error.start})") from None
        if self.accept == CSV:
            values = _csv_values(text, place)
        elif self.accept == JSON_LINES:
            values = [_find(place, _parse(line)) for line in text.splitlines() if line.strip()]
        else:
            values = _find(place, _parse(text))
            if not isinstance(values, list):
                raise InputError(
                    f"the model's answer has no list at {place!r}, one entry for each row: {_shown(text)}"
                )
        if len(values) != rows:
            raise InputError(f"the model answered {rows} rows with {len(values)} predictions: {_shown(text)}")
        return values


def _csv_values(text: str, place: Column | None) -> list[str]:
    values = []
    for fields in csv.reader(io.StringIO(text)):
        if not fields:
            continue
        if place is None:
            if len(fields) != 1:
                raise InputError(
                    f"the model answered with {len(fields)} columns: {_shown(text)}; predictor.label or "
                    "predictor.probability must say which one counts"
                )
            values.append(fields[0])
        elif not isinstance(place, int) or not 0 <= place < len(fields):
            raise InputError(f"the model's answer has no column {place}: {_shown(text)}")
        else:
            values.append(fields[place])
    return values


def _numbers(value: Any) -> list[float]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
        numbers = [float(each) for each in found] if isinstance(found, list) else [float(found)]
    except (TypeError, ValueError):
        numbers = []
    if not numbers or not all(map(math.isfinite, numbers)):
        raise InputError(
            f"the model answered with {_shown(str(value))} where a score, or a list of scores, is expected"
        )
    return numbers


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise InputError(f"the model's answer is no JSON: {_shown(text)}") from None


def _find(path: Column | None, document: Any) -> Any:
    try:
        found = jmespath.search(str(path), document)
    except JMESPathError as error:
        raise InputError(f"{path!r} is no JMESPath: {str(error).splitlines()[0]}") from None
    if found is None:
        raise InputError(f"the model's answer has nothing at {path!r}: {_shown(json.dumps(document))}")
    return found


def _shown(text: str, most: int = 80) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return repr(line if len(line) <= most else line[:most] + "...")
