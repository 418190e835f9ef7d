"""The bias sections of analysis.json: every facet, every metric (facts: monitor-and-clarify.md, 8).

It knows a data set and, after training, the labels that a model predicted for it; it asks no model.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from penstock.emulator.standins.clarify import posttraining, pretraining
from penstock.emulator.standins.clarify.config import AnalysisConfig
from penstock.emulator.standins.clarify.dataset import Dataset, column
from penstock.emulator.standins.clarify.groups import Group, category_texts, facet_groups, is_quantity, split
from penstock.emulator.standins.clarify.metrics import Metric, entries, selected
from penstock.emulator.standins.clarify.posttraining import Predicted
from penstock.emulator.standins.clarify.pretraining import Observed
from penstock.emulator.standins.errors import InputError

Section = dict[str, Any]


def check(config: AnalysisConfig, data: Dataset) -> None:
    """Raise InputError for what the data lacks, before anything costs time."""
    _chosen_before(config)
    _chosen_after(config)
    if config.bias:
        _section(config, data, lambda rows, d, groups: [])


def before_training(config: AnalysisConfig, data: Dataset) -> Section:
    """pre_training_bias_metrics. Raises InputError."""
    chosen = _chosen_before(config)

    def compute(rows: pd.DataFrame, d: np.ndarray, groups: np.ndarray | None) -> list[dict[str, Any]]:
        positive = _positive(config, data, rows).chosen
        observed = rows[data.label]
        labels = positive if is_quantity(observed) else category_texts(observed).astype(str)
        return entries(chosen, Observed(d, positive, labels, groups))

    return _section(config, data, compute)


def after_training(config: AnalysisConfig, data: Dataset, predicted: np.ndarray) -> Section:
    """post_training_bias_metrics; `predicted` (n,) are labels as text or numbers. Raises InputError."""
    chosen = _chosen_after(config)
    observed = data.table[data.label]
    # Placed by the observed labels' kind and scale, so that both are split alike.
    said = _as(observed, predicted)
    facets = {column(data.table, facet.name_or_index, "facet") for facet in config.facet}
    compared = [name for name in data.features if name not in facets]

    def compute(rows: pd.DataFrame, d: np.ndarray, groups: np.ndarray | None) -> list[dict[str, Any]]:
        positive = _positive(config, data, rows).chosen
        favorable = _favorable(config, observed, said.loc[rows.index])
        return entries(chosen, Predicted(d, positive, favorable, rows[compared], groups))

    return _section(config, data, compute)


def _chosen_before(config: AnalysisConfig) -> tuple[Metric[Observed], ...]:
    asked = config.methods.pre_training_bias
    return selected(pretraining.METRICS, asked.methods if asked else [], "methods.pre_training_bias.methods")


def _chosen_after(config: AnalysisConfig) -> tuple[Metric[Predicted], ...]:
    asked = config.methods.post_training_bias
    return selected(
        posttraining.METRICS, asked.methods if asked else [], "methods.post_training_bias.methods"
    )


def _section(
    config: AnalysisConfig,
    data: Dataset,
    compute: Callable[[pd.DataFrame, np.ndarray, np.ndarray | None], list[dict[str, Any]]],
) -> Section:
    assert data.label
    table = data.table
    label = _positive(config, data, table[table[data.label].notna()])
    group = None
    if config.group_variable is not None:
        group = column(table, config.group_variable, "group_variable")
    facets: dict[str, list[dict[str, Any]]] = {}
    for facet in config.facet:
        name = column(table, facet.name_or_index, "facet")
        rows = table[table[name].notna() & table[data.label].notna()]
        if rows.empty:
            raise InputError(f"facet {name!r}: no row has a value for it and for the label")
        if len(rows) < len(table):
            print(f"facet {name}: {len(table) - len(rows)} rows without a value or a label are left out")
        groups = category_texts(rows[group]).astype(str) if group else None
        facets[name] = [
            {"value_or_threshold": each.text, "metrics": compute(rows, each.chosen, groups)}
            for each in facet_groups(rows[name], facet.value_or_threshold, f"facet {name!r}")
        ]
    return {"label": data.label, "facets": facets, "label_value_or_threshold": label.text}


def _positive(config: AnalysisConfig, data: Dataset, rows: pd.DataFrame) -> Group:
    what = f"label {data.label!r}"
    assert data.label
    if rows.empty:
        raise InputError(f"{what}: no row has a value")
    return split(rows[data.label], config.label_values_or_threshold or [], what)


def _favorable(config: AnalysisConfig, observed: pd.Series, predicted: pd.Series) -> np.ndarray:
    values = config.label_values_or_threshold or []
    if len(values) == 1 and is_quantity(observed):
        return (predicted > float(values[0])).to_numpy()
    return np.isin(category_texts(predicted), category_texts(pd.Series(values, dtype=object)))


def _as(observed: pd.Series, predicted: np.ndarray) -> pd.Series:
    """The predictions as values of the label column. Raises InputError when none can be one of them."""
    said = pd.Series(predicted, index=observed.index)
    if pd.api.types.is_numeric_dtype(observed) and not pd.api.types.is_bool_dtype(observed):
        said = pd.to_numeric(said, errors="coerce")
    known = set(category_texts(observed.dropna()))
    if said.isna().any() or (not is_quantity(observed.dropna()) and not set(category_texts(said)) & known):
        shown = ", ".join(sorted({str(value) for value in predicted})[:3])
        raise InputError(
            f"the model's labels ({shown}) are none of the label column's ({', '.join(sorted(known)[:3])}): "
            "predictor.label, probability, label_headers and probability_threshold say how they are found"
        )
    return said
