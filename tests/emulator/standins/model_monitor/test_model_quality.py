import math

import numpy as np
import pytest
from sklearn import metrics as sk

BINARY = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "ground_truth_attribute": "truth",
}
MULTICLASS = {**BINARY, "problem_type": "MulticlassClassification", "inference_attribute": "predicted"}
REGRESSION = {**BINARY, "problem_type": "Regression", "inference_attribute": "predicted"}


def table(**columns):
    rows = zip(*columns.values(), strict=True)
    return ",".join(columns) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def values(section):
    return {
        name: metric["value"]
        for name, metric in section.items()
        if isinstance(metric, dict) and "value" in metric
    }


def test_binary_metrics(analyze):
    truth, predicted = [1, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0]
    score = [0.9, 0.8, 0.7, 0.1, 0.45, 0.2]
    found = analyze(
        table(truth=truth, predicted=predicted, score=score),
        inference_attribute="predicted",
        probability_attribute="score",
        **BINARY,
    )
    section = found.statistics["binary_classification_metrics"]
    assert found.statistics["dataset"] == {"item_count": 6}
    assert section["confusion_matrix"] == {"0": {"0": 2, "1": 2}, "1": {"0": 1, "1": 1}}
    assert values(section) == pytest.approx(
        {
            "recall": 0.5,
            "precision": 1 / 3,
            "accuracy": 0.5,
            "f0_5": sk.fbeta_score(truth, predicted, beta=0.5),
            "f1": 0.4,
            "f2": sk.fbeta_score(truth, predicted, beta=2),
            "true_positive_rate": 0.5,
            "true_negative_rate": 0.5,
            "false_positive_rate": 0.5,
            "false_negative_rate": 0.5,
            "auc": sk.roc_auc_score(truth, score),
            "recall_best_constant_classifier": 1.0,
            "precision_best_constant_classifier": 1 / 3,
            "accuracy_best_constant_classifier": 1 / 3,
            "f0_5_best_constant_classifier": sk.fbeta_score(truth, [1] * 6, beta=0.5),
            "f1_best_constant_classifier": 0.5,
            "f2_best_constant_classifier": sk.fbeta_score(truth, [1] * 6, beta=2),
        }
    )
    assert {metric["standard_deviation"] for metric in section.values() if "value" in metric} == {"NaN"}
    roc = section["receiver_operating_characteristic_curve"]
    assert (roc["false_positive_rates"][0], roc["true_positive_rates"][-1]) == (0.0, 1.0)
    assert np.trapezoid(roc["true_positive_rates"], roc["false_positive_rates"]) == pytest.approx(
        section["auc"]["value"]
    )
    curve = section["precision_recall_curve"]
    assert (curve["precisions"][-1], curve["recalls"][-1]) == (1.0, 0.0)


def test_binary_constraints_are_the_baselines_own_values(analyze):
    rows = table(truth=[1, 0, 1, 0], predicted=[1, 1, 1, 0])
    found = analyze(rows, inference_attribute="predicted", **BINARY)
    section = found.constraints["binary_classification_constraints"]
    less = {name for name, entry in section.items() if entry["comparison_operator"] == "LessThanThreshold"}
    assert set(section) - less == {"false_positive_rate", "false_negative_rate"}
    assert section["precision"] == {"threshold": 2 / 3, "comparison_operator": "LessThanThreshold"}
    assert not any(name.endswith("best_constant_classifier") for name in section)
    again = analyze(rows, inference_attribute="predicted", baseline_constraints=found.constraints, **BINARY)
    assert again.violations is None


def test_a_worse_model_violates_the_baseline(analyze):
    good = analyze(
        table(truth=[1, 0, 1, 0], predicted=[1, 0, 1, 0]), inference_attribute="predicted", **BINARY
    )
    found = analyze(
        table(truth=[1, 0, 1, 0], predicted=[1, 1, 1, 0]),
        inference_attribute="predicted",
        baseline_constraints=good.constraints,
        **BINARY,
    )
    assert found.message == "CompletedWithViolations: Job completed successfully with 7 violations."
    assert {
        "constraint_check_type": "GreaterThanThreshold",
        "description": "Metric false_positive_rate with 0.5 was GreaterThanThreshold 0.0",
        "metric_name": "false_positive_rate",
    } in found.violations


