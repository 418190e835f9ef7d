import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.emulator.standins.model_monitor.analyze import Baseline, analyze_data_quality
from penstock.emulator.standins.model_monitor.kll import capacity

HEADER, NO_HEADER = {"csv": {"header": True}}, {"csv": {"header": False}}
LINES = {"json": {"lines": True}}
CAPTURE = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}

# More than the rows of the first block, whose columns are guessed by.
MANY = 200_000


def types_of(features):
    return {name: feature["inferred_type"] for name, feature in features.items()}


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "-2", "+3", "- 4"], "Integral"),
        (["1", "2.0"], "Fractional"),
        (["3.0"], "Fractional"),
        (["1e3", "-2.5E-3", ".5", "5."], "Fractional"),
        (["1", "x"], "String"),
        (["true", "false"], "String"),
        (["true", "1"], "String"),
        ([" 1"], "Integral"),
        (["  1"], "String"),
        (["1 "], "String"),
        (["NaN", "1.0"], "String"),
        (["1e999"], "String"),
        (['""', "1"], "String"),
        (["99999999999999999999"], "Integral"),
    ],
)
def test_a_columns_type_is_that_of_its_values(features, values, type_):
    rows = "".join(f"{value},0\n" for value in values)
    assert types_of(features(f"a,b\n{rows}")) == {"a": type_, "b": "Integral"}


def test_a_column_without_values_is_unknown(features):
    assert features("a,b\n1,\n2,\n")["b"] == {
        "name": "b",
        "inferred_type": "Unknown",
        "string_statistics": {
            "common": {"num_present": 0, "num_missing": 2},
            "distinct_count": 0.0,
            "distribution": {"categorical": {"buckets": []}},
        },
    }


def test_what_comes_late_in_the_file_decides_too(features):
    rows = "".join(f"{n},{n},{n},\n" for n in range(MANY))
    found = features(f"a,b,c,d\n{rows}0.5,x,,7\n")
    assert types_of(found) == {"a": "Fractional", "b": "String", "c": "Integral", "d": "Integral"}
    assert found["a"]["numerical_statistics"]["sum"] == sum(range(MANY)) + 0.5
    assert found["b"]["string_statistics"]["distinct_count"] == pytest.approx(MANY + 1, rel=0.02)
    assert found["c"]["numerical_statistics"]["common"] == {"num_present": MANY, "num_missing": 1}
    assert found["d"]["numerical_statistics"]["common"] == {"num_present": 1, "num_missing": MANY}


def test_an_empty_field_is_missing_in_numbers_and_texts(features):
    found = features("a,b\n1,x\n,\n3,y\n")
    assert found["a"]["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}
    assert found["b"]["string_statistics"]["common"] == {"num_present": 2, "num_missing": 1}


def test_the_most_frequent_categories_come_first(features):
    found = features("a\nx\ny\ny\nz\n")["a"]["string_statistics"]
    assert found["distinct_count"] == 3.0
    assert found["distribution"]["categorical"]["buckets"] == [
        {"value": "y", "count": 2},
        {"value": "x", "count": 1},
        {"value": "z", "count": 1},
    ]


def test_too_many_categories_are_only_counted(features):
    found = features("a\n" + "".join(f"x{n}\n" for n in range(121)))["a"]["string_statistics"]
    assert (found["distinct_count"], found["distribution"]["categorical"]["buckets"]) == (121.0, [])


def test_constraints_follow_from_the_statistics(analyze):
    rows = "".join(f"{n - 1},{n},{'ab'[n % 2]},id-{n}\n" for n in range(40)) + ",,,\n"
    found = analyze("negative,natural,category,id\n" + rows).constraints["features"]
    complete = 40 / 41
    assert found == [
        {
            "name": "negative",
            "inferred_type": "Integral",
            "completeness": complete,
            "num_constraints": {"is_non_negative": False},
        },
        {
            "name": "natural",
            "inferred_type": "Integral",
            "completeness": complete,
            "num_constraints": {"is_non_negative": True},
        },
        {
            "name": "category",
            "inferred_type": "String",
            "completeness": complete,
            "string_constraints": {"domains": ["a", "b"]},
        },
        {"name": "id", "inferred_type": "String", "completeness": complete},
    ]


def test_all_files_of_a_folder_are_one_data_set(tmp_path, features):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "part-0.csv").write_text("a,b\n1,x\n")
    (folder / "part-1.csv.gz").write_bytes(gzip.compress(b"a,b\n2.5,y\n"))
    (folder / "_SUCCESS").write_text("")
    (folder / ".part-0.csv.crc").write_bytes(b"\xff\xfe")
    found = features(folder)
    assert types_of(found) == {"a": "Fractional", "b": "String"}
    assert found["a"]["numerical_statistics"]["sum"] == 3.5


