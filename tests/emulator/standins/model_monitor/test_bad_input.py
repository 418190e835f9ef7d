"""What a customer can get wrong: one clear message, and exit code 1."""

import codecs
import json

import pytest

HEADER, NO_HEADER = {"csv": {"header": True}}, {"csv": {"header": False}}
LINES = {"json": {"lines": True}}
CAPTURE = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}

NO_ROWS = "the data set has no rows; give one with at least one"
BOM = (
    "data.csv begins with a byte order mark, which would become part of the first column; save it as UTF-8 "
    "without BOM"
)
MANY = "".join(f"{n},x\n" for n in range(150_000))


@pytest.mark.parametrize(
    ("content", "form", "message"),
    [
        ("", HEADER, NO_ROWS),
        ("a,b\n", HEADER, NO_ROWS),
        ("", NO_HEADER, NO_ROWS),
        ("\n\n", LINES, NO_ROWS),
        ("[]", {"json": {"lines": False}}, NO_ROWS),
        (codecs.BOM_UTF8 + b"a,b\n1,2\n", HEADER, BOM),
        ("a,b\n1,2\n".encode("utf-16"), HEADER, BOM),
        (
            "a,b\n1,2\n1,2,3\n",
            HEADER,
            "data.csv, line 3: expected 2 columns, got 3; correct or remove that line",
        ),
        ("1,2\n1\n", NO_HEADER, "data.csv, line 2: expected 2 columns, got 1; correct or remove that line"),
        (
            f"a,b\n{MANY}1\n",
            HEADER,
            "data.csv, line 150002: expected 2 columns, got 1; correct or remove that line",
        ),
        (
            "a,b\n1,x\n2,é\n".encode("latin-1"),
            HEADER,
            "data.csv, line 3: it is not UTF-8; save the file as UTF-8",
        ),
        (
            "größe,b\n1,x\n".encode("latin-1"),
            HEADER,
            "data.csv, line 1: it is not UTF-8; save the file as UTF-8",
        ),
        ("a,a\n1,2\n", HEADER, "data.csv: its header names 'a' twice; give each column its own name"),
        (
            '{"a": 1}\n{"a"\n',
            LINES,
            "data.csv, line 2: it is no JSON (Expecting ':' delimiter: line 1 column 5 (char 4)); write one "
            "JSON object a line",
        ),
        ("[1]\n", LINES, "data.csv, line 1: it is no JSON object; write one JSON object a line"),
        (
            '{"a": {"b": 1}}\n',
            LINES,
            "data.csv, line 1: 'a' is not a plain value; records must be flat: flatten them, or give a "
            "record_preprocessor_script",
        ),
        (b'{"a": "\xe9"}\n', LINES, "data.csv is not UTF-8; save it as UTF-8"),
        (
            '{"a": 1}\n{"a": 2}\n',
            {"json": {"lines": False}},
            "data.csv: it is no JSON (Extra data: line 2 column 1 (char 9)); one object a line needs "
            "lines: true",
        ),
        ("[3]", {"json": {"lines": False}}, "data.csv, record 1: it is no JSON object"),
        (
            '{"a": 1}\n',
            CAPTURE,
            "data.csv, line 1: there is no captureData; dataset_format says that these are captures",
        ),
        (
            '{"captureData": {"endpointInput": {"data": "[1]", "encoding": "JSON"}}}\n',
            CAPTURE,
            "data.csv, line 1: the captured JSON is no object; flatten it with a record_preprocessor_script",
        ),
        (
            '{"captureData": {"endpointInput": {"data": "/w==", "encoding": "BASE64"}}}\n',
            CAPTURE,
            "data.csv, line 1: its BASE64 data are no text; a record_preprocessor_script can read them",
        ),
        (
            "a,b\n",
            {"xml": {}},
            "dataset_format is '{\"xml\": {}}'; expected one of "
            '{"csv": {"header": true}}, {"json": {"lines": true}}, {"parquet": {}}, '
            '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}',
        ),
    ],
)
def test_data_that_cannot_be_read(analyze, content, form, message):
    found = analyze(content, form)
    assert (found.message, found.code) == (message, 1)
    assert (found.statistics, found.constraints, found.violations) == (None, None, None)


def test_a_file_that_is_no_parquet(analyze):
    found = analyze("a,b\n", {"parquet": {}})
    assert found.code == 1
    assert found.message.startswith("data.csv is no Parquet file: ")


def test_no_data_at_all(analyze, tmp_path):
    (tmp_path / "empty").mkdir()
    found = analyze(tmp_path / "empty")
    assert found.message == (
        f"dataset_source {tmp_path}/empty: there is no data file; check the S3 URI of the data set"
    )


def test_files_whose_columns_differ(analyze, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "parts/2.csv").write_text("a,c\n1,2\n")
    assert analyze(tmp_path / "parts").message == (
        "2.csv: its columns (a, c) are not those of 1.csv (a, b); give all files of a data set "
        "the same columns"
    )


MODEL = {"analysis_type": "MODEL_QUALITY", "ground_truth_attribute": "truth"}
REGRESSION = {**MODEL, "problem_type": "Regression", "inference_attribute": "predicted"}
BINARY = {**REGRESSION, "problem_type": "BinaryClassification"}
ROWS = "truth,predicted,score\n1,0,0.5\n0,1,high\n"