def test_a_probability_above_the_threshold_is_a_positive_prediction(analyze):
    found = analyze(
        table(truth=["no", "yes", "yes"], score=[0.3, 0.4, 0.3]),
        probability_attribute="score",
        probability_threshold_attribute="0.3",
        **BINARY,
    )
    assert found.statistics["binary_classification_metrics"]["confusion_matrix"] == {
        "no": {"no": 1, "yes": 0},
        "yes": {"no": 1, "yes": 1},
    }


def test_multiclass_metrics_are_weighted_by_class(analyze):
    truth, predicted = list("aabbbccccc"), list("abbbcccccb")
    found = analyze(table(truth=truth, predicted=predicted), **MULTICLASS)
    section = found.statistics["multiclass_classification_metrics"]
    assert section["confusion_matrix"]["c"] == {"a": 0, "b": 1, "c": 4}
    for name, score in (("recall", sk.recall_score), ("precision", sk.precision_score), ("f1", sk.f1_score)):
        expected = score(truth, predicted, average="weighted")
        assert section[f"weighted_{name}"]["value"] == pytest.approx(expected)
    assert section["accuracy"]["value"] == 0.7
    assert section["accuracy_best_constant_classifier"]["value"] == 0.5
    constraints = found.constraints["multiclass_classification_constraints"]
    assert {entry["comparison_operator"] for entry in constraints.values()} == {"LessThanThreshold"}


def test_the_constant_class_is_1_as_in_the_guides_sample(analyze):
    # 406 of 2,096: the guide's sample of multiclass statistics.
    truth = [1] * 406 + [0] * 1690
    found = analyze(table(truth=truth, predicted=truth), **MULTICLASS)
    section = found.statistics["multiclass_classification_metrics"]
    assert section["accuracy_best_constant_classifier"]["value"] == pytest.approx(0.1937022900763359)


def test_labels_that_differ_only_in_how_they_are_written_are_one(analyze):
    found = analyze(table(truth=["1.0", "0.0"], predicted=[1, 0]), inference_attribute="predicted", **BINARY)
    assert found.statistics["binary_classification_metrics"]["accuracy"]["value"] == 1.0


def test_from_200_rows_on_there_are_deviations_that_repeat(analyze):
    random = np.random.default_rng(0)
    truth = random.normal(size=200)
    rows = table(truth=truth, predicted=truth + random.normal(size=200) / 10)
    first = analyze(rows, **REGRESSION).statistics
    deviations = [metric["standard_deviation"] for metric in first["regression_metrics"].values()]
    assert all(isinstance(deviation, float) and 0 < deviation < 0.1 for deviation in deviations)
    assert analyze(rows, **REGRESSION).statistics == first


def test_a_metric_that_is_undefined_is_nan_and_constrains_nothing(analyze):
    found = analyze(table(truth=[2, 2], predicted=[1, 3]), **REGRESSION)
    assert found.statistics["regression_metrics"]["r2"]["value"] == "NaN"
    assert set(found.constraints["regression_constraints"]) == {"mae", "mse", "rmse"}


def test_rows_without_an_answer_are_left_out(analyze):
    found = analyze(table(truth=[1, "", 3], predicted=[1, 2, ""]), **REGRESSION)
    assert found.statistics["dataset"]["item_count"] == 1


def test_columns_without_names_are_named_by_their_number(analyze):
    environment = {**REGRESSION, "ground_truth_attribute": "0", "inference_attribute": "_c1"}
    found = analyze("1,2\n3,3\n", {"csv": {"header": False}}, **environment)
    assert found.statistics["regression_metrics"]["mae"]["value"] == 0.5


def test_merged_captures_hold_answer_and_truth(analyze):
    line = (
        '{"captureData": {"endpointOutput": {"data": "%s", "encoding": "CSV"}}, '
        '"groundTruthData": {"data": "%s", "encoding": "CSV"}, "eventVersion": "0"}\n'
    )
    found = analyze(
        line % ("0.9", "1") + line % ("0.2", "0"),
        {"sagemakerCaptureJson": {"captureIndexNames": ["endpointOutput"]}},
        analysis_type="MODEL_QUALITY",
        problem_type="BinaryClassification",
        probability_attribute="0",
    )
    assert found.statistics["binary_classification_metrics"]["auc"]["value"] == 1.0
    assert math.isclose(found.statistics["binary_classification_metrics"]["accuracy"]["value"], 1.0)
