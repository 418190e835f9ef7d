"""Predictions as the lines of a CSV response, a column for each key that was asked for.

Formatting is done a column at a time: a batch has hundreds of thousands of rows. Facts: automl.md, 3.1.
"""

import csv
import io
import sys
from dataclasses import dataclass

import numpy as np


def requested_keys(text: str) -> list[str]:
    """`predicted_label, probability` as a list: spaces around commas are allowed, case does not count."""
    return [key.strip().lower() for key in text.split(",") if key.strip()]


@dataclass(frozen=True)
class ClassAnswers:
    """`probabilities` (n, classes) of `labels`."""

    labels: list[str]
    probabilities: np.ndarray

    def lines(self, keys: list[str]) -> list[str]:
        return _lines([self._column(key) for key in keys])

    def _column(self, key: str) -> list[str]:
        best = self.probabilities.argmax(axis=1)
        rows = len(best)
        match key:
            case "predicted_label":
                quoted = np.array([_field(label) for label in self.labels], dtype=object)
                return list(quoted[best])
            case "probability":
                # Ensembling: of the predicted label, for binary problems too.
                return list(self.probabilities[np.arange(rows), best].astype(str))
            case "probabilities":
                parts = [list(column) for column in self.probabilities.T.astype(str)]
                return [f'"[{", ".join(row)}]"' for row in zip(*parts, strict=True)]
            case "labels":
                return [_field(str(self.labels))] * rows
        return _unknown(key, rows)


@dataclass(frozen=True)
class QuantityAnswers:
    """`values` (n,)."""

    values: np.ndarray

    def lines(self, keys: list[str]) -> list[str]:
        values = list(self.values.astype(str))
        return _lines([values if key == "predicted_label" else _unknown(key, len(values)) for key in keys])


def _lines(columns: list[list[str]]) -> list[str]:
    return columns[0] if len(columns) == 1 else [",".join(row) for row in zip(*columns, strict=True)]


def _unknown(key: str, rows: int) -> list[str]:
    print(f"WARNING: {key!r} is no key that this model can answer with; it answers nan", file=sys.stderr)
    return ["nan"] * rows


def _field(value: str) -> str:
    """One CSV field, quoted where it must be."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([value])
    return buffer.getvalue()
