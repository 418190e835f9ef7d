"""Model quality: what is measured for each kind of problem (facts/monitor-and-clarify.md, 5).

It knows truths and predictions; not where they come from.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

REGRESSION, BINARY, MULTICLASS = "Regression", "BinaryClassification", "MulticlassClassification"

# The prefix of the keys in statistics.json and constraints.json.
_SECTIONS = {
    REGRESSION: "regression",
    BINARY: "binary_classification",
    MULTICLASS: "multiclass_classification",
}
PROBLEMS = tuple(_SECTIONS)


def section(problem: str, kind: str) -> str:
    """The key of a problem's metrics or constraints (`kind`) in their documents."""
    return f"{_SECTIONS[problem]}_{kind}"


_FEWEST_ROWS_FOR_DEVIATION, _SAMPLES, _SAMPLE_SHARE = 200, 5, 0.8
_F_SCORES = (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))
_CONSTANT = "_best_constant_classifier"
# A curve is a picture: more points than this tell nothing more.
_CURVE_POINTS = 200

_GREATER, _LESS = "GreaterThanThreshold", "LessThanThreshold"
# The metrics that are better when they are small.
_ERRORS = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")


@dataclass(frozen=True)
class Answers:
    """For n rows: the truth and the prediction, as quantities, or as numbers of `labels`; `scores` are the
    probabilities of the positive label, the last of a binary problem. `constant`: the number of the label
    that the constant classifier predicts."""

    problem: str
    truth: np.ndarray
    predicted: np.ndarray
    labels: tuple[str, ...] = ()
    scores: np.ndarray | None = None
    constant: int = 0

    def take(self, rows: np.ndarray) -> "Answers":
        scores = None if self.scores is None else self.scores[rows]
        return Answers(
            self.problem, self.truth[rows], self.predicted[rows], self.labels, scores, self.constant
        )


def statistics(answers: Answers) -> dict[str, Any]:
    """statistics.json of model quality."""
    found: dict[str, Any] = {}
    if answers.problem != REGRESSION:
        found["confusion_matrix"] = _named(_confusion(answers, answers.predicted), answers.labels)
    deviations = _deviations(answers)
    for name, value in _metrics(answers).items():
        found[name] = {
            "value": _json_number(value),
            "standard_deviation": _json_number(deviations.get(name, math.nan)),
        }
    if answers.problem == BINARY and answers.scores is not None:
        found |= _curves(answers.truth, answers.scores)
    return {
        "version": 0.0,
        "dataset": {"item_count": len(answers.truth)},
        section(answers.problem, "metrics"): found,
    }


def suggest(statistics: dict[str, Any]) -> dict[str, Any]:
    """constraints.json: not worse than this."""
    problem, metrics = _section(statistics, "metrics")
    return {
        "version": 0.0,
        f"{problem}_constraints": {
            name: {
                "threshold": metric["value"],
                "comparison_operator": _GREATER if name in _ERRORS else _LESS,
            }
            for name, metric in metrics.items()
            if _is_metric(metric) and not name.endswith(_CONSTANT)
        },
    }


def check(statistics: dict[str, Any], constraints: dict[str, Any]) -> list[dict[str, str]]:
    """The violations. A value that equals its threshold is none; nor is one that differs in digits that the
    order of a sum decides."""
    problem, metrics = _section(statistics, "metrics")
    violations = []
    for name, constraint in constraints.get(f"{problem}_constraints", {}).items():
        metric, threshold = metrics.get(name), constraint["threshold"]
        if metric is None or not _is_metric(metric):
            continue
        value, operator = metric["value"], constraint["comparison_operator"]
        worse = value > threshold if operator == _GREATER else value < threshold
        if worse and not math.isclose(value, threshold, rel_tol=1e-9):
            violations.append(
                {
                    "constraint_check_type": operator,
                    "description": f"Metric {name} with {value} was {operator} {threshold}",
                    "metric_name": name,
                }
            )
    return violations


def _section(document: dict[str, Any], ending: str) -> tuple[str, dict[str, Any]]:
    return next(
        (problem, document[f"{problem}_{ending}"])
        for problem in _SECTIONS.values()
        if f"{problem}_{ending}" in document
    )


def _is_metric(metric: Any) -> bool:
    """Neither a matrix nor a curve, nor a value that is not defined for the data."""
    return isinstance(metric, dict) and isinstance(metric.get("value"), float)


def _json_number(value: float) -> float | str:
    return float(value) if math.isfinite(value) else "NaN"


