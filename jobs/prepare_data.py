"""Split a table into train, validation, test and batch sets with Spark, stratified by a binary target.

Runs by spark-submit on an EMR cluster (Spark 3.4 and later, Python 3.9) and knows nothing of the pipeline
around it.

Reads the file --input, or every file below it, as CSV with a header; what ends in .gz is gzipped. Each output
is the URI of a folder that gets one CSV file and nothing else, so that who reads the prefix reads data:
    --train, --validation, --test    with a header: AutoML, checks and evaluation find columns by their names
    --features                       the test rows, no header and no target: batch transform sends each line
    --explain                        a few of the test rows, with a header: each takes many predictions
    --batch                          rows to score in the end, no header and no target
    --summary                        not CSV: one line of JSON; target, labels, rows of each set

The positive label is the last class in sorted order (numbers sort as numbers): `>50K` of `<=50K` and `>50K`,
1 of 0 and 1, `yes` of `no` and `yes`. Rows without a target are left out. Cells are passed on as they are,
except that a line break in a cell becomes a space, because batch transform splits its input at line breaks.

Which set a row is in follows from its content and the seed alone, however Spark partitions the data. Data
that cannot be used ends the job with exit code 1 and the reason as the last line of stderr, which EMR gives
as the reason of the failure.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException

MINIMUM_TRAINING_ROWS = 500  # what Autopilot asks for
MINIMUM_ROWS_OF_A_CLASS = 20  # so that each set has some of it
# None is the beginning of another: S3 prefixes that were would hold each other's objects.
OUTPUTS = ("train", "validation", "test", "features", "explain", "batch", "summary")

MALFORMED, FILE, ORDER, RANK, SET = "_malformed", "_file", "_order", "_rank", "_set"


class DataError(Exception):
    """The data cannot be used; the text says why."""


def column(name: str) -> Column:
    """A column by its name, whatever is in the name."""
    return F.col("`" + name.replace("`", "``") + "`")


def base_name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]


def files_below(spark: SparkSession, uri: str) -> list[str]:
    """The URIs of the files that are not empty, sorted. Only names are read."""
    try:
        listing = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(uri)
        files = sorted(row.path for row in listing.select("path").collect())
    except AnalysisException:
        files = []
    if not files:
        raise DataError("There is no data: no S3 object with any content has the URI, or lies below it.")
    return files


def header_of(spark: SparkSession, path: str) -> list[str]:
    first = spark.read.text(path).head()
    if first is None:
        raise DataError(f"{base_name(path)} is empty.")
    if "\ufffd" in first.value:
        raise DataError(f"{base_name(path)} is not CSV: it is not text in UTF-8.")
    return next(csv.reader([first.value]), [])


def read_tables(spark: SparkSession, uri: str) -> DataFrame:
    """All files as one table of text, with the columns of their common header."""
    paths = files_below(spark, uri)
    headers = [header_of(spark, path) for path in paths]
    names = headers[0]
    for path, header in zip(paths, headers):
        if header != names:
            raise DataError(f"{base_name(path)} has other columns than {base_name(paths[0])}.")
    for name in names:
        if not name:
            raise DataError(f"Column {names.index(name) + 1} of the data has no name.")
        if names.count(name) > 1:
            raise DataError(f"The data has column {name!r} twice.")
    schema = ", ".join(f"`{name.replace('`', '``')}` STRING" for name in [*names, MALFORMED])
    raw = spark.read.schema(schema).csv(
        paths,
        header=True,
        columnNameOfCorruptRecord=MALFORMED,
        # A cell may hold a line break; the price is that a file is read by one task.
        multiLine=True,
        escape='"',
    )
    table = raw.select("*", F.col("_metadata.file_name").alias(FILE)).persist()
    check_text(table, names)
    return table.select([F.coalesce(column(name), F.lit("")).alias(name) for name in names])


def check_text(table: DataFrame, names: list[str]) -> None:
    """Raises DataError for the first file whose rows are not what its header says, or not text."""
    # What is no UTF-8 is read as the replacement character.
    strange = F.concat_ws("", *[column(name) for name in names]).contains("\ufffd")
    faults = table.groupBy(FILE).agg(
        F.sum(strange.cast("long")).alias("strange"),
        F.count(MALFORMED).alias("malformed"),
    )
    for fault in sorted(faults.where("strange > 0 OR malformed > 0").collect(), key=lambda row: row[FILE]):
        if fault.strange:
            raise DataError(f"{fault[FILE]} is not CSV: it is not text in UTF-8.")
        raise DataError(
            f"{fault[FILE]} is not CSV: {fault.malformed} of its rows have more or fewer fields than its"
            " header."
        )


def raise_if_damaged(spark: SparkSession, uri: str) -> None:
    """Raises DataError for the first gzipped file that cannot be read to its end."""
    for path in files_below(spark, uri):
        if path.endswith(".gz"):
            try:
                spark.read.text(path).count()
            except Py4JJavaError:
                raise DataError(f"{base_name(path)} is a damaged gzip file.") from None


def usable_rows(table: DataFrame, target: str) -> DataFrame:
    """The rows that have a target, each on one line."""
    if target not in table.columns:
        raise DataError(f"The data has no column {target!r}. Its columns are: {', '.join(table.columns)}.")
    if len(table.columns) == 1:
        raise DataError(f"The data has no column besides {target!r}: there is nothing to predict it from.")
    lines = [F.regexp_replace(column(name), r"[\r\n]+", " ").alias(name) for name in table.columns]
    return table.where(column(target) != "").select(lines)


def check_size(rows: int, arguments: argparse.Namespace) -> None:
    """Raises DataError unless enough rows are left to train on."""
    fractions = (arguments.validation_fraction, arguments.test_fraction, arguments.batch_fraction)
    train = rows - sum(round(rows * fraction) for fraction in fractions)
    if train < MINIMUM_TRAINING_ROWS:
        raise DataError(
            f"The data has {rows} rows with a value in {arguments.target!r}, which leaves {train} to train"
            f" on; AutoML needs at least {MINIMUM_TRAINING_ROWS}."
        )


def two_classes(rows: DataFrame, target: str) -> dict[str, int]:
    """How many rows have the negative and how many the positive label, in this order."""
    counts = rows.groupBy(column(target).alias("label")).count()
    # Labels that are numbers sort as numbers; of others the cast gives null, which sorts as equal.
    first = counts.orderBy(F.col("label").cast("double"), "label").limit(6).collect()
    labels = [row.label for row in first]
    if len(labels) == 1:
        raise DataError(f"{target!r} is {labels[0]!r} in all rows: there is nothing to tell apart.")
    if len(labels) > 2:
        shown = ", ".join(repr(label) for label in labels[:5]) + (", ..." if len(labels) > 5 else "")
        raise DataError(f"{target!r} has {counts.count()} classes ({shown}); there have to be two.")
    for row in first:
        if row["count"] < MINIMUM_ROWS_OF_A_CLASS:
            raise DataError(
                f"{target!r} is {row.label!r} in {row['count']} rows only;"
                f" each class needs at least {MINIMUM_ROWS_OF_A_CLASS}."
            )
    return {row.label: row["count"] for row in first}


def split(rows: DataFrame, counts: dict[str, int], arguments: argparse.Namespace) -> DataFrame:
    """The rows with the name of their set, and an order that follows from content and seed."""
    content = [column(name) for name in rows.columns]
    in_order = [F.col(ORDER), *content]
    of_class = Window.partitionBy(column(arguments.target)).orderBy(*in_order)
    ordered = rows.withColumn(ORDER, F.xxhash64(F.lit(arguments.seed), *content))
    # Two classes: more partitions than that would be empty.
    ordered = ordered.repartition(2, column(arguments.target))
    ranked = ordered.withColumn(RANK, F.row_number().over(of_class))
    name = F.lit("train")
    for label, count in counts.items():
        end = 0
        bounds = []
        for part in ("test", "validation", "batch"):
            end += round(count * getattr(arguments, f"{part}_fraction"))
            bounds.append((part, end))
        for part, last in reversed(bounds):
            is_in = (column(arguments.target) == label) & (F.col(RANK) <= last)
            name = F.when(is_in, part).otherwise(name)
    return ranked.withColumn(SET, name).persist()


def write_csv(rows: DataFrame, names: list[str], uri: str, header: bool) -> None:
    """One file, in the order of the rows' content and seed."""
    ordered = rows.repartition(1).sortWithinPartitions(ORDER, *[column(name) for name in rows.columns])
    ordered.select([column(name) for name in names]).write.csv(
        uri,
        mode="overwrite",
        header=header,
        escape='"',
        emptyValue="",
        ignoreLeadingWhiteSpace=False,
        ignoreTrailingWhiteSpace=False,
    )


