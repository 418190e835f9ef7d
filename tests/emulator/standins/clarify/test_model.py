"""What needs a model: predictions through the shadow endpoint, SHAP, partial dependence, the report."""

import csv
import io
import json
import math
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

ROWS = "\n".join(f"{int(x > 2)},{x},{kind},{z}.5" for x in range(6) for z, kind in enumerate("ab")) + "\n"


def scored(body: str) -> str:
    """A model that adds: 0.1 for each x, 0.3 for kind b; z counts nothing."""
    rows = csv.reader(io.StringIO(body))
    return "\n".join(str(0.1 * float(x) + 0.3 * (kind == "b")) for x, kind, _ in rows)


def with_classes(body: str) -> str:
    """The label and a list of probabilities, as Autopilot's models answer."""
    scores = [min(float(line), 1.0) for line in scored(body).splitlines()]
    return "\n".join(f'{int(score > 0.5)},"[{1 - score}, {score}]"' for score in scores)


def config(methods: dict, asking: dict | None = None, **changes) -> dict:
    return {
        "dataset_type": "text/csv",
        "headers": ["y", "x", "kind", "z"],
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "kind", "value_or_threshold": ["b"]}],
        "methods": methods,
        "predictor": {"model_name": "adder", "instance_type": "ml.m5.large", **(asking or {})},
        **changes,
    }


SHAP = {"baseline": [[0, "a", 0.5]], "num_samples": 50, "seed": 1}


def test_shap_values_of_a_sum_are_its_terms(job, sagemaker):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": SHAP}), ROWS) == 0
    assert job.message == "Completed: SageMaker XAI Analyzer ran successfully"
    (label,) = job.analysis["explanations"]["kernel_shap"].items()
    assert label[0] == "label0"
    assert label[1]["expected_value"] == 0
    assert label[1]["global_shap_values"] == pytest.approx({"x": 0.25, "kind": 0.15, "z": 0}, abs=1e-9)
    lines = list(csv.reader(io.StringIO(job.text("explanations_shap/out.csv"))))
    assert lines[0] == ["x_label0", "kind_label0", "z_label0"]
    assert [float(value) for value in lines[-1]] == pytest.approx([0.5, 0.3, 0.0], abs=1e-9)
    # No baseline was made.
    assert job.written() == {"analysis.json", "explanations_shap/out.csv"}


def test_one_request_for_each_row_and_two_more(job, sagemaker):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": SHAP}), ROWS) == 0
    # The rows themselves; the baseline; the six rows that differ from it in more than one feature.
    assert sagemaker.asked[0].splitlines()[:2] == ["0,a,0.5", "0,b,1.5"]
    assert sagemaker.asked[1] == "0,a,0.5"
    assert len(sagemaker.asked) == 2 + 6


def test_the_shadow_endpoint_is_made_used_and_deleted(job, sagemaker):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": SHAP}), ROWS) == 0
    operations = [operation for operation, _ in sagemaker.calls]
    assert operations == [
        "CreateEndpointConfig",
        "CreateEndpoint",
        "DescribeEndpoint",
        "DescribeEndpoint",
        "DeleteEndpoint",
        "DeleteEndpointConfig",
    ]
    created, endpoint = sagemaker.calls[0][1], sagemaker.calls[1][1]
    assert re.fullmatch(r"sm-clarify-config-\d{10}-[0-9a-f]{4}", created["EndpointConfigName"])
    assert re.fullmatch(r"sm-clarify-adder-\d{10}-[0-9a-f]{4}", endpoint["EndpointName"])
    assert created["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": "adder",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
    ]
    assert (sagemaker.endpoints, sagemaker.configurations) == ({}, {})


def test_the_model_can_be_named_by_the_environment(job, sagemaker, monkeypatch):
    sagemaker.models["adder"] = scored
    monkeypatch.setenv("model_name", "adder")
    assert job.run(config({"shap": SHAP}, {"model_name": None}), ROWS) == 0