def _metrics(answers: Answers) -> dict[str, float]:
    if answers.problem == REGRESSION:
        return _regression(answers.truth, answers.predicted)
    matrix = _confusion(answers, answers.predicted)
    constant = _confusion(answers, np.full(len(answers.truth), answers.constant))
    if answers.problem == MULTICLASS:
        return {**_multiclass(matrix), **_constant(_multiclass(constant))}
    (tn, fp), (fn, tp) = matrix.tolist()
    auc = {} if answers.scores is None else {"auc": _auc(answers.truth, answers.scores)}
    return {
        **_binary(matrix),
        "true_positive_rate": _ratio(tp, tp + fn),
        "true_negative_rate": _ratio(tn, tn + fp),
        "false_positive_rate": _ratio(fp, tn + fp),
        "false_negative_rate": _ratio(fn, tp + fn),
        **auc,
        **_constant(_binary(constant)),
    }


def _constant(metrics: dict[str, float]) -> dict[str, float]:
    return {f"{name}{_CONSTANT}": value for name, value in metrics.items()}


def _regression(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    errors = truth - predicted
    mse = float(np.mean(errors**2))
    spread = float(np.mean((truth - truth.mean()) ** 2))
    return {
        "mae": float(np.mean(np.abs(errors))),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "r2": 1 - mse / spread if spread else math.nan,
    }


def _confusion(answers: Answers, predicted: np.ndarray) -> np.ndarray:
    """Counts (labels, labels): by the true label, then by the predicted one."""
    size = len(answers.labels)
    return np.bincount(answers.truth * size + predicted, minlength=size * size).reshape(size, size)


def _named(matrix: np.ndarray, labels: tuple[str, ...]) -> dict[str, dict[str, int]]:
    return {
        actual: dict(zip(labels, row, strict=True))
        for actual, row in zip(labels, matrix.tolist(), strict=True)
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f(precision: float, recall: float, beta: float) -> float:
    return _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def _binary(matrix: np.ndarray) -> dict[str, float]:
    (tn, fp), (fn, tp) = matrix.tolist()
    recall, precision = _ratio(tp, tp + fn), _ratio(tp, tp + fp)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": _ratio(tp + tn, tn + fp + fn + tp),
        **{name: _f(precision, recall, beta) for name, beta in _F_SCORES},
    }


def _multiclass(matrix: np.ndarray) -> dict[str, float]:
    right, actual, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    recalls = [_ratio(*pair) for pair in zip(right.tolist(), actual.tolist(), strict=True)]
    precisions = [_ratio(*pair) for pair in zip(right.tolist(), predicted.tolist(), strict=True)]
    weights = actual / actual.sum()

    def weighted(values: list[float]) -> float:
        return float(weights @ np.array(values))

    return {
        "accuracy": float(right.sum()) / float(matrix.sum()),
        "weighted_recall": weighted(recalls),
        "weighted_precision": weighted(precisions),
        **{
            f"weighted_{name}": weighted([_f(p, r, beta) for p, r in zip(precisions, recalls, strict=True)])
            for name, beta in _F_SCORES
        },
    }


def _auc(truth: np.ndarray, scores: np.ndarray) -> float:
    from sklearn import metrics as sk

    return float(sk.roc_auc_score(truth, scores)) if 0 < truth.sum() < len(truth) else math.nan


def _deviations(answers: Answers) -> dict[str, float]:
    rows = len(answers.truth)
    if rows < _FEWEST_ROWS_FOR_DEVIATION:
        return {}
    random = np.random.default_rng(0)
    samples = [
        _metrics(answers.take(random.choice(rows, int(_SAMPLE_SHARE * rows), replace=False)))
        for _ in range(_SAMPLES)
    ]
    return {name: float(np.std([sample[name] for sample in samples])) for name in samples[0]}


def _curves(truth: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    if not 0 < truth.sum() < len(truth):
        return {}
    from sklearn import metrics as sk

    false_positives, true_positives, _ = sk.roc_curve(truth, scores)
    precisions, recalls, _ = sk.precision_recall_curve(truth, scores)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": _thinned(false_positives),
            "true_positive_rates": _thinned(true_positives),
        },
        "precision_recall_curve": {"precisions": _thinned(precisions), "recalls": _thinned(recalls)},
    }


def _thinned(curve: np.ndarray) -> list[float]:
    points = np.linspace(0, len(curve) - 1, min(len(curve), _CURVE_POINTS)).round().astype(int)
    return [float(value) for value in curve[points]]
