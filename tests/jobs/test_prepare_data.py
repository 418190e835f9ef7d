import gzip
import json
import random

import pytest

ROWS = 1000


def table(rows=ROWS, classes=("no", "yes"), share=0.25, seed=1):
    """age, text and target; the second class in `share` of the rows."""
    numbers = random.Random(seed)
    lines = ["age,text,bought"]
    for number in range(rows):
        label = classes[1] if number < rows * share else classes[0]
        lines.append(f'{numbers.randint(18, 90)},"text {number}, with a comma",{label}')
    numbers.shuffle(lines[1:])
    return "\n".join(lines) + "\n"


def lines(job, name):
    return job.text(f"out/{name}").splitlines()


def test_the_data_is_split_and_written_as_each_reader_wants_it(prepare):
    prepare.put("in/data.csv", table())
    ended = prepare.run("--target", "bought")
    assert ended.exit_code == 0
    assert ended.message == ""
    assert ended.stdout == (
        "Rows: 700 train, 100 validation, 200 test.\nThe positive label is 'yes', the negative one 'no'.\n"
    )
    header = "age,text,bought"
    train = lines(prepare, "train/train.csv")
    validation = lines(prepare, "validation/validation.csv")
    features = lines(prepare, "test_features/test_features.csv")
    labels = lines(prepare, "test_labels/test_labels.csv")
    assert (train[0], validation[0], labels[0]) == (header, header, "bought")
    assert (len(train), len(validation), len(features), len(labels)) == (701, 101, 200, 201)
    original = set(table().splitlines()[1:])
    test = {f"{row},{label}" for row, label in zip(features, labels[1:], strict=True)}
    assert {*train[1:], *validation[1:], *test} == original


def test_the_job_is_a_program(prepare):
    prepare.put("in/data.csv", table())
    assert prepare.run_as_program("--target", "bought") == prepare.run("--target", "bought")
    assert prepare.run_as_program("--target", "sold") == prepare.run("--target", "sold")


def test_the_split_is_stratified_and_told_in_a_summary(prepare):
    prepare.put("in/data.csv", table())
    prepare.run("--target", "bought")
    assert json.loads(prepare.text("out/summary/summary.json")) == {
        "target": "bought",
        "negative_label": "no",
        "positive_label": "yes",
        "rows": {"train": 700, "validation": 100, "test": 200},
        "positive_rows": {"train": 175, "validation": 25, "test": 50},
    }


def test_the_split_follows_from_data_and_seed(prepare):
    prepare.put("in/data.csv", table())
    first, second, other = (
        prepare.run("--target", "bought", "--seed", seed) and prepare.text("out/train/train.csv")
        for seed in ("0", "0", "1")
    )
    assert first == second != other


@pytest.mark.parametrize(
    ("classes", "positive"),
    [(("0", "1"), "1"), (("10", "9"), "10"), (("<=50K", ">50K"), ">50K"), (("True", "False"), "True")],
)
def test_the_positive_label_is_the_last_in_sorted_order(prepare, classes, positive):
    prepare.put("in/data.csv", table(classes=classes))
    prepare.run("--target", "bought")
    assert json.loads(prepare.text("out/summary/summary.json"))["positive_label"] == positive


def test_gzipped_and_several_files_are_one_table(prepare):
    head, *rest = table().splitlines(keepends=True)
    prepare.put("in/a.csv.gz", gzip.compress((head + "".join(rest[:500])).encode()))
    prepare.put("in/more/b", head + "".join(rest[500:]))
    assert prepare.run("--target", "bought").stdout.startswith("Rows: 700 train")


def test_cells_are_passed_on_as_they_are(prepare):
    odd = "0017,NA,yes\n1e5,,yes\n"
    prepare.put("in/data.csv", table() + odd * 50)
    prepare.run("--target", "bought")
    cells = {line.rsplit(",", 1)[0] for line in lines(prepare, "train/train.csv")}
    assert {"0017,NA", "1e5,"} <= cells


def test_a_line_break_in_a_cell_becomes_a_space(prepare):
    prepare.put("in/data.csv", table() + '1,"two\r\nlines",yes\n' * 50)
    prepare.run("--target", "bought")
    assert len(lines(prepare, "test_features/test_features.csv")) == 210
    assert "1,two lines,yes" in lines(prepare, "train/train.csv")


