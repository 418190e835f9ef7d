"""Records, of JSON lines, of capture files and of preprocessing scripts, as batches of texts.

A value becomes the text that stands in the file, so that 3.0 stays a fractional number.
"""

import base64
import binascii
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from penstock.emulator.standins.errors import InputError

Record = dict[str, Any]

_ROWS_IN_BATCH = 8192


@dataclass(frozen=True)
class Line:
    """A line of a file; `place` says which."""

    place: str
    text: str


class RecordSource:
    """A source of the records that `read` gives each time anew, with where each is from.

    Columns are sorted by name, as Spark sorts those of JSON; or, with `ordered`, come as the records have
    them. `names` are those of the columns instead, if there are as many.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[tuple[str, Record]]],
        *,
        ordered: bool = False,
        names: list[str] | None = None,
    ) -> None:
        self._read = read
        self._ordered = ordered
        self._names = names

    def batches(self, *, careful: bool = False, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        gathered: list[Record] = []
        for place, record in self._read():
            gathered.append({name: _text(place, name, value) for name, value in record.items()})
            if len(gathered) == _ROWS_IN_BATCH:
                yield self._batch(gathered, columns)
                gathered = []
        if gathered:
            yield self._batch(gathered, columns)

    def _batch(self, records: list[Record], columns: list[str] | None) -> pa.RecordBatch:
        names = list(dict.fromkeys(name for record in records for name in record))
        if not self._ordered:
            names.sort()
        shown = self._names if self._names and len(self._names) == len(names) else names
        arrays = {
            title: pa.array([record.get(name) for record in records], pa.string())
            for title, name in zip(shown, names, strict=True)
            if columns is None or title in columns
        }
        return pa.RecordBatch.from_pydict(arrays)


def _text(place: str, name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise InputError(
            f"{place}: {name!r} is not a plain value; records must be flat: flatten them, or give a "
            "record_preprocessor_script"
        )
    # None is what is no number, as in a table of pandas.
    return None if value != value else str(value)


def lines_of(files: list[Path]) -> Iterator[Line]:
    """The lines of UTF-8 files that are not blank. Raises InputError."""
    for file in files:
        with pa.input_stream(str(file), compression="detect") as opened:
            try:
                for number, line in enumerate(io.TextIOWrapper(opened, encoding="utf-8"), start=1):
                    if line.strip():
                        yield Line(f"{file.name}, line {number}", line.rstrip("\r\n"))
            except UnicodeDecodeError:
                raise InputError(f"{file.name} is not UTF-8; save it as UTF-8") from None


def parse_object(line: Line) -> Record:
    """A JSON object; its numbers stay texts. Raises InputError."""
    try:
        found = json.loads(line.text, parse_float=str, parse_int=str)
    except ValueError as error:
        raise InputError(f"{line.place}: it is no JSON ({error}); write one JSON object a line") from None
    if not isinstance(found, dict):
        raise InputError(f"{line.place}: it is no JSON object; write one JSON object a line")
    return found


def array_of(files: list[Path]) -> Iterator[tuple[str, Record]]:
    """The objects of files that are a JSON array, or one object, each."""
    for file in files:
        try:
            found = json.loads(file.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
        except ValueError as error:
            raise InputError(
                f"{file.name}: it is no JSON ({error}); one object a line needs lines: true"
            ) from None
        for number, record in enumerate(found if isinstance(found, list) else [found], start=1):
            if not isinstance(record, dict):
                raise InputError(f"{file.name}, record {number}: it is no JSON object")
            yield f"{file.name}, record {number}", record


INPUT, OUTPUT, TRUTH = "endpointInput", "endpointOutput", "groundTruthData"


def flatten_capture(line: Line, indexes: list[str]) -> Record:
    """The columns of a captured request: CSV fields by their position, JSON by its keys.

    The response's come first, as the label does in the training data of AWS's own examples; several CSV rows
    in one request are one column (facts/monitor-and-clarify.md, 1).
    """
    captured = _captured(line)
    parts = [captured[name] for name in (OUTPUT, INPUT) if name in indexes and name in captured]
    flat: Record = {}
    for part in parts:
        fields = _fields(line.place, part)
        if isinstance(fields, list):
            fields = {f"_c{i}": value for i, value in enumerate(fields, start=len(flat))}
        flat |= fields
    return flat


def judge_capture(line: Line) -> Record:
    """What model quality needs of a merged record: the response's fields (CSV by number: "0", "1" ...), and
    the ground truth under `groundTruthData`."""
    captured = _captured(line)
    fields = _fields(line.place, captured.get(OUTPUT) or {})
    if isinstance(fields, list):
        fields = {str(i): value for i, value in enumerate(fields)}
    if TRUTH not in (document := parse_object(line)):
        raise InputError(
            f"{line.place}: the record has no {TRUTH}; merge the captured data with the ground truth first"
        )
    return {**fields, TRUTH: document[TRUTH].get("data")}


def _captured(line: Line) -> dict[str, Any]:
    found = parse_object(line).get("captureData")
    if not isinstance(found, dict):
        raise InputError(
            f"{line.place}: there is no captureData; dataset_format says that these are captures"
        )
    return found


def _fields(place: str, part: dict[str, Any]) -> Record | list[Any]:
    data, encoding = part.get("data") or "", part.get("encoding") or "CSV"
    if encoding == "BASE64":
        try:
            data = base64.b64decode(data, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise InputError(
                f"{place}: its BASE64 data are no text; a record_preprocessor_script can read them"
            ) from None
        encoding = "JSON" if "json" in (part.get("observedContentType") or "") else "CSV"
    if encoding == "CSV":
        rows = list(csv.reader(io.StringIO(data)))
        return rows[0] if len(rows) == 1 else [data]
    found = parse_object(Line(place, data)) if data.lstrip().startswith("{") else None
    if found is None:
        raise InputError(
            f"{place}: the captured JSON is no object; flatten it with a record_preprocessor_script"
        )
    return found


def inference_record(line: Line) -> SimpleNamespace:
    """What a preprocessing script gets of a captured request (facts/monitor-and-clarify.md, 1)."""
    document = json.loads(line.text)
    captured = document.get("captureData") or {}
    event = SimpleNamespace(**{name: _part(captured.get(name)) for name in (INPUT, OUTPUT)})
    about = document.get("eventMetadata") or {}
    return SimpleNamespace(
        endpoint_input=event.endpointInput,
        endpoint_output=event.endpointOutput,
        batch_transform_output=_part(captured.get("batchTransformOutput")),
        ground_truth=_part(document.get(TRUTH)),
        event_metadata=SimpleNamespace(
            event_id=about.get("eventId"),
            event_time=about.get("inferenceTime"),
            custom_attribute=about.get("customAttributes"),
        ),
        event_version=document.get("eventVersion"),
        # The name that older scripts use.
        event_data=event,
    )


def _part(part: dict[str, Any] | None) -> SimpleNamespace | None:
    if part is None:
        return None
    return SimpleNamespace(
        data=part.get("data"),
        encoding=part.get("encoding"),
        mode=part.get("mode"),
        observedContentType=part.get("observedContentType"),
        observed_content_type=part.get("observedContentType"),
    )
