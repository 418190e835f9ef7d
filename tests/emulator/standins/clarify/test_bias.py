"""Bias of data: AWS's own outputs, drift against them, facets and labels of all kinds."""

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
DATASET = (DATA / "dataset.csv").read_text()


def config(**changes) -> dict:
    """The configuration that AWS's analysis was made with."""
    return {
        "dataset_type": "text/csv",
        "headers": ["Label", "F1", "F2", "F3", "F4"],
        "label": "Label",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "F1", "value_or_threshold": [0.5]}],
        "group_variable": "F2",
        "methods": {"pre_training_bias": {"methods": "all"}},
        **changes,
    }


def small(**changes) -> dict:
    return {
        "headers": ["y", "sex", "age", "x"],
        "label": "y",
        "label_values_or_threshold": ["yes"],
        "facet": [{"name_or_index": "sex", "value_or_threshold": ["f"]}],
        "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}},
        **changes,
    }


SMALL = "yes,f,30.5,1\nno,f,41.5,2\nyes,m,52.5,3\nyes,m,20.5,4\n"


def values(section: dict, facet: str, group: int = 0) -> dict:
    return {metric["name"]: metric["value"] for metric in section["facets"][facet][group]["metrics"]}


def test_aws_own_analysis_is_reproduced(job):
    assert job.run(config(), DATASET) == 0
    assert job.message == "Completed: SageMaker XAI Analyzer ran successfully"
    expected = json.loads((DATA / "analysis.json").read_text())
    ours, theirs = (values(each["pre_training_bias_metrics"], "F1") for each in (job.analysis, expected))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=0)
    for document in (analysis := job.analysis, expected):
        for metric in document["pre_training_bias_metrics"]["facets"]["F1"][0]["metrics"]:
            del metric["value"]
    assert analysis == expected
    assert job.written() == {"analysis.json"}


def test_no_violation_against_aws_own_baseline(job, monkeypatch):
    monkeypatch.setenv("baseline_constraints", str(DATA / "analysis.json"))
    assert job.run(config(), DATASET) == 0
    assert job.written() == {"analysis.json"}


def test_a_metric_farther_from_neutral_than_the_baseline_is_a_violation(job, monkeypatch):
    monkeypatch.setenv("baseline_constraints", str(DATA / "analysis_lower_ks.json"))
    assert job.run(config(), DATASET) == 0
    assert job.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert json.loads(job.text("constraint_violations.json")) == {
        "version": "1.0",
        "violations": [
            {
                "facet": "F1",
                "facet_value": "(0.5, 0.9936148802477393]",
                "metric_name": "KS",
                "constraint_check_type": "bias_drift_check",
                "description": "Metric value 0.015297906602254496 doesn't meet the baseline constraint "
                "requirement 7.906602254496e-06",
            }
        ],
    }


def test_facets_by_value_by_index_and_by_threshold(job):
    facets = [
        {"name_or_index": 1, "value_or_threshold": ["f"]},
        {"name_or_index": "age", "value_or_threshold": [40]},
    ]
    assert job.run(small(facet=facets), SMALL) == 0
    section = job.analysis["pre_training_bias_metrics"]
    assert [group["value_or_threshold"] for group in section["facets"]["sex"]] == ["f"]
    assert [group["value_or_threshold"] for group in section["facets"]["age"]] == ["(40, 52.5]"]
    assert values(section, "sex") == {"CI": 0.0, "DPL": 0.5}


def test_a_categorical_facet_without_values_has_a_group_for_each(job):
    assert job.run(small(facet=[{"name_or_index": "sex"}]), SMALL) == 0
    section = job.analysis["pre_training_bias_metrics"]
    assert [group["value_or_threshold"] for group in section["facets"]["sex"]] == ["f", "m"]
    assert values(section, "sex", 1) == {"CI": 0.0, "DPL": -0.5}


def test_labels_of_several_values_and_of_a_threshold(job):
    rows = "a,f,1.5,1\nb,f,2.5,1\nc,m,3.5,2\na,m,4.5,2\n"
    assert job.run(small(label_values_or_threshold=["a", "b"]), rows) == 0
    section = job.analysis["pre_training_bias_metrics"]
    assert (section["label_value_or_threshold"], values(section, "sex")["DPL"]) == ("a,b", -0.5)
    assert job.run(small(label="age", label_values_or_threshold=[2]), rows) == 0
    section = job.analysis["pre_training_bias_metrics"]
    assert (section["label_value_or_threshold"], values(section, "sex")["DPL"]) == ("(2, 4.5]", 0.5)


def test_a_metric_without_a_value_says_why(job):
    assert job.run(small(methods={"pre_training_bias": {"methods": ["CDDL", "KL"]}}), SMALL) == 0
    (cddl, kl) = job.analysis["pre_training_bias_metrics"]["facets"]["sex"][0]["metrics"]
    assert (cddl["value"], cddl["error"]) == (None, "Group variable is empty or not provided")
    assert kl["value"] == pytest.approx(0.6931471805599453)


def test_an_infinite_metric_is_infinity(job):
    rows = "yes,f,1.5,1\nyes,f,2.5,1\nno,m,3.5,2\nyes,m,4.5,2\n"
    assert job.run(small(methods={"pre_training_bias": {"methods": ["KL"]}}), rows) == 0
    assert '"value": Infinity' in job.text("analysis.json")