def test_a_label_for_each_probability(job, sagemaker):
    sagemaker.models["adder"] = with_classes
    predictor = {"label": 0, "probability": 1, "label_headers": ["no", "yes"]}
    assert job.run(config({"shap": SHAP}, predictor), ROWS) == 0
    found = job.analysis["explanations"]["kernel_shap"]
    assert list(found) == ["no", "yes"]
    assert found["no"]["global_shap_values"] == pytest.approx({"x": 0.25, "kind": 0.15, "z": 0}, abs=1e-9)
    header = job.text("explanations_shap/out.csv").splitlines()[0]
    assert header == "x_no,kind_no,z_no,x_yes,kind_yes,z_yes"


@pytest.mark.parametrize(
    ("method", "expected"),
    [("median", {"x": 0.25, "kind": 0.15}), ("mean_sq", {"x": 11 / 120, "kind": 0.045})],
)
def test_rows_are_aggregated_as_asked(job, sagemaker, method, expected):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": {**SHAP, "agg_method": method}}), ROWS) == 0
    found = job.analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert found == pytest.approx({**expected, "z": 0}, abs=1e-9)


def test_a_baseline_is_made_by_clustering_when_none_is_given(job, sagemaker):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": {"num_clusters": 2, "save_local_shap_values": False}}), ROWS) == 0
    lines = list(csv.reader(io.StringIO(job.text("explanations_shap/baseline.csv"))))
    assert lines[0] == ["x", "kind", "z"]
    assert sorted(lines[1:], key=lambda line: line[1]) == [["2.5", "a", "0.5"], ["2.5", "b", "1.5"]]
    assert job.written() == {"analysis.json", "explanations_shap/baseline.csv"}


def test_a_baseline_can_be_an_object(job, sagemaker):
    sagemaker.models["adder"] = scored
    sagemaker.objects["shap/baseline.csv"] = "x,kind,z\n1,a,0.5\n"
    assert job.run(config({"shap": {**SHAP, "baseline": "s3://any/shap/baseline.csv"}}), ROWS) == 0
    found = job.analysis["explanations"]["kernel_shap"]["label0"]
    assert found["expected_value"] == pytest.approx(0.1)


def test_an_object_that_is_not_there_is_named(job, sagemaker):
    assert job.run(config({"shap": {**SHAP, "baseline": "s3://any/other.csv"}}), ROWS) == 1
    assert job.message == "nothing is at s3://any/other.csv"


def test_logit_needs_probabilities(job, sagemaker):
    sagemaker.models["adder"] = lambda body: "\n".join(line.split(",")[0] for line in body.splitlines())
    assert job.run(config({"shap": {**SHAP, "use_logit": True}}), ROWS) == 1
    assert job.message == "methods.shap.use_logit needs probabilities; the model answered with 5.0"


def test_shap_values_in_log_odds(job, sagemaker):
    sagemaker.models["adder"] = lambda body: "\n".join(
        "1" if line.startswith("5") else "0.5" for line in body.splitlines()
    )
    assert job.run(config({"shap": {**SHAP, "use_logit": True}}), ROWS) == 0
    found = job.analysis["explanations"]["kernel_shap"]["label0"]
    assert found["expected_value"] == 0
    # Two of twelve rows are certain, which counts as one in a billion.
    assert found["global_shap_values"]["x"] == pytest.approx(math.log(1e9) / 6)


def test_the_identifier_goes_to_no_model_and_comes_last(job, sagemaker):
    sagemaker.models["adder"] = lambda body: "\n".join(line.split(",")[0] for line in body.splitlines())
    settings = config(
        {"shap": {**SHAP, "baseline": [[0]]}}, joinsource_name_or_index="kind", excluded_columns=["z"]
    )
    assert job.run(settings, ROWS) == 0
    assert job.text("explanations_shap/out.csv").splitlines()[0] == "x_label0,kind"
    assert sagemaker.asked[0].splitlines()[:3] == ["0", "0", "1"]