@pytest.mark.parametrize(
    ("content", "environment", "message"),
    [
        (
            ROWS,
            {**REGRESSION, "ground_truth_attribute": "label"},
            "ground_truth_attribute 'label' is not in the data; its columns are truth, predicted, score",
        ),
        (
            ROWS,
            {**REGRESSION, "inference_attribute": "9"},
            "inference_attribute '9' is not in the data; its columns are truth, predicted, score",
        ),
        (
            ROWS,
            {**REGRESSION, "inference_attribute": "score"},
            "inference_attribute: 'high' is no number; the column 'score' must hold numbers",
        ),
        (
            ROWS,
            {**BINARY, "probability_attribute": "score"},
            "probability_attribute: 'high' is no number; the column 'score' must hold numbers",
        ),
        (
            "truth,predicted\nyes,1\nno,0\n",
            BINARY,
            "BinaryClassification needs two labels; ground_truth_attribute 'truth' holds no, yes, "
            "inference_attribute 'predicted' 0, 1",
        ),
        (
            "truth,score\na,0.5\nb,0.5\nc,0.5\n",
            {**MODEL, "problem_type": "BinaryClassification", "probability_attribute": "score"},
            "BinaryClassification needs two labels; ground_truth_attribute 'truth' holds a, b, c",
        ),
        (
            "truth,predicted\n1,\n,1\n",
            REGRESSION,
            "no row has values of all of 'truth', 'predicted': nothing to measure",
        ),
        ("truth,predicted\n", REGRESSION, NO_ROWS),
        (
            ROWS,
            {**MODEL, "problem_type": "Ranking"},
            "problem_type is 'Ranking'; expected one of Regression, BinaryClassification, "
            "MulticlassClassification",
        ),
        (
            ROWS,
            {**MODEL, "problem_type": "Regression"},
            "inference_attribute is not set; name the column of the predictions",
        ),
        (
            ROWS,
            {**MODEL, "problem_type": "BinaryClassification"},
            "inference_attribute or probability_attribute is not set; name the column of the predictions",
        ),
        (
            ROWS,
            {**BINARY, "probability_threshold_attribute": "half"},
            "probability_threshold_attribute is 'half'; it must be a number",
        ),
    ],
)
def test_model_quality_of_what_is_not_there(analyze, content, environment, message):
    found = analyze(content, **environment)
    assert (found.message, found.code) == (message, 1)


def test_merged_captures_without_ground_truth(analyze):
    line = json.dumps({"captureData": {"endpointOutput": {"data": "1", "encoding": "CSV"}}})
    environment = {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression", "inference_attribute": "0"}
    assert analyze(line, CAPTURE, **environment).message == (
        "data.csv, line 1: the record has no groundTruthData; merge the captured data with the "
        "ground truth first"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "{file}: there is no such file; check its S3 URI"),
        ("{", "{file} cannot be read as JSON: Expecting property name enclosed in double quotes: line 1 "
         "column 2 (char 1)"),
        ("[]", "{file} is no {name} of data quality: it has no features"),
        ('{"a": 1}', "{file} is no {name} of data quality: it has no features"),
        (
            '{"features": [{}]}',
            "{file} is no {name} of data quality: an entry of its features has no name",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("variable", "name"),
    [("baseline_constraints", "constraints.json"), ("baseline_statistics", "statistics.json")],
)
def test_a_baseline_that_cannot_be_read(analyze, tmp_path, variable, name, content, said):
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_text(content)
    found = analyze("a\n1\n", **{variable: file})
    assert (found.message, found.code) == (f"{variable} {said.format(file=file, name=name)}", 1)


def test_a_baseline_of_another_kind(analyze, tmp_path):
    wrong = {"version": 0.0, "binary_classification_constraints": {}}
    assert analyze("a\n1\n", baseline_constraints=wrong).message == (
        f"baseline_constraints {tmp_path}/baseline_constraints.json is no constraints.json of data quality: "
        "it has no features"
    )
    assert analyze(ROWS, baseline_constraints=wrong, **REGRESSION).message == (
        f"baseline_constraints {tmp_path}/baseline_constraints.json is no constraints.json of model quality "
        "(Regression): it has no regression_constraints"
    )


def test_a_model_quality_baseline_without_a_threshold(analyze, tmp_path):
    wrong = {"regression_constraints": {"mae": {"comparison_operator": "GreaterThanThreshold"}}}
    assert analyze(ROWS, baseline_constraints=wrong, **REGRESSION).message == (
        f"baseline_constraints {tmp_path}/baseline_constraints.json is no constraints.json of model quality "
        "(Regression): an entry of its regression_constraints has no threshold"
    )


def test_an_unknown_drift_method(analyze):
    assert analyze("a\n1\n", categorical_drift_method="Cosine").message == (
        "categorical_drift_method is 'Cosine'; expected LInfinity or ChiSquared"
    )


@pytest.mark.parametrize("variable", ["dataset_source", "dataset_format"])
def test_a_missing_variable(analyze, variable):
    found = analyze("a\n1\n", **{variable: ""})
    assert (found.message, found.code) == (f"the environment variable {variable} is not set", 1)