def test_columns_without_header_are_numbered(features):
    assert types_of(features("1,x\n2,y\n", NO_HEADER)) == {"_c0": "Integral", "_c1": "String"}


def test_json_lines_keep_how_their_numbers_are_written(features):
    lines = ['{"b": 3.0, "a": 1, "c": true}', '{"a": 2, "d": "x", "b": null}', ""]
    found = features("\n".join(lines), LINES)
    assert types_of(found) == {"a": "Integral", "b": "Fractional", "c": "String", "d": "String"}
    assert found["b"]["numerical_statistics"]["common"] == {"num_present": 1, "num_missing": 1}
    assert found["d"]["string_statistics"]["common"] == {"num_present": 1, "num_missing": 1}


def test_a_json_array_is_read_when_lines_is_false(features):
    found = features('[{"a": 1}, {"a": 2.5}]', {"json": {"lines": False}})
    assert types_of(found) == {"a": "Fractional"}


def test_parquet_columns_have_their_own_types(tmp_path, features):
    file = tmp_path / "data.parquet"
    pq.write_table(
        pa.table(
            {
                "whole": pa.array([1, 2, None], pa.int32()),
                "real": [3.0, float("nan"), 5.0],
                "text": ["1", "2", "3"],
                "flag": [True, False, None],
                "day": pa.array([0, 1, 2], pa.date32()),
                "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            }
        ),
        file,
    )
    found = features(file, {"parquet": {}})
    assert types_of(found) == {
        "whole": "Integral",
        "real": "Fractional",
        "text": "Integral",
        "flag": "String",
        "day": "String",
        "kind": "String",
    }
    assert found["real"]["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}


def captured(data, answer, encoding="CSV", content_type="text/csv"):
    record = {
        "captureData": {
            "endpointInput": {
                "observedContentType": content_type,
                "mode": "INPUT",
                "data": data,
                "encoding": encoding,
            },
            "endpointOutput": {
                "observedContentType": "text/csv",
                "mode": "OUTPUT",
                "data": answer,
                "encoding": "CSV",
            },
        },
        "eventMetadata": {"eventId": "1", "inferenceTime": "2024-01-01T00:00:00Z"},
        "eventVersion": "0",
    }
    return json.dumps(record) + "\n"


def test_captured_csv_is_the_answer_and_the_features(features):
    found = features(captured("9,4.5", "0.3") + captured("27,2.0", "0.4"), CAPTURE)
    assert types_of(found) == {"_c0": "Fractional", "_c1": "Integral", "_c2": "Fractional"}
    assert found["_c0"]["numerical_statistics"]["max"] == 0.4


def test_captured_columns_are_called_as_in_the_baseline(analyze):
    baseline = analyze("churn,length,plan\n0,128,1\n1,107,0\n").constraints
    found = analyze(captured("128,1", "0.7"), CAPTURE, baseline_constraints=baseline)
    assert [feature["name"] for feature in found.statistics["features"]] == ["churn", "length", "plan"]
    assert [violation["feature_name"] for violation in found.violations] == ["churn"]


def test_several_csv_rows_in_a_request_are_one_column(features):
    assert list(features(captured("1,2\n3,4", "0.3"), CAPTURE)) == ["_c0", "_c1"]


def test_captured_json_and_base64_are_read(features):
    found = features(captured('{"age": 30}', "1", "JSON", "application/json"), CAPTURE)
    assert types_of(found) == {"_c0": "Integral", "age": "Integral"}
    found = features(captured("OSw0LjU=", "1", "BASE64"), CAPTURE)
    assert types_of(found) == {"_c0": "Integral", "_c1": "Integral", "_c2": "Fractional"}


def test_only_the_captured_parts_that_are_named_are_read(features):
    form = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput"]}}
    assert list(features(captured("1,2", "0.3"), form)) == ["_c0", "_c1"]


class ManyRows:
    """A source of batches that are made while they are read."""

    def __init__(self, batches):
        self._batches = batches

    def batches(self, *, careful=False, columns=None):
        for number in range(self._batches):
            rows = range(number * 5_000, number * 5_000 + 5_000)
            texts = pa.array([f"customer {row}" for row in rows])
            yield pa.RecordBatch.from_pydict({"number": pa.array(map(float, rows)), "text": texts})


def test_what_is_kept_does_not_grow_with_the_rows():
    analysis = analyze_data_quality(ManyRows(60), Baseline(None, None))
    number, text = analysis.statistics["features"]
    levels = number["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"]
    assert sum(map(len, levels)) <= sum(map(capacity, range(len(levels)))) < 6_000
    assert sum(len(items) << height for height, items in enumerate(levels)) == 300_000
    assert text["string_statistics"]["distinct_count"] == pytest.approx(300_000, rel=0.02)
    assert text["string_statistics"]["distribution"]["categorical"]["buckets"] == []
