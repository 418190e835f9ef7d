"""The Autopilot ensembling trainer: plain files in, candidates and their reports out.

    python -m penstock.emulator.standins.autopilot.train /opt/ml

Reads input/config/automljob.json and input/data/<channel>/; writes output/data/results.json, and beside it
what that names: a model archive for each candidate, and for the best a model-insights and an explainability
report. When the customer's data or request is at fault it says why in output/failure and exits
with 1. The same data and request give the same candidates, but for what a time limit cuts off.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from autogluon.common.utils.log_utils import set_logger_verbosity
from autogluon.tabular import TabularPredictor
from sklearn.model_selection import train_test_split

from penstock.emulator.jobs import archives
from penstock.emulator.standins import autopilot
from penstock.emulator.standins.autopilot import portfolio, tables
from penstock.emulator.standins.autopilot.metrics import Predictions, candidate_metrics, insights
from penstock.emulator.standins.autopilot.problem import (
    AUTOGLUON_METRICS,
    MINIMIZED,
    PROBLEMS,
    REGRESSION,
    Problem,
    check_target,
    infer,
    objective_of,
)
from penstock.emulator.standins.errors import InputError

# facts/automl.md, 1.
FEWEST_ROWS = 500
VALIDATION_FRACTION = 0.2
DEFAULT_MAX_CANDIDATES = 10

# Permutation importance: rows looked at, and how often each column is shuffled.
_EXPLAINED_ROWS, _SHUFFLES = 1000, 3


@dataclass(frozen=True)
class Task:
    """What there is to learn; tables hold the features and the target."""

    problem: Problem
    objective: str
    target: str
    weight: str | None
    training: pd.DataFrame
    validation: pd.DataFrame

    @property
    def features(self) -> list[str]:
        return [name for name in self.training.columns if name not in (self.target, self.weight)]


def main(ml: Path) -> int:
    started = time.monotonic()
    output = (ml / autopilot.RESULTS).parent
    output.mkdir(parents=True, exist_ok=True)
    try:
        config = json.loads((ml / autopilot.CONFIG).read_text(encoding="utf-8"))
        tell("PreTraining")
        task = read_task(ml, config)
        chosen, refused = portfolio.choose(config.get("Algorithms"), _most_candidates(config))
        tell("TrainingModels")
        predictor, limited = fit(task, chosen, config, output / "autogluon", started)
        tell("GeneratingModelInsightsReport")
        judged = list(judge(task, predictor))
        candidates = [write_candidate(task, predictor, each, output) for each in judged]
        candidates[0]["ModelInsights"] = report(judged[0], output)
        tell("GeneratingExplainabilityReport")
        candidates[0]["Explainability"] = explain(task, predictor, candidates[0], output)
    except InputError as error:
        print(error, file=sys.stderr)
        (ml / autopilot.FAILURE).write_text(str(error), encoding="utf-8")
        return 1
    results = {
        "ProblemType": task.problem.name,
        "MetricName": task.objective,
        "Minimized": task.objective in MINIMIZED,
        "MaxCandidates": _most_candidates(config),
        "TimeLimitReached": limited,
        "PartialFailures": refused,
        "Candidates": candidates,
    }
    (ml / autopilot.RESULTS).write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


def tell(status: str) -> None:
    print(f"{autopilot.STATUS_LINE}{status}", flush=True)


def _most_candidates(config: dict[str, Any]) -> int:
    return int(config["CompletionCriteria"].get("MaxCandidates") or DEFAULT_MAX_CANDIDATES)


def read_task(ml: Path, config: dict[str, Any]) -> Task:
    """Raises InputError."""
    target, weight = config["TargetAttributeName"], config.get("SampleWeightAttributeName")
    channels = {
        channel: tables.read_channel(
            ml / autopilot.DATA / channel, about["ContentType"], about["CompressionType"]
        )
        for channel, about in config["Channels"].items()
    }
    for channel, table in channels.items():
        for role, column in (("target", target), ("sample weight", weight)):
            if column is not None and column not in table.columns:
                raise InputError(
                    f"the {role} column {column!r} is not in the {channel} data; "
                    f"its columns are {', '.join(map(str, table.columns))}"
                )
    training = channels["training"]
    if len(training) < FEWEST_ROWS:
        raise InputError(
            f"the training data has {len(training)} rows; Autopilot needs at least {FEWEST_ROWS}"
        )
    specification = ml / autopilot.FEATURES
    if specification.exists():
        kept = json.loads(specification.read_text(encoding="utf-8"))
        channels = {name: _select(table, kept, target, weight) for name, table in channels.items()}
    # A row without its answer teaches nothing.
    channels = {name: table.dropna(subset=[target]) for name, table in channels.items()}
    training = channels["training"]
    wanted = config.get("ProblemType")
    problem = PROBLEMS[wanted] if wanted else infer(training[target])
    check_target(training[target], problem)
    validation = channels.get("validation")
    if validation is None:
        fraction = config.get("ValidationFraction") or VALIDATION_FRACTION
        training, validation = _split(training, target, problem, fraction)
    elif list(validation.columns) != list(training.columns):
        raise InputError("the columns of the validation data are not those of the training data")
    return Task(problem, objective_of(problem, config.get("Objective")), target, weight, training, validation)


def _select(
    table: pd.DataFrame, specification: dict[str, Any], target: str, weight: str | None
) -> pd.DataFrame:
    """The columns that a feature specification (facts/automl.md, 1) leaves, as it types them."""
    names = specification.get("FeatureAttributeNames") or [
        name for name in table.columns if name not in (target, weight)
    ]
    types = specification.get("FeatureDataTypes") or {}
    for name in (*names, *types):
        if name not in table.columns or name == target:
            raise InputError(
                f"the feature specification names {name!r}, which is no feature column of the data"
            )
    chosen = table[[*names, target, *([weight] if weight else [])]].copy()
    for name in set(names) & set(types):
        match types[name]:
            case "numeric":
                chosen[name] = pd.to_numeric(chosen[name], errors="coerce")
            case "datetime":
                chosen[name] = pd.to_datetime(chosen[name], errors="coerce")
            case "categorical" | "text":
                chosen[name] = chosen[name].astype("string").astype(object)
            case unknown:
                raise InputError(f"the feature specification gives {name!r} the unknown type {unknown!r}")
    return chosen


def _split(
    table: pd.DataFrame, target: str, problem: Problem, fraction: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    # Each class keeps its share, unless one is too rare to be shared.
    shared = problem is not REGRESSION and table[target].value_counts().min() >= 2
    training, validation = train_test_split(
        table, test_size=fraction, random_state=0, stratify=table[target] if shared else None
    )
    return training, validation


def fit(
    task: Task, chosen: portfolio.Portfolio, config: dict[str, Any], folder: Path, started: float
) -> tuple[TabularPredictor, bool]:
    """Train the portfolio; also whether the time limit cut it short. Raises InputError."""
    criteria = config["CompletionCriteria"]
    limit = criteria.get("MaxAutoMLJobRuntimeInSeconds")
    left = None if limit is None else max(1.0, limit - (time.monotonic() - started))
    each = criteria.get("MaxRuntimePerTrainingJobInSeconds")
    predictor = TabularPredictor(
        label=task.target,
        problem_type=task.problem.autogluon,
        eval_metric=AUTOGLUON_METRICS[task.objective],
        sample_weight=task.weight,
        path=str(folder),
        verbosity=2,
    )
    try:
        predictor.fit(
            task.training,
            tuning_data=task.validation,
            hyperparameters=chosen.hyperparameters,
            fit_weighted_ensemble=chosen.ensemble,
            ag_args_fit={"max_time_limit": each} if each else None,
            time_limit=left,
            num_bag_folds=0,
            num_stack_levels=0,
            dynamic_stacking=False,
            # A label is the most probable one: the threshold stays where the containers have it.
            calibrate_decision_threshold=False,
        )
        trained = len(predictor.model_names())
    except RuntimeError as error:
        if "No models were trained" not in str(error):
            raise
        trained = 0
    if not trained:
        allowed = f" in MaxAutoMLJobRuntimeInSeconds = {limit}" if limit else ""
        raise InputError(f"no candidate could be trained{allowed}; the job's log says why")
    over = limit is not None and time.monotonic() - started > limit
    set_logger_verbosity(1)
    predictor.persist("all")
    return predictor, over or trained < chosen.size


@dataclass(frozen=True)
class Judged:
    """One trained model with its predictions of both tables, and the seconds that one row takes."""

    model: str
    order: int
    validation: Predictions
    training: Predictions
    latency: float

    @property
    def name(self) -> str:
        # As in AWS's jobs of 2022-23: AutoGluon's name with hyphens, and the number of the trial.
        return f"{self.model.replace('_', '-')}-t{self.order}"


def judge(task: Task, predictor: TabularPredictor) -> Iterator[Judged]:
    """The trained models, the best first."""
    board = predictor.leaderboard(silent=True)
    names = [str(name) for name in board["model"]]
    validation = _predictions(task, predictor, task.validation, names)
    training = _predictions(task, predictor, task.training, names)
    one = task.validation.iloc[[0]]
    for name, order in zip(names, board["fit_order"], strict=True):
        began = time.perf_counter()
        predictor.predict(one, model=name)
        yield Judged(name, int(order), validation[name], training[name], time.perf_counter() - began)


def _predictions(
    task: Task, predictor: TabularPredictor, table: pd.DataFrame, models: list[str]
) -> dict[str, Predictions]:
    if task.problem is REGRESSION:
        truth = table[task.target].to_numpy(dtype=float)
        return {
            name: Predictions(task.problem, truth, predicted.to_numpy(dtype=float), [])
            for name, predicted in predictor.predict_multi(table, models=models).items()
        }
    # AutoGluon leaves classes out that are too rare to learn; rows of such a class judge nothing.
    classes = list(predictor.class_labels)
    table = table[table[task.target].isin(classes)]
    numbers = {label: number for number, label in enumerate(classes)}
    truth = table[task.target].map(numbers).to_numpy(dtype=int)
    labels = [str(label) for label in classes]
    found = {}
    for name, frame in predictor.predict_proba_multi(table, models=models).items():
        matrix = frame[classes].to_numpy(dtype=float)
        # Single precision leaves sums a little beside 1, which metrics complain about.
        matrix /= matrix.sum(axis=1, keepdims=True)
        found[name] = Predictions(task.problem, truth, matrix.argmax(axis=1), labels, matrix)
    return found


def write_candidate(task: Task, predictor: TabularPredictor, judged: Judged, output: Path) -> dict[str, Any]:
    """Write a candidate's archive below `output`, and describe it for results.json."""
    place = output / "candidates" / judged.name
    model = place / "model"
    predictor.clone_for_deployment(str(model), model=judged.model)
    columns = {name: _column_kind(task.training[name]) for name in task.features}
    (model / autopilot.COLUMNS).write_text(json.dumps(columns, indent=1), encoding="utf-8")
    archives.pack(model, place / "model.tar.gz")
    sets = {"Train": candidate_metrics(judged.training), "Validation": candidate_metrics(judged.validation)}
    sets["Validation"]["InferenceLatency"] = judged.latency
    return {
        "Name": judged.name,
        "Model": judged.model,
        "Archive": str((place / "model.tar.gz").relative_to(output)),
        "Objective": sets["Validation"][task.objective],
        "Metrics": [
            {"StandardMetricName": name, "Value": value, "Set": set_name}
            for set_name, found in sets.items()
            for name, value in found.items()
        ],
    }