def test_partial_dependence_of_numbers_and_categories(job, sagemaker):
    sagemaker.models["adder"] = scored
    pdp = {"features": ["x", 1], "grid_resolution": 3}
    assert job.run(config({"pdp": pdp}), ROWS) == 0
    x, kind = job.analysis["explanations"]["pdp"]
    assert (x["feature_name"], x["data_type"], x["feature_values"]) == ("x", "numerical", [0, 2.5, 5])
    assert x["model_predictions"][0] == pytest.approx([0.15, 0.4, 0.65])
    assert x["data_distribution"] == pytest.approx([4 / 12, 4 / 12, 4 / 12])
    assert (kind["data_type"], kind["feature_values"], kind["data_distribution"]) == (
        "categorical", ["a", "b"], [0.5, 0.5],
    )  # fmt: skip
    assert kind["model_predictions"][0] == pytest.approx([0.25, 0.55])


def test_partial_dependence_follows_shap_when_no_features_are_named(job, sagemaker):
    sagemaker.models["adder"] = scored
    assert job.run(config({"shap": SHAP, "pdp": {"top_k_features": 2, "grid_resolution": 2}}), ROWS) == 0
    assert [entry["feature_name"] for entry in job.analysis["explanations"]["pdp"]] == ["x", "kind"]


def post(job, name: str) -> float:
    (group,) = job.analysis["post_training_bias_metrics"]["facets"]["kind"]
    return next(metric["value"] for metric in group["metrics"] if metric["name"] == name)


BIAS = {"post_training_bias": {"methods": "all"}, "pre_training_bias": {"methods": "all"}}


@pytest.mark.parametrize(
    ("model", "predictor"),
    [
        # One score: above the threshold is 1.
        (scored, {}),
        # The label itself.
        (with_classes, {"label": 0}),
        # The header of the highest probability.
        (with_classes, {"probability": 1, "label_headers": [0, 1]}),
    ],
)
def test_post_training_bias_of_the_models_labels(job, sagemaker, model, predictor):
    sagemaker.models["adder"] = model
    assert job.run(config(BIAS, predictor), ROWS) == 0
    # Of a, x > 5 would be needed: 0 of 6; of b, x > 2: 3 of 6.
    assert (post(job, "DPPL"), post(job, "AD")) == (-0.5, -0.5)
    assert list(job.analysis) == ["version", "post_training_bias_metrics", "pre_training_bias_metrics"]


def test_the_threshold_itself_is_not_above_it(job, sagemaker):
    sagemaker.models["adder"] = lambda body: "\n".join(line.split(",")[0] for line in body.splitlines())
    assert job.run(config(BIAS, probability_threshold=3), ROWS) == 0
    # 4 and 5 of 0 to 5 in either group.
    assert (post(job, "DPPL"), post(job, "RD"), post(job, "DI")) == (0, 0, 1)


def test_labels_that_were_predicted_before_need_no_model(job):
    rows = "".join(f"{line},{int('b' in line)}\n" for line in ROWS.splitlines())
    settings = config(BIAS, headers=["y", "x", "kind", "z", "said"], predicted_label="said")
    assert job.run(settings, rows) == 0
    assert post(job, "DPPL") == -1


def test_labels_and_facets_can_be_data_sets_of_their_own(job, sagemaker):
    lines = ROWS.splitlines()
    sagemaker.objects["said.csv"] = "".join(f"{int(',b,' in line)}\n" for line in lines)
    sagemaker.objects["kinds.csv"] = "".join(f"{line.split(',')[2]}\n" for line in lines)
    rows = "".join(f"{y},{x},{z}\n" for y, x, _, z in (line.split(",") for line in lines))
    settings = config(
        BIAS,
        headers=["y", "x", "z"],
        predicted_label_dataset_uri="s3://any/said.csv",
        predicted_label_headers=["said"],
        facet_dataset_uri="s3://any/kinds.csv",
        facet_headers=["kind"],
    )
    assert job.run(settings, rows) == 0
    assert (post(job, "DPPL"), sagemaker.calls) == (-1, [])
    sagemaker.objects["said.csv"] = "1\n0\n"
    assert job.run(settings, rows) == 1
    assert job.message == "predicted_label_dataset_uri has 2 rows, the data set 12"