def write(sets: DataFrame, names: list[str], counts: dict[str, int], arguments: argparse.Namespace) -> dict:
    """Writes all outputs and returns the summary."""
    target = arguments.target
    features = [name for name in names if name != target]
    of_set = {name: sets.where(F.col(SET) == name) for name in ("train", "validation", "test", "batch")}
    explained = of_set["test"].orderBy(ORDER, *[column(name) for name in names]).limit(arguments.explain_rows)
    write_csv(of_set["train"], names, arguments.train, header=True)
    write_csv(of_set["validation"], names, arguments.validation, header=True)
    write_csv(of_set["test"], names, arguments.test, header=True)
    write_csv(of_set["test"], features, arguments.features, header=False)
    write_csv(explained, names, arguments.explain, header=True)
    write_csv(of_set["batch"], features, arguments.batch, header=False)
    negative, positive = counts
    totals = {
        (row[SET], row[target]): row["count"] for row in sets.groupBy(SET, column(target)).count().collect()
    }
    summary = {
        "target": target,
        "negative_label": negative,
        "positive_label": positive,
        "rows": {name: totals.get((name, negative), 0) + totals.get((name, positive), 0) for name in of_set},
        "positive_rows": {name: totals.get((name, positive), 0) for name in of_set},
    }
    text = sets.sparkSession.range(1, numPartitions=1).select(F.lit(json.dumps(summary, ensure_ascii=False)))
    text.write.mode("overwrite").text(arguments.summary)
    return summary