def test_rows_without_a_facet_or_a_label_are_left_out(job, capsys):
    assert job.run(small(), SMALL + ",f,1.5,1\nyes,,1.5,1\n") == 0
    assert values(job.analysis["pre_training_bias_metrics"], "sex") == {"CI": 0.0, "DPL": 0.5}
    assert "facet sex: 2 rows without a value or a label are left out" in capsys.readouterr().out


def test_a_header_line_is_found(job):
    named = small()
    del named["headers"]
    assert job.run(named, "y,sex,age,x\n" + SMALL) == 0
    assert job.run(small(), "y,sex,age,x\n" + SMALL) == 0
    assert values(job.analysis["pre_training_bias_metrics"], "sex") == {"CI": 0.0, "DPL": 0.5}


def test_json_lines_have_features_and_label_at_paths(job):
    lines = [
        {"data": {"features": ["f", 1], "label": "yes"}},
        {"data": {"features": ["m", 2], "label": "no"}},
    ]
    settings = small(
        dataset_type="application/jsonlines",
        headers=["sex", "x", "y"],
        features="data.features",
        label="data.label",
    )
    assert job.run(settings, "\n".join(map(json.dumps, lines)), "data.jsonl") == 0
    section = job.analysis["pre_training_bias_metrics"]
    assert (section["label"], values(section, "sex")) == ("y", {"CI": 0.0, "DPL": -1.0})


def test_parquet_is_read(job, tmp_path):
    import pandas as pd

    table = pd.DataFrame({"y": ["yes", "no"], "sex": ["m", "f"], "age": [1.5, 2.5], "x": [1, 2]})
    table.to_parquet(tmp_path / "data.parquet")
    settings = small(dataset_type="application/x-parquet")
    del settings["headers"]
    assert job.run(settings, (tmp_path / "data.parquet").read_bytes(), "data.parquet") == 0
    assert values(job.analysis["pre_training_bias_metrics"], "sex") == {"CI": 0.0, "DPL": 1.0}


@pytest.mark.parametrize(
    ("changes", "rows", "message"),
    [
        (
            {"facet": [{"name_or_index": "gender", "value_or_threshold": ["f"]}]},
            SMALL,
            "facet: there is no column 'gender'; the columns are y, sex, age, x",
        ),
        (
            {},
            "yes,f,1.5,1\nno,f,2.5,1\n",
            "facet 'sex': every row has the value 'f'; there is no other group to compare with",
        ),
        (
            {"facet": [{"name_or_index": "sex", "value_or_threshold": ["x"]}]},
            SMALL,
            "facet 'sex': 'x' is not among its values: f, m",
        ),
        (
            {"facet": [{"name_or_index": "age", "value_or_threshold": [99]}]},
            SMALL,
            "facet 'age': no row is in (99, 52.5]; there are no two groups to compare",
        ),
        (
            {"facet": [{"name_or_index": "age"}]},
            SMALL,
            "facet 'age': its values are continuous; value_or_threshold must give a threshold",
        ),
        ({"label": "target"}, SMALL, "label: there is no column 'target'; the columns are y, sex, age, x"),
        ({"label_values_or_threshold": ["ja"]}, SMALL, "label 'y': 'ja' is not among its values: no, yes"),
        ({}, "", "data.csv is empty"),
        ({}, "y,sex,age,x\n", "data.csv has no rows"),
        ({}, "yes,f,30.5,1\nno,f,41.5\n", "data.csv, line 2: expected 4 columns, got 3"),
        ({}, "yes,f,30.5\nno,f,41.5\n", "data.csv, line 1: expected 4 columns, got 3"),
        (
            {},
            b"\xef\xbb\xbfyes,f,1,1\n",
            "data.csv begins with a byte order mark (UTF-8); save it as UTF-8 without",
        ),
        (
            {},
            "yes,f,1,1\n".encode("utf-16"),
            "data.csv begins with a byte order mark (UTF-16); save it as UTF-8 without",
        ),
        ({}, b"yes,f,1,1\nno,\xe9,1,1\n", "data.csv is not UTF-8 (byte 13)"),
        (
            {"methods": {"pre_training_bias": {"methods": ["DPPL"]}}},
            SMALL,
            "methods.pre_training_bias.methods: 'DPPL' is no metric; "
            "there are CDDL, CI, DPL, JS, KL, KS, LP, TVD",
        ),
        ({"facet": []}, SMALL, "analysis_config.json: facet is missing; bias metrics need it"),
        (
            {"segment_config": []},
            SMALL,
            "analysis_config.json: segment_config: this key is unknown, or not supported here",
        ),
    ],
)  # fmt: skip
def test_bad_input_ends_with_one_clear_message(job, changes, rows, message):
    assert job.run(small(**changes), rows) == 1
    assert job.message == message
    assert job.written() == set()


def test_a_missing_baseline_is_named(job, tmp_path, monkeypatch):
    monkeypatch.setenv("baseline_constraints", str(tmp_path / "earlier.json"))
    assert job.run(small(), SMALL) == 1
    assert job.message == "the baseline earlier.json is not there"
    (tmp_path / "earlier.json").write_text("{}")
    assert job.run(small(), SMALL) == 1
    assert job.message == "the baseline earlier.json is no analysis.json of Clarify: it has no metrics"
