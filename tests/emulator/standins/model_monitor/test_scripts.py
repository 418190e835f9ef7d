"""Pre- and post-processing scripts of customers."""

import json

import pytest

CSV = {"csv": {"header": False}}


@pytest.fixture
def script(tmp_path):
    def write(text, name="script.py"):
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


def test_a_preprocessor_gets_each_line_and_returns_records(features, script):
    found = features(
        "1,x\n2,y\n3,z\n",
        CSV,
        record_preprocessor_script=script(
            "def preprocess_handler(record, logger):\n"
            "    number, text = record.split(',')\n"
            "    logger.info('a record')\n"
            "    if text == 'x':\n"
            "        return []\n"
            "    if text == 'y':\n"
            "        return {str(i).zfill(20): value for i, value in enumerate([int(number), text])}\n"
            "    return [{'0'.zfill(20): 1.5, '1'.zfill(20): None}] * 2\n"
        ),
    )
    assert list(found) == ["0" * 20, "0" * 19 + "1"]
    numbers, texts = found.values()
    assert numbers["numerical_statistics"]["sum"] == 5.0
    assert numbers["inferred_type"] == "Fractional"
    assert texts["string_statistics"]["common"] == {"num_present": 1, "num_missing": 2}


def test_a_header_line_is_no_record(features, script):
    found = features(
        "a,b\n1,2\n",
        {"csv": {"header": True}},
        record_preprocessor_script=script("def preprocess_handler(line): return {'length': len(line)}"),
    )
    assert found["length"]["numerical_statistics"]["common"]["num_present"] == 1


def test_a_preprocessor_gets_a_captured_request_as_an_object(features, script):
    record = {
        "captureData": {
            "endpointInput": {"data": "1,2", "encoding": "CSV", "mode": "INPUT"},
            "endpointOutput": {"data": "0.5", "encoding": "CSV", "mode": "OUTPUT"},
        },
        "groundTruthData": {"data": "1", "encoding": "CSV"},
        "eventMetadata": {"eventId": "e-1", "customAttributes": ["site=7"]},
        "eventVersion": "0",
    }
    found = features(
        json.dumps(record) + "\n",
        {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}},
        record_preprocessor_script=script(
            "def preprocess_handler(record):\n"
            "    return {\n"
            "        'input': record.endpoint_input.data,\n"
            "        'output': record.event_data.endpointOutput.data,\n"
            "        'truth': record.ground_truth.data,\n"
            "        'id': record.event_metadata.event_id,\n"
            "        'attribute': record.event_metadata.custom_attribute[0],\n"
            "        'version': record.event_version,\n"
            "    }\n"
        ),
    )
    assert {name: feature["inferred_type"] for name, feature in found.items()} == {
        "attribute": "String",
        "id": "String",
        "input": "String",
        "output": "Fractional",
        "truth": "Integral",
        "version": "Integral",
    }


def test_a_postprocessor_runs_when_the_files_are_written(analyze, script, tmp_path):
    output = tmp_path / "processing" / "output"
    found = analyze(
        "a\n1\n",
        post_analytics_processor_script=script(
            "from pathlib import Path\n"
            "def postprocess_handler():\n"
            f"    output = Path({str(output)!r})\n"
            "    (output / 'seen').write_text(' '.join(sorted(file.name for file in output.iterdir())))\n"
        ),
    )
    assert found.code == 0
    assert (output / "seen").read_text() == "constraints.json statistics.json"


@pytest.mark.parametrize(
    ("role", "text", "said"),
    [
        ("record_preprocessor_script", "x = 1", "script.py has no function preprocess_handler"),
        ("post_analytics_processor_script", "x = 1", "script.py has no function postprocess_handler"),
        ("record_preprocessor_script", "import nowhere", None),
        (
            "record_preprocessor_script",
            "def preprocess_handler(line): return line['x']",
            "script.py failed on data.csv, line 1: TypeError: string indices must be integers, not 'str'",
        ),
        (
            "record_preprocessor_script",
            "def preprocess_handler(line): return [1]",
            "script.py gave int for data.csv, line 1; preprocess_handler must return a dict, a list of "
            "dicts, or [] to drop the record",
        ),
        (
            "post_analytics_processor_script",
            "def postprocess_handler(): raise OSError('full')",
            "script.py failed: OSError: full",
        ),
    ],
)
def test_what_is_wrong_with_a_script_is_said(analyze, script, role, text, said):
    said = said or "script.py cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"
    found = analyze("1,2\n", CSV, **{role: script(text)})
    assert (found.code, found.message) == (1, f"{role} {said}")


def test_a_script_that_is_not_there_is_named(analyze, tmp_path):
    found = analyze("1,2\n", CSV, record_preprocessor_script=tmp_path / "none.py")
    assert (found.code, found.message) == (
        1,
        f"record_preprocessor_script {tmp_path}/none.py is not there; check the S3 URI of the script",
    )


def test_a_script_that_returns_nested_values_is_told_so(analyze, script):
    found = analyze(
        "1,2\n", CSV, record_preprocessor_script=script("def preprocess_handler(line): return {'a': [1]}")
    )
    assert found.message == (
        "data.csv, line 1: 'a' is not a plain value; records must be flat: flatten them, or give a "
        "record_preprocessor_script"
    )
