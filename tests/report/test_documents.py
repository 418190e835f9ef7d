"""The files of checks and evaluations, sound and otherwise."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.report import documents
from penstock.report.model import (
    Attributions,
    Bias,
    BiasMetric,
    Bucket,
    Calibration,
    Curve,
    Feature,
    Metric,
    Violation,
)

EVALUATION = {
    "version": 0.0,
    "dataset": {"item_count": 7},
    "binary_classification_metrics": {
        "confusion_matrix": {"no": {"no": 3, "yes": 1}, "yes": {"no": 1, "yes": 2}},
        "auc": {"value": 0.9, "standard_deviation": "NaN"},
        "f1": {"value": 0.7, "standard_deviation": 0.02},
        "f1_best_constant_classifier": {"value": 0.4, "standard_deviation": 0.01},
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [0, "NaN", 1],
            "true_positive_rates": [0, 0.5, 1],
        },
        "precision_recall_curve": {"precisions": [1, 0.5], "recalls": [0, 1]},
    },
    "calibration": {"predicted": [0.2, 0.8], "observed": [0.25, 0.75], "rows": [4, 3]},
}


def test_an_evaluation_is_its_metrics_curves_and_matrix():
    quality = documents.quality("Evaluate", EVALUATION)
    assert (quality.step, quality.problem, quality.rows) == ("Evaluate", "binary classification", 7)
    assert quality.metrics == (Metric("auc", 0.9), Metric("f1", 0.7, 0.02, 0.4))
    assert (quality.labels, quality.confusion) == (("no", "yes"), ((3, 1), (1, 2)))
    assert quality.roc == Curve((0, 1), (0, 1))
    assert quality.precision_recall == Curve((0, 1), (1, 0.5))
    assert quality.calibration == Calibration((0.2, 0.8), (0.25, 0.75), (4, 3))


@pytest.mark.parametrize("document", [None, [], "x", {}, {"regression_metrics": {"mae": {}}}])
def test_what_has_no_metric_is_no_quality(document):
    assert documents.quality("Evaluate", document) is None


def test_a_profile_is_the_features_of_the_statistics():
    buckets = [{"lower_bound": 1, "upper_bound": 2.5, "count": 3.0}]
    common = {"num_present": 3, "num_missing": 1}
    numeric = {
        "common": common, "mean": 2.0, "sum": 6.0, "std_dev": 0.5, "min": 1.0, "max": 3.0,
        "distribution": {"kll": {"buckets": buckets}},
    }  # fmt: skip
    text = {
        "common": common,
        "distinct_count": 1.0,
        "distribution": {"categorical": {"buckets": [{"value": "a", "count": 3}]}},
    }
    found = documents.profile(
        "Check",
        {
            "version": 0.0,
            "dataset": {"item_count": 4},
            "features": [
                {"name": "n", "inferred_type": "Fractional", "numerical_statistics": numeric},
                {"name": "s", "inferred_type": "String", "string_statistics": text},
                {"name": "u", "inferred_type": "Unknown"},
            ],
        },
    )
    assert found.rows == 4
    assert found.features == (
        Feature("n", "Fractional", 3, 1, 2, 0.5, 1, 3, buckets=(Bucket(3, 1, 2.5),)),
        Feature("s", "String", 3, 1, distinct=1, buckets=(Bucket(3, value="a"),)),
        Feature("u", "Unknown", 0, 0),
    )


def test_a_model_quality_document_is_no_profile():
    assert documents.profile("Check", EVALUATION) is None


def test_the_bias_metrics_are_by_facet_and_group():
    metrics = [
        {"name": "DPL", "description": "Difference (DPL)", "value": 0.2},
        {"name": "KL", "description": "Divergence (KL)", "value": float("inf")},
        {"name": "CDDL", "description": "Disparity (CDDL)", "value": None, "error": "no group_variable"},
    ]
    section = {
        "label": "salary",
        "label_value_or_threshold": ">50K",
        "facets": {"sex": [{"value_or_threshold": "Female", "metrics": metrics}]},
    }
    assert list(documents.biases("Check", {"version": "1.0", "pre_training_bias_metrics": section})) == [
        Bias(
            "Check", "pre", "salary", ">50K", "sex", "Female",
            (
                BiasMetric("DPL", "Difference (DPL)", 0.2),
                BiasMetric("KL", "Divergence (KL)", None, "AWS says inf"),
                BiasMetric("CDDL", "Disparity (CDDL)", None, "no group_variable"),
            ),
        )
    ]  # fmt: skip


def test_attributions_are_sorted_by_size():
    values = {"age": 0.1, "job": -0.3, "odd": "NaN", "sex": 0.2}
    shap = {"label0": {"global_shap_values": values, "expected_value": 0.24}}
    assert list(documents.attributions("Explain", {"explanations": {"kernel_shap": shap}})) == [
        Attributions("Explain", "label0", 0.24, (("job", -0.3), ("sex", 0.2), ("age", 0.1)))
    ]


@pytest.mark.parametrize(
    ("entry", "subject"),
    [
        ({"feature_name": "age"}, "age"),
        ({"metric_name": "auc"}, "auc"),
        ({"facet": "sex", "facet_value": "Female", "metric_name": "CI"}, "CI, sex = Female"),
        ({"label": "label0", "metric_name": "shap"}, "shap, label0"),
    ],
)
def test_a_violation_names_what_it_is_of(entry, subject):
    document = {"violations": [{**entry, "constraint_check_type": "check", "description": "found"}]}
    found = documents.violations("Check", "s3://bucket/file", document)
    assert found.entries == (Violation(subject, "check", "found"),)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
PLACES = (
    ("features",),
    ("dataset",),
    ("violations",),
    ("calibration",),
    ("binary_classification_metrics", "auc"),
    ("binary_classification_metrics", "confusion_matrix"),
    ("binary_classification_metrics", "precision_recall_curve"),
    ("pre_training_bias_metrics", "facets"),
    ("explanations", "kernel_shap"),
)


@given(st.sampled_from(PLACES), anything)
def test_no_document_breaks_the_report(place, value):
    document = json.loads(json.dumps(EVALUATION))
    inner = document
    for key in place[:-1]:
        inner = inner.setdefault(key, {})
    inner[place[-1]] = value
    documents.quality("Step", document)
    documents.profile("Step", document)
    documents.violations("Step", "uri", document)
    list(documents.biases("Step", document))
    list(documents.attributions("Step", document))
