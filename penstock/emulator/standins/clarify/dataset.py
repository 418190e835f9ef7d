"""The data set: files in four formats as one table with named columns (facts: monitor-and-clarify.md, 7).

What cannot be read is refused with the file and the line. It asks no model and computes nothing.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath
import pandas as pd
from jmespath.exceptions import JMESPathError

from penstock.emulator.standins.clarify.config import CSV, JSON, JSON_LINES, PARQUET, AnalysisConfig, Column
from penstock.emulator.standins.csv_text import parse_csv
from penstock.emulator.standins.errors import InputError

# A byte order mark would become part of the first value; longer marks first, for one begins another.
_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


@dataclass(frozen=True)
class Dataset:
    """`table` holds every column; `features` are those that the model gets, in order; `label` is the
    observed one, `predicted` the predicted one, `join` the identifier, each if there is one."""

    table: pd.DataFrame
    features: list[str]
    label: str | None = None
    predicted: str | None = None
    join: str | None = None


def load(config: AnalysisConfig, folder: Path, fetch: Callable[[str], list[Path]]) -> Dataset:
    """`fetch` gives the files below an S3 URI. Raises InputError."""
    files = fetch(config.dataset_uri) if config.dataset_uri else _files(folder)
    table = read_table(files, config, config.headers)
    label = _label(table, config)
    predicted = None
    if config.predicted_label_dataset_uri:
        predictions = read_table(
            fetch(config.predicted_label_dataset_uri), config, config.predicted_label_headers
        )
        _same_rows(predictions, table, "predicted_label_dataset_uri")
        name = column(predictions, config.predicted_label or 0, "predicted_label")
        predicted = "predicted_label"
        extra = {predicted: predictions[name].to_numpy()}
    elif config.predicted_label is not None:
        predicted, extra = column(table, config.predicted_label, "predicted_label"), {}
    else:
        extra = {}
    join = None
    if config.joinsource_name_or_index is not None:
        join = column(table, config.joinsource_name_or_index, "joinsource_name_or_index")
    excluded = {column(table, each, "excluded_columns") for each in config.excluded_columns}
    features = [
        name for name in table.columns if name not in excluded and name not in (label, predicted, join)
    ]
    if config.facet_dataset_uri:
        facets = read_table(fetch(config.facet_dataset_uri), config, config.facet_headers)
        _same_rows(facets, table, "facet_dataset_uri")
        extra |= {str(name): facets[name].to_numpy() for name in facets.columns}
    return Dataset(table.assign(**extra), features, label, predicted, join)


def column(table: pd.DataFrame, reference: Column | None, what: str) -> str:
    """The name of a column given by name or place. Raises InputError, which begins with `what`."""
    if isinstance(reference, int) and 0 <= reference < table.shape[1]:
        return str(table.columns[reference])
    if reference in table.columns:
        return str(reference)
    names = ", ".join(map(str, table.columns))
    raise InputError(f"{what}: there is no column {reference!r}; the columns are {names}")


def read_table(files: list[Path], config: AnalysisConfig, headers: list[str] | None) -> pd.DataFrame:
    """All files as one table. Raises InputError."""
    read = {
        CSV: _read_csv,
        PARQUET: _read_parquet,
        JSON_LINES: _read_json_lines,
        JSON: _read_json,
    }[config.dataset_type]
    tables = [read(file, config, headers) for file in files]
    for file, table in zip(files, tables, strict=True):
        if list(table.columns) != list(tables[0].columns):
            raise InputError(
                f"{file.name} has {table.shape[1]} columns, {files[0].name} has {tables[0].shape[1]} "
                "or other names for them"
            )
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    if table.empty:
        raise InputError(f"{files[0].name} has no rows")
    return table


def _files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise InputError("there is no data: the input named dataset is empty, and dataset_uri is not given")
    return files


def _label(table: pd.DataFrame, config: AnalysisConfig) -> str | None:
    if config.label is None:
        return None
    # In data of JSON `label` is a path, and what it finds is the last column.
    if config.dataset_type in (JSON_LINES, JSON):
        return str(table.columns[-1])
    return column(table, config.label, "label")


def _same_rows(other: pd.DataFrame, table: pd.DataFrame, what: str) -> None:
    if len(other) != len(table):
        raise InputError(f"{what} has {len(other)} rows, the data set {len(table)}")


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            raise InputError(
                f"{file.name} begins with a byte order mark ({encoding}); save it as UTF-8 without"
            )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name} is not UTF-8 (byte {error.start})") from None
    if not content.strip():
        raise InputError(f"{file.name} is empty")
    return content


def _read_csv(file: Path, config: AnalysisConfig, headers: list[str] | None) -> pd.DataFrame:
    content = _content(file)
    lines = csv.reader(io.StringIO(content.decode("utf-8")))
    first, second = next(lines), next(lines, None)
    has_header = first == headers if headers else _is_header(first, second)
    names = headers or (first if has_header else [f"column_{place}" for place in range(len(first))])
    if headers and len(first) != len(headers):
        raise InputError(f"{file.name}, line 1: expected {len(headers)} columns, got {len(first)}")
    if len(set(names)) < len(names):
        raise InputError(f"{file.name}: two columns have the same name: {', '.join(names)}")
    return parse_csv(content, file.name, header=names, header_lines=int(has_header))


def _is_header(first: list[str], second: list[str] | None) -> bool:
    """No number in the first line, but one below: AWS says of a header only that there may be one."""
    return second is not None and not any(map(_is_number, first)) and any(map(_is_number, second))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_parquet(file: Path, config: AnalysisConfig, headers: list[str] | None) -> pd.DataFrame:
    try:
        table = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file.name} is no Parquet file: {error}") from None
    if headers is None:
        return table
    return _named(table, headers, file.name)


def _read_json_lines(file: Path, config: AnalysisConfig, headers: list[str] | None) -> pd.DataFrame:
    rows, labels = [], []
    for number, line in enumerate(_content(file).decode("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{file.name}, line {number}"
        record = _parse(line, place)
        rows.append(_find(config.features, record, place))
        if config.label is not None:
            labels.append(_find(config.label, record, place))
    return _table_of(rows, labels, config, headers, file.name)


def _read_json(file: Path, config: AnalysisConfig, headers: list[str] | None) -> pd.DataFrame:
    document = _parse(_content(file).decode("utf-8"), file.name)
    rows = _find(config.features, document, file.name)
    labels = _find(config.label, document, file.name) if config.label is not None else []
    if not isinstance(rows, list) or not isinstance(labels, list):
        raise InputError(f"{file.name}: features and label must find lists, one entry for each record")
    return _table_of(rows, labels, config, headers, file.name)


def _table_of(
    rows: list[Any], labels: list[Any], config: AnalysisConfig, headers: list[str] | None, name: str
) -> pd.DataFrame:
    """Features first, the label last: so are `headers` (DG, clarify-processing-job-configure-analysis)."""
    if labels and len(labels) != len(rows):
        raise InputError(f"{name}: {len(rows)} records have features, {len(labels)} have labels")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(rows[0]):
            got = len(row) if isinstance(row, list) else type(row).__name__
            raise InputError(
                f"{name}, record {number}: expected a list of {len(rows[0])} features, got {got}"
            )
    table = pd.DataFrame(rows)
    if headers is None:
        table.columns = pd.Index([f"column_{place}" for place in range(table.shape[1])])
        return table.assign(label=labels) if labels else table
    if labels:
        table[table.shape[1]] = labels
    return _named(table, headers, name)


def _named(table: pd.DataFrame, headers: list[str], name: str) -> pd.DataFrame:
    if len(headers) != table.shape[1]:
        raise InputError(f"{name} has {table.shape[1]} columns, headers has {len(headers)} names")
    return table.set_axis(headers, axis="columns")


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: no JSON: {error}") from None


def _find(path: Column | None, document: Any, place: str) -> Any:
    try:
        found = jmespath.search(str(path), document)
    except JMESPathError as error:
        raise InputError(f"{path!r} is no JMESPath: {str(error).splitlines()[0]}") from None
    if found is None:
        raise InputError(f"{place}: nothing is at {path!r}")
    return found
