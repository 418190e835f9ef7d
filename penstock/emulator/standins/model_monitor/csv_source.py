"""CSV files as batches, read by Arrow; what is wrong in them is looked for only when Arrow stumbles.

An empty field is missing; a quoted empty one is a text, as for Spark, which AWS's analyzer runs on.
"""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from penstock.emulator.standins.errors import InputError
from penstock.emulator.standins.model_monitor.sources import MistypedColumn
from penstock.emulator.standins.model_monitor.types import count_numbers

# Small enough for the processor's caches: reading 1 MiB at a time was twice as fast as 4 MiB.
_BLOCK = 1 << 20
_LARGEST_BLOCK = 1 << 28

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvSource:
    """Files with the same columns; without a header line those are `_c0`, `_c1` ... or as `names` says."""

    def __init__(self, files: list[Path], *, header: bool, names: list[str] | None = None) -> None:
        self._files = files
        self._header = header
        self._names = names

    def batches(self, *, careful: bool = False, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        names: list[str] | None = None
        types: dict[str, pa.DataType] = {}
        for file in self._files:
            if not file.stat().st_size:
                continue
            found = self._columns_of(file)
            if names is None:
                names = found
                types = dict.fromkeys(names, pa.string())
                if not careful:
                    types |= self._guess(file, names)
            elif found != names:
                raise InputError(
                    f"{file.name}: its columns ({', '.join(found)}) are not those of {self._files[0].name} "
                    f"({', '.join(names)}); give all files of a data set the same columns"
                )
            yield from self._read(file, names, types, columns)

    def _columns_of(self, file: Path) -> list[str]:
        with _open(file) as opened:
            start = opened.read(4)
        if start.startswith(_MARKS):
            raise InputError(
                f"{file.name} begins with a byte order mark, which would become part of the first column; "
                "save it as UTF-8 without BOM"
            )
        with _lines(file) as lines:
            try:
                first = next(csv.reader(lines), [])
            except UnicodeDecodeError:
                raise _not_utf8(file) from None
        if not self._header:
            own = [f"_c{i}" for i in range(len(first))]
            return self._names if self._names and len(self._names) == len(own) else own
        names = [name or f"_c{i}" for i, name in enumerate(first)]
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    f"{file.name}: its header names {name!r} twice; give each column its own name"
                )
        return names

    def _guess(self, file: Path, names: list[str]) -> dict[str, pa.DataType]:
        """The types of those columns that have nothing but numbers in the first rows."""
        types = dict.fromkeys(names, pa.string())
        first = next(self._read(file, names, types, None), None)
        guessed = {}
        if first is not None:
            for name, values in zip(names, first.columns, strict=True):
                present = values.drop_null()
                integral, numeric = count_numbers(present)
                if numeric and numeric == len(present):
                    guessed[name] = pa.int64() if integral == numeric else pa.float64()
        return guessed

    def _read(
        self, file: Path, names: list[str], types: dict[str, pa.DataType], columns: list[str] | None
    ) -> Iterator[pa.RecordBatch]:
        ragged: list[arrow_csv.InvalidRow] = []

        def refuse(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row)
            return "error"

        try:
            with _open(file) as opened:
                yield from arrow_csv.open_csv(
                    opened,
                    read_options=arrow_csv.ReadOptions(
                        block_size=_block_of(file), column_names=names, skip_rows=int(self._header)
                    ),
                    parse_options=arrow_csv.ParseOptions(invalid_row_handler=refuse),
                    convert_options=arrow_csv.ConvertOptions(
                        column_types=types,
                        include_columns=columns,
                        null_values=[""],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                    ),
                )
        except pa.ArrowInvalid as error:
            if ragged:
                raise _ragged(file, len(names)) from None
            if "Empty CSV file" in str(error):
                return
            if "invalid UTF8 data" in str(error):
                raise _not_utf8(file) from None
            if "conversion error" in str(error):
                raise MistypedColumn from None
            raise InputError(f"{file.name} is no valid CSV: {error}") from None


def _open(file: Path) -> pa.NativeFile:
    """Also of a compressed file, as its name's ending says."""
    return pa.input_stream(str(file), compression="detect", buffer_size=1 << 20)


def _lines(file: Path) -> codecs.StreamReader:
    return codecs.getreader("utf-8")(_open(file))


def _block_of(file: Path) -> int:
    """A block holds a line at least."""
    with _open(file) as opened:
        block = _BLOCK
        while block < _LARGEST_BLOCK:
            start = opened.read(block)
            if b"\n" in start or len(start) < block:
                break
            block *= 2
    return block


def _ragged(file: Path, expected: int) -> InputError:
    with _lines(file) as lines:
        rows = csv.reader(lines)
        for row in rows:
            if row and len(row) != expected:
                return InputError(
                    f"{file.name}, line {rows.line_num}: expected {expected} columns, got {len(row)}; "
                    "correct or remove that line"
                )
    return InputError(f"{file.name}: a line has not {expected} columns; a quoted field may hold no line end")


def _not_utf8(file: Path) -> InputError:
    with _open(file) as opened:
        line = 0
        rest = b""
        while block := opened.read(_BLOCK):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for each in lines:
                line += 1
                if not _is_utf8(each):
                    return _encoding_error(file, line)
    return _encoding_error(file, line + 1)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoding_error(file: Path, line: int) -> InputError:
    return InputError(f"{file.name}, line {line}: it is not UTF-8; save the file as UTF-8")
