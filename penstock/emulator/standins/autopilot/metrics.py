"""How good predictions are: Autopilot's metrics, and the model-insights report.

The report has Model Monitor's model quality schema (facts/monitor-and-clarify.md, 5).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics as sk

from penstock.emulator.standins.autopilot.problem import BINARY, REGRESSION, Problem

# Confusion matrices show at most 15 labels (facts/automl.md, 4).
_MOST_LABELS = 15
# A curve is a picture: more points than this tell nothing more.
_CURVE_POINTS = 200
# With fewer rows the standard deviation is "NaN" (facts/monitor-and-clarify.md, 5).
_FEWEST_ROWS_FOR_DEVIATION = 200


@dataclass(frozen=True)
class Predictions:
    """For n rows: the truth and the prediction, as class numbers (n,) into `labels`, or as quantities;
    `probabilities` (n, classes) for classes. The last label of a binary problem is the positive one."""

    problem: Problem
    truth: np.ndarray
    predicted: np.ndarray
    labels: list[str]
    probabilities: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Predictions":
        chosen = None if self.probabilities is None else self.probabilities[rows]
        return Predictions(self.problem, self.truth[rows], self.predicted[rows], self.labels, chosen)


def candidate_metrics(predictions: Predictions) -> dict[str, float]:
    """By StandardMetricName (facts/automl.md, 2), all but InferenceLatency."""
    truth, predicted = predictions.truth, predictions.predicted
    if predictions.problem is REGRESSION:
        found = _regression(truth, predicted)
        return {"MAE": found["mae"], "MSE": found["mse"], "R2": found["r2"], "RMSE": found["rmse"]}
    assert predictions.probabilities is not None
    every = range(len(predictions.labels))
    common = {
        "Accuracy": sk.accuracy_score(truth, predicted),
        "BalancedAccuracy": sk.recall_score(
            truth, predicted, average="macro", labels=np.unique(truth), zero_division=0
        ),
        "LogLoss": sk.log_loss(truth, predictions.probabilities, labels=every),
    }
    if predictions.problem is BINARY:
        own = {
            "AUC": _auc(truth, predictions.probabilities[:, 1]),
            "F1": sk.f1_score(truth, predicted, zero_division=0),
            "Precision": sk.precision_score(truth, predicted, zero_division=0),
            "Recall": sk.recall_score(truth, predicted, zero_division=0),
        }
    else:
        own = {
            "F1macro": sk.f1_score(truth, predicted, average="macro", zero_division=0),
            "PrecisionMacro": sk.precision_score(truth, predicted, average="macro", zero_division=0),
            "RecallMacro": sk.recall_score(truth, predicted, average="macro", zero_division=0),
        }
    # What is not defined for this data (AUC where one class is absent) is left out.
    return {name: float(value) for name, value in {**common, **own}.items() if np.isfinite(value)}


def insights(predictions: Predictions) -> dict[str, Any]:
    """The model-insights report, statistics.json."""
    section, figures = _figures(predictions)
    deviations = _deviations(predictions)
    report: dict[str, Any] = {
        name: {"value": value, "standard_deviation": deviations.get(name, "NaN")}
        for name, value in figures.items()
    }
    if predictions.problem is not REGRESSION:
        report = {"confusion_matrix": _confusion_matrix(predictions), **report}
    if predictions.problem is BINARY and predictions.probabilities is not None:
        report |= _curves(predictions.truth, predictions.probabilities[:, 1])
    return {"version": 0.0, "dataset": {"item_count": len(predictions.truth)}, section: report}


def _figures(predictions: Predictions) -> tuple[str, dict[str, float]]:
    truth, predicted = predictions.truth, predictions.predicted
    if predictions.problem is REGRESSION:
        return "regression_metrics", _regression(truth, predicted)
    if predictions.problem is BINARY:
        assert predictions.probabilities is not None
        return "binary_classification_metrics", _binary(truth, predicted, predictions.probabilities[:, 1])
    return "multiclass_classification_metrics", {
        "accuracy": float(sk.accuracy_score(truth, predicted)),
        "weighted_recall": float(sk.recall_score(truth, predicted, average="weighted", zero_division=0)),
        "weighted_precision": float(
            sk.precision_score(truth, predicted, average="weighted", zero_division=0)
        ),
        **{
            f"weighted_{name}": float(
                sk.fbeta_score(truth, predicted, beta=beta, average="weighted", zero_division=0)
            )
            for name, beta in _F_SCORES
        },
    }


_F_SCORES = (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))


def _regression(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    mse = float(sk.mean_squared_error(truth, predicted))
    return {
        "mae": float(sk.mean_absolute_error(truth, predicted)),
        "mse": mse,
        "rmse": mse**0.5,
        "r2": float(sk.r2_score(truth, predicted)),
    }


def _binary(truth: np.ndarray, predicted: np.ndarray, score: np.ndarray) -> dict[str, float]:
    (true_negative, false_positive), (false_negative, true_positive) = sk.confusion_matrix(
        truth, predicted, labels=[0, 1]
    )
    negatives, positives = true_negative + false_positive, true_positive + false_negative
    return {
        "recall": _share(true_positive, positives),
        "precision": _share(true_positive, true_positive + false_positive),
        "accuracy": _share(true_positive + true_negative, negatives + positives),
        "true_positive_rate": _share(true_positive, positives),
        "true_negative_rate": _share(true_negative, negatives),
        "false_positive_rate": _share(false_positive, negatives),
        "false_negative_rate": _share(false_negative, positives),
        "auc": float(_auc(truth, score)),
        **{
            name: float(sk.fbeta_score(truth, predicted, beta=beta, zero_division=0))
            for name, beta in _F_SCORES
        },
    }


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0


def _auc(truth: np.ndarray, score: np.ndarray) -> float:
    return float(sk.roc_auc_score(truth, score)) if len(np.unique(truth)) == 2 else float("nan")


def _deviations(predictions: Predictions) -> dict[str, float]:
    """Standard deviations over five random samples of 80 % (facts/monitor-and-clarify.md, 5)."""
    rows = len(predictions.truth)
    if rows < _FEWEST_ROWS_FOR_DEVIATION:
        return {}
    random = np.random.default_rng(0)
    samples = [
        _figures(predictions.take(random.choice(rows, int(0.8 * rows), replace=False)))[1] for _ in range(5)
    ]
    return {name: float(np.std([sample[name] for sample in samples])) for name in samples[0]}


def _confusion_matrix(predictions: Predictions) -> dict[str, dict[str, int]]:
    """Actual label, then predicted label."""
    labels = predictions.labels[:_MOST_LABELS]
    counts = sk.confusion_matrix(predictions.truth, predictions.predicted, labels=range(len(labels)))
    return {
        actual: {predicted: int(counts[row, column]) for column, predicted in enumerate(labels)}
        for row, actual in enumerate(labels)
    }


def _curves(truth: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    false_positive, true_positive, _ = sk.roc_curve(truth, score)
    precision, recall, _ = sk.precision_recall_curve(truth, score)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": _thinned(false_positive),
            "true_positive_rates": _thinned(true_positive),
        },
        "precision_recall_curve": {"precisions": _thinned(precision), "recalls": _thinned(recall)},
    }


def _thinned(curve: np.ndarray) -> list[float]:
    points = np.linspace(0, len(curve) - 1, min(len(curve), _CURVE_POINTS)).round().astype(int)
    return [float(value) for value in curve[points]]
