import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.jobs.filters import CSV, JSON, DataProcessing, Filter, FilterError

ROW = ["a", "b", "c", "d"]
DOCUMENT = {"id": 7, "in": {"x": [1, 2, 3]}, "odd name": True}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", ROW),
        ("$[1]", "b"),
        ("$[-1]", "d"),
        ("$[0, 2]", ["a", "c"]),
        ("$[1:3]", ["b", "c"]),
        ("$[1:]", ["b", "c", "d"]),
        ("$[:-1]", ["a", "b", "c"]),
        ("$[*]", ROW),
    ],
)
def test_rows_are_selected_by_position(path, expected):
    assert Filter.parse(path).apply(ROW) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.id", 7),
        ("$.in.x[1]", 2),
        ("$['odd name']", True),
        ("$['id','odd name']", {"id": 7, "odd name": True}),
        ("$.in.*", [[1, 2, 3]]),
    ],
)
def test_documents_are_selected_by_name(path, expected):
    assert Filter.parse(path).apply(DOCUMENT) == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a", "'a' does not begin with $"),
        ("$.a b", "'$.a b' cannot be read from ' b' on"),
        ("$[?(@.a)]", "'[?(@.a)]' is neither names, indexes, a slice nor *"),
    ],
)
def test_a_path_outside_the_subset_is_refused(path, message):
    with pytest.raises(FilterError) as raised:
        Filter.parse(path)
    assert str(raised.value) == message


@pytest.mark.parametrize("path", ["$[9]", "$.name"])
def test_data_without_the_part_is_refused(path):
    with pytest.raises(FilterError) as raised:
        Filter.parse(path).apply(ROW)
    assert str(raised.value) == f"{path!r} finds nothing in {ROW}"


def test_a_join_takes_the_unfiltered_input():
    processing = DataProcessing.of({"InputFilter": "$[1]", "JoinSource": "Input"})
    assert processing.to_model(b"id,x", CSV) == b"x"
    assert processing.to_output(b'"i,d",x', b"0.5", CSV) == b'"i,d",x,0.5'


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8")), min_size=1))
def test_a_csv_row_survives_reading_and_writing(row):
    assert CSV.read(CSV.write(row)) == row


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_json_document_survives_a_join(document):
    joined = json.loads(JSON.write(JSON.join(document, 1)))
    assert joined == {**document, "SageMakerOutput": 1}