def test_rows_without_a_target_are_left_out_and_told(prepare):
    prepare.put("in/data.csv", table() + "1,x,\n" * 7)
    assert prepare.run("--target", "bought").stdout.startswith(
        "Left out 7 rows without a value in 'bought'.\nRows: 700 train"
    )


def test_a_missing_target_column_is_named_with_those_there_are(prepare):
    prepare.put("in/data.csv", table())
    assert prepare.refusal("--target", "salary") == (
        "The data has no column 'salary'. Its columns are: age, text, bought."
    )


@pytest.mark.parametrize(("rows", "left"), [(499, 349), (713, 499)])
def test_too_few_rows_are_counted(prepare, rows, left):
    prepare.put("in/data.csv", table(rows=rows))
    assert prepare.refusal("--target", "bought") == (
        f"The data has {rows} rows with a value in 'bought', which leaves {left} to train on;"
        " AutoML needs at least 500."
    )


def test_just_enough_rows_are_split(prepare):
    prepare.put("in/data.csv", table(rows=714))
    assert prepare.run("--target", "bought").stdout.startswith("Rows: 500 train, 71 validation, 143 test.")


def test_rows_without_a_target_do_not_count(prepare):
    prepare.put("in/data.csv", table(rows=400) + "1,x,\n" * 600)
    assert prepare.refusal("--target", "bought").startswith("The data has 400 rows with a value in 'bought'")


def test_an_empty_file_is_refused(prepare):
    prepare.put("in/data.csv", "")
    assert prepare.refusal("--target", "bought") == "data.csv is empty."


def test_a_header_without_rows_is_refused(prepare):
    prepare.put("in/data.csv", "age,text,bought\n")
    assert prepare.refusal("--target", "bought") == "The data has a header, and no rows."


def test_no_file_is_refused(prepare):
    assert prepare.refusal("--target", "bought") == (
        "There is no data: no S3 object has the URI, or starts with it."
    )


def test_one_class_is_refused(prepare):
    prepare.put("in/data.csv", table(share=0))
    assert prepare.refusal("--target", "bought") == (
        "'bought' is 'no' in all rows: there is nothing to tell apart."
    )


def test_more_than_two_classes_are_refused(prepare):
    prepare.put("in/data.csv", table())
    message = prepare.refusal("--target", "text")
    assert message == (
        "'text' has 1000 classes ('text 0, with a comma', 'text 1, with a comma', 'text 10, with a comma',"
        " 'text 100, with a comma', 'text 101, with a comma', ...); there have to be two."
    )


def test_a_class_with_a_few_rows_is_refused(prepare):
    prepare.put("in/data.csv", table(share=0.019))
    assert prepare.refusal("--target", "bought") == (
        "'bought' is 'yes' in 19 rows only; each class needs at least 20."
    )


def test_a_target_alone_is_refused(prepare):
    prepare.put("in/data.csv", "bought\n" + "yes\nno\n" * 300)
    assert prepare.refusal("--target", "bought") == (
        "The data has no column besides 'bought': there is nothing to predict it from."
    )


def test_files_with_other_columns_are_refused(prepare):
    prepare.put("in/a.csv", table())
    prepare.put("in/b.csv", table().replace("text", "note", 1))
    assert prepare.refusal("--target", "bought") == "b.csv has other columns than a.csv."


def test_a_file_that_is_not_text_is_refused(prepare):
    prepare.put("in/data.parquet", b"PAR1\xff\xfe\x00" * 100)
    assert prepare.refusal("--target", "bought") == "data.parquet is not CSV: it is not text in UTF-8."


def test_a_damaged_gzip_file_is_refused(prepare):
    prepare.put("in/data.csv.gz", gzip.compress(table().encode())[:200])
    assert prepare.refusal("--target", "bought") == "data.csv.gz is a damaged gzip file."


def test_a_row_with_too_many_fields_is_refused(prepare):
    prepare.put("in/data.csv", table() + "1,2,3,4\n")
    assert prepare.refusal("--target", "bought") == (
        "data.csv is not CSV: Error tokenizing data. C error: Expected 3 fields in line 1002, saw 4"
    )


def test_rows_that_all_have_too_many_fields_are_refused(prepare):
    prepare.put("in/data.csv", "age,bought\n" + "1,2,yes\n" * 600)
    assert prepare.refusal("--target", "bought") == (
        "data.csv is not CSV: its rows have more fields than its header."
    )