def prepare(spark: SparkSession, arguments: argparse.Namespace) -> None:
    """Raises DataError for data that cannot be used."""
    try:
        table = read_tables(spark, arguments.input)
        rows = usable_rows(table, arguments.target)
        total, used = table.count(), rows.count()
        if not total:
            raise DataError("The data has a header, and no rows.")
        check_size(used, arguments)
        counts = two_classes(rows, arguments.target)
    except Py4JJavaError:
        raise_if_damaged(spark, arguments.input)
        raise
    sets = split(rows, counts, arguments)
    summary = write(sets, table.columns, counts, arguments)
    if used < total:
        print(f"Left out {total - used} rows without a value in {arguments.target!r}.")
    print("Rows: " + ", ".join(f"{count} {name}" for name, count in summary["rows"].items()) + ".")
    negative, positive = counts
    print(f"The positive label is {positive!r}, the negative one {negative!r}.")


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Split a table into train, validation, test and batch sets.")
    parser.add_argument("--input", required=True, help="URI of a CSV file, or of a folder of such files")
    parser.add_argument("--target", required=True, help="the column to predict")
    parser.add_argument("--test-fraction", type=float, default=0.2)
    parser.add_argument("--validation-fraction", type=float, default=0.1)
    parser.add_argument("--batch-fraction", type=float, default=0.05)
    parser.add_argument("--explain-rows", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    for name in OUTPUTS:
        parser.add_argument(f"--{name}", required=True, help="URI of a folder to write")
    return parser.parse_args(words)


def main() -> int:
    arguments = parse()
    builder = SparkSession.builder.appName("prepare-data").config("spark.ui.showConsoleProgress", "false")
    # Its marker file _SUCCESS would be taken for data.
    builder = builder.config("spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
    builder = builder.config("spark.sql.caseSensitive", "true")  # as column names are in CSV
    spark = builder.getOrCreate()
    # Tasks that fail for bad data are told below, in one line.
    spark.sparkContext.setLogLevel("FATAL")
    reason = None
    try:
        prepare(spark, arguments)
    except DataError as error:
        reason = str(error)
    spark.stop()
    if reason:
        print(reason, file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