def test_json_lines_by_template_and_path(job, sagemaker):
    def model(body: str) -> str:
        rows = [json.loads(line)["row"] for line in body.splitlines()]
        return "\n".join(json.dumps({"said": {"score": [row["x"] / 10]}}) for row in rows)

    sagemaker.models["adder"] = model
    predictor = {
        "content_type": "application/jsonlines",
        "accept_type": "application/jsonlines",
        "content_template": '{"row": $features_kvp}',
        "probability": "said.score",
    }
    assert job.run(config({"shap": SHAP}, predictor), ROWS) == 0
    assert sagemaker.asked[0].splitlines()[1] == '{"row": {"x": 0, "kind": "b", "z": 1.5}}'
    found = job.analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert found == pytest.approx({"x": 0.25, "kind": 0, "z": 0}, abs=1e-9)


def test_json_of_all_records(job, sagemaker):
    def model(body: str) -> str:
        return json.dumps({"predictions": [{"score": row[0] / 10} for row in json.loads(body)["instances"]]})

    sagemaker.models["adder"] = model
    predictor = {
        "content_type": "application/json",
        "accept_type": "application/json",
        "content_template": '{"instances": $records}',
        "record_template": "$features",
        "probability": "predictions[*].score",
    }
    assert job.run(config({"shap": SHAP}, predictor), ROWS) == 0
    assert json.loads(sagemaker.asked[0])["instances"][1] == [0, "b", 1.5]


def test_an_order_of_features_that_changed_is_a_violation(job, sagemaker, tmp_path, monkeypatch):
    sagemaker.models["adder"] = scored
    values = {"x": 0.05, "kind": 0.2, "z": 0.9}
    earlier = {"explanations": {"kernel_shap": {"label0": {"global_shap_values": values}}}}
    (tmp_path / "earlier.json").write_text(json.dumps(earlier))
    monkeypatch.setenv("baseline_constraints", str(tmp_path / "earlier.json"))
    assert job.run(config({"shap": SHAP}), ROWS) == 0
    (violation,) = json.loads(job.text("constraint_violations.json"))["violations"]
    # (0.05 + 0.2 / log2 3 + 0.9 / 2) / (0.9 + 0.2 / log2 3 + 0.05 / 2)
    score = float(violation.pop("description").removeprefix("Feature attribution drift ").split()[0])
    assert score == pytest.approx(0.595, abs=1e-3)
    assert violation == {
        "label": "label0",
        "metric_name": "shap",
        "constraint_check_type": "feature_attribution_drift_check",
    }


def test_the_report_is_one_page_with_plots_that_shows_the_data_as_text(job, sagemaker):
    sagemaker.models["adder"] = scored
    methods = {**BIAS, "shap": SHAP, "pdp": {"features": ["x", "<b>kind"]}, "report": {"title": "A & B"}}
    settings = config(methods, headers=["y", "x", "<b>kind", "z"])
    settings["facet"][0]["name_or_index"] = "<b>kind"
    assert job.run(settings, ROWS) == 0
    page = job.text("report.html")
    assert "<title>A &amp; B</title>" in page
    assert "<b>kind" not in page
    assert page.count("<svg") == 5
    assert "Difference in Positive Proportions in Labels (DPL)" in page
    for outside in ("<script", "src=", "@import"):
        assert outside not in page


