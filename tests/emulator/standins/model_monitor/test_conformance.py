"""Files that AWS's own analyzer made, recomputed (their source: data/README.md)."""

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
QUALITY, MODEL = DATA / "data_quality", DATA / "model_quality"
REGRESSION = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "Regression",
    "inference_attribute": "Label",
    "ground_truth_attribute": "Prediction",
}


def read(file):
    return json.loads(file.read_text())


def assert_close(found, expected, place="$"):
    """Equal, with floats to 1e-9 relative."""
    assert type(found) is type(expected), place
    if isinstance(expected, dict):
        assert list(found) == list(expected), place
        for name in expected:
            assert_close(found[name], expected[name], f"{place}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for index, pair in enumerate(zip(found, expected, strict=True)):
            assert_close(*pair, f"{place}[{index}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=0), place
    else:
        assert found == expected, place


def test_statistics_with_sketches_and_buckets_are_those_of_aws(analyze):
    found = analyze(QUALITY / "baseline_dataset.csv", {"csv": {"header": False}})
    assert_close(found.statistics, read(QUALITY / "statistics.json"))
    assert found.statistics["features"][0]["numerical_statistics"]["std_dev"] == pytest.approx(
        0.8330066026148891, rel=1e-9
    )


def test_suggested_constraints_are_those_of_aws(analyze):
    found = analyze(QUALITY / "baseline_dataset.csv", {"csv": {"header": False}})
    assert found.constraints == read(QUALITY / "constraints.json")
    assert (found.code, found.message, found.violations) == (
        0,
        "Completed: Job completed successfully with no violations.",
        None,
    )


def test_data_satisfy_the_baseline_that_aws_made_of_them(analyze):
    found = analyze(
        QUALITY / "baseline_dataset.csv",
        {"csv": {"header": False}},
        baseline_constraints=QUALITY / "constraints.json",
        baseline_statistics=QUALITY / "statistics.json",
    )
    assert found.message == "Completed: Job completed successfully with no violations."
    assert found.violations is None


def test_data_violate_the_constraints_that_aws_says_they_violate(analyze):
    found = analyze(
        QUALITY / "baseline_dataset.csv",
        {"csv": {"header": False}},
        baseline_constraints=QUALITY / "violated_constraints.json",
        baseline_statistics=QUALITY / "statistics.json",
    )
    assert found.code == 0
    assert found.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert found.violations == [
        {
            "feature_name": "_c5",
            "constraint_check_type": "data_type_check",
            "description": "Data type match requirement is not met. Expected data type: String, Expected "
            "match: 100.0%. Observed: Only 0.0% of data is String.",
        }
    ]


def test_model_quality_and_its_constraints_are_those_of_aws(analyze):
    found = analyze(MODEL / "baseline_dataset.csv", **REGRESSION)
    assert_close(found.statistics, read(MODEL / "statistics.json"))
    assert_close(found.constraints, read(MODEL / "constraints.json"))
    assert found.statistics["regression_metrics"]["r2"]["value"] == pytest.approx(
        -3.208758170289026, rel=1e-9
    )


def test_model_quality_that_differs_in_its_last_digit_violates_nothing(analyze):
    found = analyze(
        MODEL / "baseline_dataset.csv", baseline_constraints=MODEL / "constraints.json", **REGRESSION
    )
    assert found.message == "Completed: Job completed successfully with no violations."


def test_model_quality_worse_than_its_threshold_is_a_violation(analyze):
    found = analyze(
        MODEL / "baseline_dataset.csv", baseline_constraints=MODEL / "violated_constraints.json", **REGRESSION
    )
    (violation,) = found.violations
    value = found.statistics["regression_metrics"]["mse"]["value"]
    assert violation == {
        "constraint_check_type": "GreaterThanThreshold",
        "description": f"Metric mse with {value} was GreaterThanThreshold 0.03364933609800973",
        "metric_name": "mse",
    }


def test_a_column_of_one_text_is_as_in_the_sdks_file(analyze):
    # tests/data/monitor/statistics.json and constraints.json of the same repository.
    text = "preproc-not-YET-supported-for-csv-json"
    line = json.dumps({"message": text}) + "\n"
    found = analyze(line * 418, {"json": {"lines": True}})
    assert found.statistics == {
        "version": 0.0,
        "dataset": {"item_count": 418},
        "features": [
            {
                "name": "message",
                "inferred_type": "String",
                "string_statistics": {
                    "common": {"num_present": 418, "num_missing": 0},
                    "distinct_count": 1.0,
                    "distribution": {"categorical": {"buckets": [{"value": text, "count": 418}]}},
                },
            }
        ],
    }
    assert found.constraints["features"] == [
        {
            "name": "message",
            "inferred_type": "String",
            "completeness": 1.0,
            "string_constraints": {"domains": [text]},
        }
    ]


def test_the_share_of_a_type_is_printed_as_aws_prints_it(analyze):
    # The text and the number of the executed notebook sm-model_monitor_introduction (aws/amazon-sagemaker-
    # examples, Apache-2.0): 7 of 1,977 values were fractional.
    whole, broken = "3\n" * 1970, "3.5\n" * 7
    constraints = analyze(f"State_MI\n{whole}").constraints
    found = analyze(f"State_MI\n{whole}{broken}", baseline_constraints=constraints)
    assert found.violations == [
        {
            "feature_name": "State_MI",
            "constraint_check_type": "data_type_check",
            "description": "Data type match requirement is not met. Expected data type: Integral, Expected "
            "match: 100.0%. Observed: Only 99.64592817400101% of data is Integral.",
        }
    ]
