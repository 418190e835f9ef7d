"""The project's sample data as something to upload: a file or its first rows, some of its features to score,
and a copy whose data has shifted, for checks to find. The last column of a sample is the target.
"""

import csv
import gzip
import hashlib
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from penstock.deployment.assets import Upload
from penstock.errors import UsageError
from penstock.project import Project

Row = list[str]

# Every ninth row: spread over the file, and some thousand of the census.
_BATCH_STEP = 9

# What happens to a column in the shifted copy: from a row's number and its value to another value.
SHIFTS: Mapping[str, Callable[[int, str], str]] = {
    # Everybody is 20 years older: the distribution of a number drifts.
    "age": lambda row, value: str(int(value) + 20),
    # A third is unknown: the column is no longer complete.
    "hours-per-week": lambda row, value: "" if row % 3 == 0 else value,
    # About half of the largest class is of one that was never seen: the domain is another.
    "workclass": lambda row, value: "Platform" if value == "Private" and row % 2 == 0 else value,
}


def upload(project: Project, name: str, rows: int | None, prefix: str) -> Upload:
    """The file `name` of data/ under `<prefix>/data/`; with `rows`, its header and that many lines.

    A part of a file has its own name, since pipelines reuse results by URI. Raises UsageError.
    """
    path = _path(project, name)
    if rows is not None:
        content = b"".join(_lines(path, rows))
        packed = path.suffix == ".gz"
        return _made(f"{rows} rows of data/{name}", _named(name, rows), content, prefix, packed=packed)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Upload(f"data/{name}", f"{prefix}/data/{name}", sha256, path.stat().st_size, path)


def batch(project: Project, name: str, rows: int | None, prefix: str) -> Upload:
    """Every ninth row of what `upload` uploads without the target and the header: to be scored.

    Raises UsageError if the table has no column but the target.
    """
    header, table = _table(_path(project, name), rows)
    if len(header) < 2:
        raise UsageError("has one column, and so no features", where=f"data/{name}", remedy="Add some.")
    content = _csv(row[:-1] for row in itertools.islice(table, 0, None, _BATCH_STEP))
    return _made(f"a batch of data/{name}", _named(name, rows, "batch", "csv"), content, prefix)


def shifted(project: Project, name: str, rows: int | None, prefix: str) -> Upload:
    """What `upload` uploads, with the columns of SHIFTS changed. Raises UsageError if it has none of them."""
    header, table = _table(_path(project, name), rows)
    changed = {header.index(column): shift for column, shift in SHIFTS.items() if column in header}
    if not changed:
        raise UsageError(
            "has none of the columns that are shifted",
            where=f"data/{name}",
            remedy=f"They are {', '.join(SHIFTS)}.",
        )

    def shift(number: int, row: Row) -> Row:
        return [changed[at](number, value) if at in changed else value for at, value in enumerate(row)]

    content = _csv([header, *(shift(number, row) for number, row in enumerate(table))])
    key = _named(name, rows, "shifted", "csv.gz")
    return _made(f"a shifted copy of data/{name}", key, content, prefix, packed=True)


def _path(project: Project, name: str) -> Path:
    names = sorted(file.name for file in project.data.glob("*.csv*"))
    if name not in names:
        raise UsageError(
            f"there is no sample {name!r}", where="data/", remedy=f"There is {', '.join(names) or 'none'}."
        )
    return project.data / name


def _named(name: str, rows: int | None, what: str = "", suffixes: str = "") -> str:
    """`census.csv.gz` with 200 rows as a batch: `census-200-batch.csv`."""
    stem, _, own = name.partition(".")
    parts = (stem, str(rows) if rows is not None else "", what)
    return f"{'-'.join(part for part in parts if part)}.{suffixes or own}"


def _lines(path: Path, rows: int | None) -> Iterator[bytes]:
    """The header and the rows."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from itertools.islice(file, None if rows is None else rows + 1)


def _table(path: Path, rows: int | None) -> tuple[Row, Iterator[Row]]:
    reader = csv.reader(line.decode() for line in _lines(path, rows))
    return next(reader, []), reader


def _csv(rows: Iterator[Row] | list[Row]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _made(what: str, name: str, content: bytes, prefix: str, *, packed: bool = False) -> Upload:
    if packed:
        content = gzip.compress(content, mtime=0)  # no time in it: the same rows are the same bytes
    return Upload(what, f"{prefix}/data/{name}", hashlib.sha256(content).hexdigest(), len(content), content)