@pytest.mark.parametrize(
    ("model", "predictor", "message"),
    [
        (
            lambda body: "0.5\n0.5",
            {},
            "the model answered 12 rows with 2 predictions: '0.5'",
        ),
        (
            lambda body: "1,0.5\n" * 12,
            {},
            "the model answered with 2 columns: '1,0.5'; predictor.label or predictor.probability must say "
            "which one counts",
        ),
        (lambda body: "1,0.5\n" * 12, {"probability": 2}, "the model's answer has no column 2: '1,0.5'"),
        (
            lambda body: "good\n" * 12,
            {},
            "the model answered with 'good' where a score, or a list of scores, is expected",
        ),
        (
            lambda body: "nan\n" * 12,
            {},
            "the model answered with 'nan' where a score, or a list of scores, is expected",
        ),
        (
            with_classes,
            {"probability": 1, "label_headers": ["only"]},
            "predictor.label_headers has 1 names, the model answered with 2 scores",
        ),
        (
            lambda body: int("no number"),
            {},
            "the model did not answer: Received client error (400) from primary with message "
            "\"invalid literal for int() with base 10: 'no number'\"",
        ),
        (
            scored,
            {"model_name": "other"},
            'no endpoint can be made of the model other: Could not find model "other".',
        ),
        (
            scored,
            {"model_name": None},
            "predictor: neither model_name nor endpoint_name says which model to ask",
        ),
        (
            scored,
            {"content_type": "application/jsonlines"},
            "predictor.content_template is missing; application/jsonlines needs it",
        ),
        (
            scored,
            {"label": "said"},
            "predictor.label is 'said'; in an answer of text/csv it must be the place of a column, from 0",
        ),
    ],
)
def test_a_model_that_cannot_be_used_ends_with_one_clear_message(job, sagemaker, model, predictor, message):
    sagemaker.models["adder"] = model
    assert job.run(config({"shap": SHAP}, predictor), ROWS) == 1
    assert job.message == message
    assert (sagemaker.endpoints, sagemaker.configurations) == ({}, {})


def test_a_job_that_is_stopped_deletes_its_endpoint(job, sagemaker):
    asked = threading.Event()

    def slow(body: str) -> str:
        asked.set()
        time.sleep(20)
        return body

    sagemaker.models["adder"] = slow
    job.write(config({"pdp": {"features": ["x"]}}), ROWS)
    command = [sys.executable, "-m", "penstock.emulator.standins.clarify.analyze", str(job.ml)]
    with subprocess.Popen(command, cwd=ROOT) as program:
        assert asked.wait(60)
        assert len(sagemaker.endpoints) == 1
        program.terminate()
        assert program.wait(20) == 143
    assert (sagemaker.endpoints, sagemaker.configurations) == ({}, {})


def test_an_endpoint_that_fails_is_deleted(job, sagemaker):
    sagemaker.models["adder"] = scored
    sagemaker.failure = "the model server does not start"
    assert job.run(config({"shap": SHAP}), ROWS) == 1
    assert job.message == "the endpoint of the model adder failed: the model server does not start"
    assert (sagemaker.endpoints, sagemaker.configurations) == ({}, {})


@pytest.mark.parametrize(
    ("methods", "changes", "message"),
    [
        (
            {"shap": {**SHAP, "baseline": [[0, "a"]]}},
            {},
            "methods.shap.baseline, row 1: expected 3 values, for x, kind, z, got 2",
        ),
        (
            {"pdp": {"features": ["age"]}},
            {},
            "methods.pdp.features: there is no column 'age'; the columns are x, kind, z",
        ),
        (
            {"pdp": {}},
            {},
            "analysis_config.json: methods.pdp.features is missing; without shap nothing else chooses them",
        ),
        (
            {"shap": {}},
            {"predictor": None},
            "analysis_config.json: predictor is missing; predictions of a model need it",
        ),
    ],
)
def test_a_configuration_that_cannot_be_followed_asks_no_model(job, sagemaker, methods, changes, message):
    assert job.run(config(methods, **changes), ROWS) == 1
    assert job.message == message
    assert sagemaker.calls == []


def test_labels_that_the_data_does_not_know_are_named(job, sagemaker):
    sagemaker.models["adder"] = scored
    rows = ROWS.replace("\n0", "\nno").replace("\n1", "\nyes").replace("0,0,a", "no,0,a")
    assert job.run(config(BIAS, label_values_or_threshold=["yes"]), rows) == 1
    assert job.message == (
        "the model's labels (0, 1) are none of the label column's (no, yes): predictor.label, probability, "
        "label_headers and probability_threshold say how they are found"
    )
