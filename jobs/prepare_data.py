"""Split a table into train, validation and test sets, stratified by a target of two classes.

Runs in AWS's scikit-learn container (Python 3.8 and later) and knows nothing of the pipeline around it.

Reads every file below --input as CSV with a header, gzipped or not. Writes below --output:
    train/train.csv, validation/validation.csv    with a header: AutoML finds the target by its name
    test_features/test_features.csv               no header and no target: batch transform sends each line
    test_labels/test_labels.csv                   the target of the same rows in the same order, with a header
    summary/summary.json                          target, classes, positive label, rows of each split

The positive label is the last class in sorted order (numbers sort as numbers): `>50K` of `<=50K` and `>50K`,
1 of 0 and 1, `yes` of `no` and `yes`. Rows without a target are left out. Cells are passed on as they are,
except that a line break in a cell becomes a space, because batch transform splits its input at line breaks.

Data that cannot be used ends the job with exit code 1 and the reason in --message, where SageMaker takes the
job's ExitMessage from.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import zlib
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

MINIMUM_TRAINING_ROWS = 500  # what Autopilot asks for
MINIMUM_ROWS_OF_A_CLASS = 20  # so that each split has some of it


class DataError(Exception):
    """The data cannot be used; the text says why."""


def read_tables(folder: Path) -> pd.DataFrame:
    """All files of a folder as one table of text, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise DataError("There is no data: no S3 object has the URI, or starts with it.")
    tables = [read_table(file) for file in files]
    for file, table in zip(files, tables):
        if list(table.columns) != list(tables[0].columns):
            raise DataError(f"{file.name} has other columns than {files[0].name}.")
    return pd.concat(tables, ignore_index=True)


def read_table(file: Path) -> pd.DataFrame:
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, compression="gzip" if zipped else None)
    except pd.errors.EmptyDataError:
        raise DataError(f"{file.name} is empty.") from None
    except UnicodeDecodeError:
        raise DataError(f"{file.name} is not CSV: it is not text in UTF-8.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DataError(f"{file.name} is a damaged gzip file.") from None
    except pd.errors.ParserError as error:
        raise DataError(f"{file.name} is not CSV: {str(error).strip()}") from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the columns beyond the header for an index
        raise DataError(f"{file.name} is not CSV: its rows have more fields than its header.")
    return table


def usable_rows(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """The rows that have a target."""
    if target not in table.columns:
        raise DataError(f"The data has no column {target!r}. Its columns are: {', '.join(table.columns)}.")
    if len(table.columns) == 1:
        raise DataError(f"The data has no column besides {target!r}: there is nothing to predict it from.")
    if table.empty:
        raise DataError("The data has a header, and no rows.")
    rows = table[table[target] != ""].reset_index(drop=True)
    return rows.replace(r"[\r\n]+", " ", regex=True)


def sizes(rows: int, arguments: argparse.Namespace) -> tuple[int, int]:
    """How many rows are for validation and for the test, if enough are left to train on."""
    validation, test = round(rows * arguments.validation_fraction), round(rows * arguments.test_fraction)
    train = rows - validation - test
    if train < MINIMUM_TRAINING_ROWS:
        raise DataError(
            f"The data has {rows} rows with a value in {arguments.target!r}, which leaves {train} to train"
            f" on; AutoML needs at least {MINIMUM_TRAINING_ROWS}."
        )
    return validation, test


def two_classes(labels: pd.Series) -> list[str]:
    """The negative and the positive label."""
    counts = labels.value_counts()
    classes = in_order(list(counts.index))
    if len(classes) == 1:
        raise DataError(f"{labels.name!r} is {classes[0]!r} in all rows: there is nothing to tell apart.")
    if len(classes) > 2:
        shown = ", ".join(repr(label) for label in classes[:5]) + (", ..." if len(classes) > 5 else "")
        raise DataError(f"{labels.name!r} has {len(classes)} classes ({shown}); there have to be two.")
    for label in classes:
        if counts[label] < MINIMUM_ROWS_OF_A_CLASS:
            raise DataError(
                f"{labels.name!r} is {label!r} in {counts[label]} rows only;"
                f" each class needs at least {MINIMUM_ROWS_OF_A_CLASS}."
            )
    return classes


def in_order(labels: list[str]) -> list[str]:
    try:
        return sorted(labels, key=float)
    except ValueError:
        return sorted(labels)


def split(rows: pd.DataFrame, target: str, validation: int, test: int, seed: int) -> dict[str, pd.DataFrame]:
    """Train, validation and test rows, each in the order of the data."""

    def part(table: pd.DataFrame, size: int) -> list[pd.DataFrame]:
        return train_test_split(table, test_size=size, stratify=table[target], random_state=seed)

    rest, test_rows = part(rows, test)
    train_rows, validation_rows = part(rest, validation)
    return {
        "train": train_rows.sort_index(),
        "validation": validation_rows.sort_index(),
        "test": test_rows.sort_index(),
    }


def write(splits: dict[str, pd.DataFrame], target: str, classes: list[str], output: Path) -> dict:
    """Writes the files and returns the summary."""

    def path(name: str, suffix: str = "csv") -> Path:
        file = output / name / f"{name}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    test = splits["test"]
    splits["train"].to_csv(path("train"), index=False)
    splits["validation"].to_csv(path("validation"), index=False)
    test.drop(columns=target).to_csv(path("test_features"), index=False, header=False)
    test[[target]].to_csv(path("test_labels"), index=False)
    summary = {
        "target": target,
        "negative_label": classes[0],
        "positive_label": classes[1],
        "rows": {name: len(rows) for name, rows in splits.items()},
        "positive_rows": {name: int((rows[target] == classes[1]).sum()) for name, rows in splits.items()},
    }
    path("summary", "json").write_text(json.dumps(summary, indent=2, ensure_ascii=False), encoding="utf-8")
    return summary


def main() -> int:
    parser = argparse.ArgumentParser(description="Split a table into train, validation and test sets.")
    parser.add_argument("--target", required=True, help="the column to predict")
    parser.add_argument("--test-fraction", type=float, default=0.2)
    parser.add_argument("--validation-fraction", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=Path, default=Path("/opt/ml/processing/input/data"))
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output"))
    parser.add_argument("--message", type=Path, default=Path("/opt/ml/output/message"))
    arguments = parser.parse_args()
    target = arguments.target
    try:
        table = read_tables(arguments.input)
        rows = usable_rows(table, target)
        validation, test = sizes(len(rows), arguments)
        classes = two_classes(rows[target])
    except DataError as error:
        print(error, file=sys.stderr)
        arguments.message.parent.mkdir(parents=True, exist_ok=True)
        arguments.message.write_text(str(error), encoding="utf-8")
        return 1
    splits = split(rows, target, validation, test, arguments.seed)
    summary = write(splits, target, classes, arguments.output)
    if len(rows) < len(table):
        print(f"Left out {len(table) - len(rows)} rows without a value in {target!r}.")
    print("Rows: " + ", ".join(f"{count} {name}" for name, count in summary["rows"].items()) + ".")
    print(f"The positive label is {classes[1]!r}, the negative one {classes[0]!r}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
