"""Reading a channel's tables: CSV and Parquet as Autopilot takes them."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pandas as pd

from penstock.emulator.standins.csv_text import parse_csv
from penstock.emulator.standins.errors import InputError

_GZIP = b"\x1f\x8b"


def read_channel(folder: Path, content_type: str, compression: str) -> pd.DataFrame:
    """All files of a channel as one table. Raises InputError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    read = _reader(content_type)
    tables = [read(file, compression) for file in files]
    for file, table in zip(files, tables, strict=True):
        if list(table.columns) != list(tables[0].columns):
            raise InputError(
                f"{file.name}: its columns ({', '.join(map(str, table.columns))}) are not those of "
                f"{files[0].name} ({', '.join(map(str, tables[0].columns))})"
            )
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]


def _reader(content_type: str) -> Any:
    match content_type.replace(" ", "").lower():
        case "text/csv;header=present" | "text/csv":
            return _read_csv
        case "x-application/vnd.amazon+parquet":
            return _read_parquet
    raise InputError(
        f"ContentType {content_type!r} is not one that Autopilot reads: "
        "text/csv;header=present or x-application/vnd.amazon+parquet"
    )


def _read_parquet(file: Path, compression: str) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{file.name} is no Parquet file: {error}") from None


def _read_csv(file: Path, compression: str) -> pd.DataFrame:
    content = file.read_bytes()
    packed = content.startswith(_GZIP)
    if packed and compression != "Gzip":
        raise InputError(f"{file.name} is compressed with gzip, but CompressionType is {compression}")
    if not packed and compression == "Gzip":
        raise InputError(f"{file.name} is not compressed with gzip, but CompressionType is Gzip")
    if packed:
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise InputError(f"{file.name} cannot be decompressed: {error}") from None
    if not content.strip():
        raise InputError(f"{file.name} is empty")
    header = next(csv.reader([_first_line(content, file.name)]))
    return parse_csv(content, file.name, header=header, header_lines=1)


def _first_line(content: bytes, name: str) -> str:
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="").readline()
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 (byte {error.start})") from None


def restore_types(table: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """A batch's columns as the training saw them: `kinds` says number, boolean, datetime or text.

    What is no number in a column of numbers counts as missing.
    """
    for name, kind in kinds.items():
        column = table[name]
        if kind == "number" and not pd.api.types.is_numeric_dtype(column):
            table[name] = pd.to_numeric(column, errors="coerce")
        elif kind == "number" and pd.api.types.is_bool_dtype(column):
            table[name] = column.astype(int)
        elif kind == "datetime":
            table[name] = pd.to_datetime(column, errors="coerce")
    return table
