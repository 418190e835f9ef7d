"""Opening a data set: from its format, its files and a preprocessing script to a source."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.emulator.standins.errors import InputError
from penstock.emulator.standins.model_monitor import records
from penstock.emulator.standins.model_monitor.csv_source import CsvSource
from penstock.emulator.standins.model_monitor.profile import plain
from penstock.emulator.standins.model_monitor.records import Line, Record, RecordSource
from penstock.emulator.standins.model_monitor.scripts import Preprocessor
from penstock.emulator.standins.model_monitor.sources import Format, Source, files_of

_ROWS_IN_BATCH = 16_384


def open_dataset(
    place: Path,
    form: Format,
    *,
    preprocessor: Preprocessor | None = None,
    names: list[str] | None = None,
    judged: bool = False,
) -> Source:
    """`names`: what columns without names of their own are called, those of the baseline; `judged`: captures
    are read for model quality. Raises InputError."""
    files = files_of(place)
    if preprocessor is not None:
        return RecordSource(_preprocessed(files, form, preprocessor))
    match form.kind:
        case "csv":
            return CsvSource(files, header=bool(form.settings.get("header")), names=names)
        case "parquet":
            return ParquetSource(files)
        case "json" if form.settings.get("lines", True):
            return RecordSource(lambda: _each(files, records.parse_object))
        case "json":
            return RecordSource(lambda: records.array_of(files))
    if judged:
        return RecordSource(lambda: _each(files, records.judge_capture), ordered=True)
    indexes = form.settings.get("captureIndexNames") or [records.INPUT, records.OUTPUT]
    return RecordSource(
        lambda: _each(files, lambda line: records.flatten_capture(line, indexes)), ordered=True, names=names
    )


def _each(files: list[Path], parse: Callable[[Line], Record]) -> Iterator[tuple[str, Record]]:
    for line in records.lines_of(files):
        yield line.place, parse(line)


def _preprocessed(
    files: list[Path], form: Format, preprocessor: Preprocessor
) -> Callable[[], Iterable[tuple[str, Record]]]:
    if form.kind == "parquet" or (form.kind == "json" and not form.settings.get("lines", True)):
        raise InputError(
            f"record_preprocessor_script gets lines, and {form.kind} files have none; give CSV, JSON lines "
            "or captured data, or no script"
        )

    def read() -> Iterator[tuple[str, Record]]:
        for line in records.lines_of(files):
            if form.kind == "csv" and form.settings.get("header") and line.place.endswith(", line 1"):
                continue
            if form.kind == "sagemakerCaptureJson":
                records.parse_object(line)
                yield from preprocessor.records(line.place, records.inference_record(line))
            else:
                yield from preprocessor.records(line.place, line.text)

    return read


class ParquetSource:
    """Values have the types of their columns."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def batches(self, *, careful: bool = False, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        for file in self._files:
            try:
                with pq.ParquetFile(file) as opened:
                    for batch in opened.iter_batches(_ROWS_IN_BATCH, columns=columns):
                        yield self._flat(file, batch)
            except (pa.ArrowInvalid, OSError) as error:
                raise InputError(f"{file.name} is no Parquet file: {error}") from None

    def _flat(self, file: Path, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays = {}
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            try:
                arrays[name] = plain(values)
            except ValueError as error:
                raise InputError(
                    f"{file.name}: the column {name!r} is of a type that is no value: {error}"
                ) from None
        return pa.RecordBatch.from_pydict(arrays)
