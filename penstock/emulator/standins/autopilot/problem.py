"""What kind of problem a table poses, and which metrics judge it, in Autopilot's words and AutoGluon's.

Facts: automl.md, 1 and 2.
"""

from dataclasses import dataclass

import pandas as pd

from penstock.emulator.standins.errors import InputError


@dataclass(frozen=True)
class Problem:
    """`autogluon` is AutoGluon's name of it; `objectives` are the metrics that may be its objective."""

    name: str
    autogluon: str
    default_objective: str
    objectives: tuple[str, ...]


BINARY = Problem(
    "BinaryClassification",
    "binary",
    "F1",
    ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
)
MULTICLASS = Problem(
    "MulticlassClassification",
    "multiclass",
    "Accuracy",
    ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
)
REGRESSION = Problem("Regression", "regression", "MSE", ("MAE", "MSE", "R2", "RMSE"))

PROBLEMS = {problem.name: problem for problem in (BINARY, MULTICLASS, REGRESSION)}

# Autopilot's metric: AutoGluon's.
AUTOGLUON_METRICS = {
    "Accuracy": "accuracy",
    "AUC": "roc_auc",
    "BalancedAccuracy": "balanced_accuracy",
    "F1": "f1",
    "F1macro": "f1_macro",
    "MAE": "mean_absolute_error",
    "MSE": "mean_squared_error",
    "Precision": "precision",
    "PrecisionMacro": "precision_macro",
    "R2": "r2",
    "Recall": "recall",
    "RecallMacro": "recall_macro",
    "RMSE": "root_mean_squared_error",
}
MINIMIZED = {"MAE", "MSE", "RMSE", "LogLoss", "InferenceLatency"}

# An integer target with more distinct values than this is a quantity. Where Autopilot draws the line is
# unpublished; this is the usual one.
_MOST_INTEGER_CLASSES = 20


def infer(target: pd.Series) -> Problem:
    """The problem type by the values of the target: two values are binary classification; text, truth
    values and few integers are classes; other numbers are a quantity."""
    values = target.dropna()
    if values.nunique() == 2:
        return BINARY
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return MULTICLASS
    fractional = (values % 1 != 0).any()
    return REGRESSION if fractional or values.nunique() > _MOST_INTEGER_CLASSES else MULTICLASS


def objective_of(problem: Problem, wanted: str | None) -> str:
    """The objective metric: the wanted one, if it fits the problem. Raises InputError."""
    if wanted is None:
        return problem.default_objective
    if wanted not in problem.objectives:
        raise InputError(
            f"the objective metric {wanted} does not fit {problem.name}; "
            f"choose one of {', '.join(problem.objectives)}"
        )
    return wanted


def check_target(target: pd.Series, problem: Problem) -> None:
    """Raises InputError when the target's values cannot pose the problem."""
    classes = target.nunique()
    if classes < 2:
        only = f" ({target.dropna().iloc[0]!s})" if classes else ""
        raise InputError(
            f"the target column {target.name!r} has one value only{only}; there is nothing to learn"
        )
    if problem is BINARY and classes != 2:
        raise InputError(
            f"the target column {target.name!r} has {classes} classes; BinaryClassification needs 2"
        )
    if problem is REGRESSION and not pd.api.types.is_numeric_dtype(target):
        raise InputError(f"the target column {target.name!r} is not numeric, as Regression needs it")
