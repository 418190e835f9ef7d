import pytest

from penstock.deployment.report import scalars


@pytest.mark.parametrize(
    ("document", "metrics"),
    [
        (
            {
                "version": 0.0,
                "dataset": {"item_count": 600},
                "binary_classification_metrics": {
                    "confusion_matrix": {"0": {"0": 3}},
                    "auc": {"value": 0.93, "standard_deviation": "NaN"},
                    "f1": {"value": 0.7, "standard_deviation": "NaN"},
                    "f1_best_constant_classifier": {"value": 0.4, "standard_deviation": "NaN"},
                    "receiver_operating_characteristic_curve": {"true_positive_rates": [0, 1]},
                },
            },
            {"auc": 0.93, "f1": 0.7},
        ),
        ({"auc": 0.93, "good": True, "name": "x"}, {"auc": 0.93}),
        ([1, 2], {}),
        ("text", {}),
    ],
)
def test_the_metrics_of_a_property_file_are_its_numbers(document, metrics):
    assert scalars(document) == metrics
