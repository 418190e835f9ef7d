"""The data set: its format, its files, and a source that reads them in batches.

A source reads as often as it is asked, and holds no more than a batch at a time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from penstock.emulator.standins.errors import InputError


class MistypedColumn(Exception):
    """A column holds something else than its first rows made believe."""


class Source(Protocol):
    def batches(self, *, careful: bool = False, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Columns of integers, floats, booleans or strings.

        A value's type shows in its text; so `careful` gives the texts of files that are texts. Else columns
        whose first rows are numbers come as numbers, which is faster, and MistypedColumn is raised when that
        was wrong. With `columns`, only those. Raises InputError.
        """
        ...


@dataclass(frozen=True)
class Format:
    """dataset_format (facts/monitor-and-clarify.md, 1). `kind` is one of `_KINDS`."""

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)


_KINDS = ("csv", "json", "parquet", "sagemakerCaptureJson")


def parse_format(text: str) -> Format:
    """Raises InputError."""
    expected = (
        'expected one of {"csv": {"header": true}}, {"json": {"lines": true}}, {"parquet": {}}, '
        '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}'
    )
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict) and len(document) == 1:
        ((kind, settings),) = document.items()
        if kind in _KINDS and isinstance(settings, dict | None):
            return Format(kind, settings or {})
    raise InputError(f"dataset_format is {text!r}; {expected}")


def files_of(place: Path) -> list[Path]:
    """The data files of a folder, or the one file, in order of their names. Raises InputError."""
    if place.is_file():
        return [place]
    # As Spark sees a folder: markers such as _SUCCESS and hidden files are no data.
    files = sorted(
        path
        for path in place.rglob("*")
        if path.is_file() and not any(part[0] in "._" for part in path.relative_to(place).parts)
    )
    if not files:
        raise InputError(f"dataset_source {place}: there is no data file; check the S3 URI of the data set")
    return files
