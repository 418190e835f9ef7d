"""Compare the predictions of a classifier of two classes with the labels of a test set.

Runs in AWS's scikit-learn container (Python 3.8 and later) and knows nothing of the pipeline around it.

Reads the predictions (CSV without a header, the columns of --columns, as batch transform writes them), the
labels (CSV with a header) and the summary of the prepared data, which says what the positive label is.
Writes evaluation.json in the schema of Model Monitor's model quality statistics: every metric has a value and
the standard deviation over five samples of 80 % of the rows ("NaN" below 200 rows); the confusion matrix is
actual, then predicted. Three things are added to the schema: the metric log_loss, `calibration` (rows in ten
bins of predicted probability: its mean, the share of positives, the count), and `evaluation`, which says what
was counted. "Best constant classifier" is the one that always answers with the positive label. The file
scored.csv has prediction, probability and label of each row, 1 for the positive label, for Model Monitor.

Predictions that cannot be used end the job with exit code 1 and the reason in --message, where SageMaker
takes the job's ExitMessage from.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics

RESPONSE_KEYS = ("predicted_label", "probability", "probabilities", "labels")
MINIMUM_ROWS_TO_SAMPLE = 200
SAMPLES = 5
SAMPLED = 0.8
CURVE_POINTS = 200


class DataError(Exception):
    """The predictions or labels cannot be used; the text says why."""


def read_files(folder: Path, what: str, header: int | None) -> pd.DataFrame:
    """All files of a folder as one table of text, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise DataError(f"There are no {what}.")
    try:
        tables = [pd.read_csv(file, dtype=str, keep_default_na=False, header=header) for file in files]
    except pd.errors.EmptyDataError:
        raise DataError(f"The {what} are empty.") from None
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DataError(f"The {what} are not CSV: {str(error).strip()}") from None
    return pd.concat(tables, ignore_index=True)


def read_predictions(folder: Path, columns: list[str]) -> pd.DataFrame:
    unknown = [column for column in columns if column not in RESPONSE_KEYS]
    if unknown:
        raise DataError(f"{unknown[0]!r} is not a response key: choose from {', '.join(RESPONSE_KEYS)}.")
    table = read_files(folder, "predictions", header=None)
    if len(table.columns) != len(columns):
        raise DataError(
            f"The predictions have {len(table.columns)} columns, and not the {len(columns)} asked for:"
            f" {', '.join(columns)}."
        )
    table.columns = pd.Index(columns)
    return table


def normal(label: str) -> str:
    """One text for one class: a model may answer 1.0 or True where the data has 1 or true."""
    text = str(label).strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        return str(float(text))
    except ValueError:
        return text


def is_positive(labels: pd.Series, classes: list[str], what: str) -> np.ndarray:
    """1 for the positive label, 0 for the negative one."""
    numbers = {normal(label): number for number, label in enumerate(classes)}
    found = labels.map({label: numbers.get(normal(label), -1) for label in labels.unique()})
    if (found < 0).any():
        row = int(np.argmax((found < 0).to_numpy()))
        raise DataError(
            f"The {what} of row {row + 1} is {labels.iloc[row]!r}, neither {classes[0]!r} nor {classes[1]!r}."
        )
    return found.to_numpy(dtype=int)


def positive_scores(predictions: pd.DataFrame, predicted: np.ndarray, classes: list[str]) -> np.ndarray:
    """The probability of the positive label, row by row."""
    try:
        if "labels" in predictions and "probabilities" in predictions:
            places = {text: place_of(classes[1], text) for text in predictions["labels"].unique()}
            lists = (json.loads(text) for text in predictions["probabilities"])
            pairs = zip(lists, predictions["labels"])
            return np.array([values[places[text]] for values, text in pairs], dtype=float)
        if "probability" in predictions:
            # An ensemble's `probability` is that of the label it predicts.
            probability = predictions["probability"].astype(float).to_numpy()
            return np.where(predicted == 1, probability, 1 - probability)
    except (ValueError, IndexError, SyntaxError, TypeError) as error:
        raise DataError(f"The predictions hold a probability that cannot be read: {error}") from None
    raise DataError("The predictions need probabilities and labels, or probability.")


