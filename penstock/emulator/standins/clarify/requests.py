"""Rows as the bodies of requests to a model (facts: monitor-and-clarify.md, 7, predictor).

A table is first turned into cells, each the text that stands for a value in a request; rows of cells can
then be mixed and joined without looking at values again. It sends nothing.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from penstock.emulator.standins.clarify.config import CSV, JSON, JSON_LINES
from penstock.emulator.standins.errors import InputError

# InvokeEndpoint takes 6 MB; bytes of a body at most.
_LARGEST_BODY = 5 << 20

_TO_QUOTE = re.compile(r'[,"\r\n]')


@dataclass(frozen=True)
class RequestFormat:
    """How requests of one content type are written. `columns` are the features' names, in order."""

    content_type: str
    columns: list[str]
    content_template: str | None = None
    record_template: str | None = None

    def __post_init__(self) -> None:
        """Raises InputError for a content type or template that cannot be used."""
        if self.content_type not in (CSV, JSON_LINES, JSON):
            raise InputError(
                f"predictor.content_type {self.content_type!r} is not supported here: "
                f"{CSV}, {JSON_LINES} or {JSON}"
            )
        if self.content_type == CSV:
            return
        if not self.content_template:
            raise InputError(f"predictor.content_template is missing; {self.content_type} needs it")
        if "$features" not in (self.record_template or self.content_template):
            raise InputError("predictor: neither content_template nor record_template holds $features")
        wanted = "$records" if self.content_type == JSON else "$record"
        if (self.record_template or self.content_type == JSON) and wanted not in self.content_template:
            raise InputError(f"predictor.content_template: {wanted} is missing in {self.content_template!r}")

    def cells(self, table: pd.DataFrame) -> np.ndarray:
        """(n, m) texts of the features of a table."""
        text = _csv_cell if self.content_type == CSV else _json_cell
        cells = np.empty((len(table), len(self.columns)), dtype=object)
        for place, name in enumerate(self.columns):
            cells[:, place] = [text(value) for value in table[name].tolist()]
        return cells

    def bodies(self, cells: np.ndarray) -> Iterator[tuple[int, bytes]]:
        """(rows, body) of requests that hold all cells, in order."""
        records = self._records(cells)
        start = size = 0
        for place, record in enumerate(records):
            size += len(record) + 2
            if size > _LARGEST_BODY and place > start:
                yield place - start, self._body(records[start:place])
                start, size = place, len(record) + 2
        yield len(records) - start, self._body(records[start:])

    def _records(self, cells: np.ndarray) -> list[str]:
        rows = cells.tolist()
        if self.content_type == CSV:
            return [",".join(row) for row in rows]
        template = self.record_template or self.content_template or ""
        if self.content_type == JSON_LINES and self.record_template and self.content_template:
            template = self.content_template.replace("$record", self.record_template)
        fill: Callable[[list[str]], str]
        if "$features_kvp" in template:
            names = [json.dumps(name) for name in self.columns]
            fill = lambda row: template.replace(  # noqa: E731
                "$features_kvp",
                "{" + ", ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True)) + "}",
            )
        else:
            fill = lambda row: template.replace("$features", "[" + ", ".join(row) + "]")  # noqa: E731
        return [fill(row) for row in rows]

    def _body(self, records: list[str]) -> bytes:
        if self.content_type == JSON:
            text = (self.content_template or "").replace("$records", "[" + ", ".join(records) + "]")
        else:
            text = "\n".join(records)
        return text.encode("utf-8")


def _csv_cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _json_cell(value: Any) -> str:
    return "null" if value is None or value != value else json.dumps(value, ensure_ascii=False, default=str)