def _column_kind(column: pd.Series) -> str:
    """How the server must read a column to see what the training saw: a batch of digits in a text column
    would otherwise become numbers."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return "datetime"
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    return "number" if pd.api.types.is_numeric_dtype(column) else "text"


def report(judged: Judged, output: Path) -> str:
    """Write the model-insights report, over the validation data; returns its folder below `output`."""
    file = output / "insights" / "statistics.json"
    file.parent.mkdir()
    file.write_text(json.dumps(insights(judged.validation), indent=1), encoding="utf-8")
    return str(file.parent.relative_to(output))


def explain(task: Task, predictor: TabularPredictor, best: dict[str, Any], output: Path) -> str:
    """Write the explainability report: how much worse the objective gets when a column is shuffled.

    Returns its folder below `output`."""
    importance = predictor.feature_importance(
        task.validation,
        model=best["Model"],
        subsample_size=_EXPLAINED_ROWS,
        num_shuffle_sets=_SHUFFLES,
        include_confidence_band=False,
        silent=True,
    )
    values = {
        str(name): float(value) for name, value in importance["importance"].items() if np.isfinite(value)
    }
    file = output / "explainability" / "analysis.json"
    file.parent.mkdir()
    # Not "kernel_shap", which Clarify computes: the name says what it is.
    explanations = {
        "permutation_importance": {
            "metric": task.objective,
            "rows": min(_EXPLAINED_ROWS, len(task.validation)),
            "shuffles": _SHUFFLES,
            "label0": {"global_importance_values": values},
        }
    }
    file.write_text(json.dumps({"version": "1.0", "explanations": explanations}, indent=1), encoding="utf-8")
    return str(file.parent.relative_to(output))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