def place_of(label: str, text: str) -> int:
    """Where a label stands in a list as the container writes it: ['<=50K', '>50K']."""
    return [normal(item) for item in ast.literal_eval(text)].index(normal(label))


def single_metrics(actual: np.ndarray, predicted: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Every metric that is one number, of any rows; a metric that is undefined there is nan."""
    (tn, fp), (fn, tp) = metrics.confusion_matrix(actual, predicted, labels=[0, 1])
    always = np.ones_like(actual)
    share = rate(actual.sum(), len(actual))
    values = {
        "auc": metrics.roc_auc_score(actual, scores) if 0 < share < 1 else float("nan"),
        "accuracy": rate(tp + tn, len(actual)),
        "precision": rate(tp, tp + fp),
        "recall": rate(tp, tp + fn),
        **f_scores(actual, predicted),
        "log_loss": metrics.log_loss(actual, np.clip(scores, 1e-15, 1 - 1e-15), labels=[0, 1]),
        "true_positive_rate": rate(tp, tp + fn),
        "true_negative_rate": rate(tn, tn + fp),
        "false_positive_rate": rate(fp, tn + fp),
        "false_negative_rate": rate(fn, tp + fn),
    }
    constant = {"accuracy": share, "precision": share, "recall": 1.0, **f_scores(actual, always)}
    values.update({f"{name}_best_constant_classifier": value for name, value in constant.items()})
    return {name: float(value) for name, value in values.items()}


def f_scores(actual: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    return {
        name: metrics.fbeta_score(actual, predicted, beta=beta, zero_division=0)
        for name, beta in (("f1", 1.0), ("f0_5", 0.5), ("f2", 2.0))
    }


def rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def deviations(actual: np.ndarray, predicted: np.ndarray, scores: np.ndarray, seed: int) -> dict:
    """The standard deviation of every metric over samples of the rows, "NaN" where there is none."""
    if len(actual) < MINIMUM_ROWS_TO_SAMPLE:
        return {}
    random = np.random.RandomState(seed)
    size = int(len(actual) * SAMPLED)
    chosen = [random.choice(len(actual), size, replace=False) for _ in range(SAMPLES)]
    samples = pd.DataFrame([single_metrics(actual[rows], predicted[rows], scores[rows]) for rows in chosen])
    spread = samples.std(ddof=0).replace([np.inf, -np.inf], np.nan)
    return {name: float(value) for name, value in spread.items() if not np.isnan(value)}


def curve(x: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float]]:
    """A curve with so few points that it is quick to draw, the ends among them."""
    kept = np.unique(np.linspace(0, len(x) - 1, CURVE_POINTS).round().astype(int))
    return x[kept].tolist(), y[kept].tolist()


def calibration(actual: np.ndarray, scores: np.ndarray) -> dict[str, list]:
    """Whether probabilities come true; bins without rows are left out."""
    table = pd.DataFrame(
        {"predicted": scores, "observed": actual, "bin": (scores * 10).astype(int).clip(0, 9)}
    )
    bins = table.groupby("bin").agg(
        predicted=("predicted", "mean"), observed=("observed", "mean"), rows=("observed", "size")
    )
    return bins.to_dict("list")


def evaluate(actual: np.ndarray, predicted: np.ndarray, scores: np.ndarray, seed: int) -> dict:
    """The content of binary_classification_metrics, but for the confusion matrix."""
    spread = deviations(actual, predicted, scores, seed)
    entries: dict = {
        name: {"value": value, "standard_deviation": spread.get(name, "NaN")}
        for name, value in single_metrics(actual, predicted, scores).items()
    }
    false_positive_rates, true_positive_rates, _ = metrics.roc_curve(actual, scores)
    x, y = curve(false_positive_rates, true_positive_rates)
    entries["receiver_operating_characteristic_curve"] = {"false_positive_rates": x, "true_positive_rates": y}
    precisions, recalls, _ = metrics.precision_recall_curve(actual, scores)
    x, y = curve(precisions, recalls)
    entries["precision_recall_curve"] = {"precisions": x, "recalls": y}
    return entries


def read_summary(folder: Path) -> dict:
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) != 1:
        raise DataError(f"There are {len(files)} summaries of the prepared data, and not one.")
    return json.loads(files[0].read_text(encoding="utf-8"))


def report(arguments: argparse.Namespace) -> tuple[dict, pd.DataFrame]:
    """The whole of evaluation.json, and of scored.csv."""
    summary = read_summary(arguments.summary)
    classes = [summary["negative_label"], summary["positive_label"]]
    labels = read_files(arguments.labels, "labels", header=0)[summary["target"]]
    predictions = read_predictions(arguments.predictions, arguments.columns.split(","))
    if len(labels) != len(predictions):
        raise DataError(f"There are {len(predictions)} predictions for {len(labels)} labels.")
    actual = is_positive(labels, classes, "label")
    if not 0 < actual.sum() < len(actual):
        raise DataError("The test labels are of one class only: there is no AUC.")
    if "predicted_label" not in predictions:
        raise DataError("The predictions need predicted_label.")
    predicted = is_positive(predictions["predicted_label"], classes, "prediction")
    scores = positive_scores(predictions, predicted, classes)
    matrix = metrics.confusion_matrix(actual, predicted, labels=[0, 1])
    quality = {
        "confusion_matrix": {
            classes[row]: {classes[column]: int(matrix[row, column]) for column in (0, 1)} for row in (0, 1)
        },
        **evaluate(actual, predicted, scores, arguments.seed),
    }
    scored = pd.DataFrame({"prediction": predicted, "probability": scores, "label": actual})
    evaluation = {
        "version": 0.0,
        "dataset": {"item_count": len(actual)},
        "binary_classification_metrics": quality,
        "calibration": calibration(actual, scores),
        "evaluation": {
            "target": summary["target"],
            "positive_label": classes[1],
            "negative_label": classes[0],
            "rows": len(actual),
            "positive_rows": int(actual.sum()),
            "predicted_positive_rows": int(predicted.sum()),
        },
    }
    return evaluation, scored


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare predictions with the labels of a test set.")
    parser.add_argument("--columns", required=True, help=f"of the predictions: {', '.join(RESPONSE_KEYS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--predictions", type=Path, default=Path("/opt/ml/processing/input/predictions"))
    parser.add_argument("--labels", type=Path, default=Path("/opt/ml/processing/input/labels"))
    parser.add_argument("--summary", type=Path, default=Path("/opt/ml/processing/input/summary"))
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/processing/output/evaluation"))
    parser.add_argument("--scored", type=Path, default=Path("/opt/ml/processing/output/scored"))
    parser.add_argument("--message", type=Path, default=Path("/opt/ml/output/message"))
    arguments = parser.parse_args()
    try:
        evaluation, scored = report(arguments)
    except DataError as error:
        print(error, file=sys.stderr)
        arguments.message.parent.mkdir(parents=True, exist_ok=True)
        arguments.message.write_text(str(error), encoding="utf-8")
        return 1
    for folder in (arguments.output, arguments.scored):
        folder.mkdir(parents=True, exist_ok=True)
    # Plain decimals: Model Monitor's documents ask for them.
    scored.to_csv(arguments.scored / "scored.csv", index=False, float_format="%.6f")
    text = json.dumps(evaluation, indent=2, ensure_ascii=False, allow_nan=False)
    (arguments.output / "evaluation.json").write_text(text, encoding="utf-8")
    quality = evaluation["binary_classification_metrics"]
    for name in ("auc", "accuracy", "f1", "precision", "recall", "log_loss"):
        print(f"{name}: {quality[name]['value']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
