"""Partial dependence: the mean prediction when a feature has one value in every row.

Facts: monitor-and-clarify.md, 8, explanations.pdp. It knows tables and a function to scores.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

# More values than this make no categorical plot; the rarest are left out.
_MOST_CATEGORIES = 50


def partial_dependence(
    features: pd.DataFrame,
    names: list[str],
    resolution: int,
    predict: Callable[[pd.DataFrame], np.ndarray],
    label_headers: list[str] | None,
) -> list[dict[str, Any]]:
    """An entry for each of `names`; `predict` gives (n, labels) scores of a table like `features`.

    `resolution` is the number of values that a numerical feature is given, evenly from its least to its
    greatest; data_distribution is the share of rows nearest to each.
    """
    return [
        _of_feature(features, name, resolution, predict)
        | ({"label_headers": label_headers} if label_headers else {})
        for name in names
    ]


def _of_feature(
    features: pd.DataFrame, name: str, resolution: int, predict: Callable[[pd.DataFrame], np.ndarray]
) -> dict[str, Any]:
    column = features[name]
    known = column.dropna()
    entry: dict[str, Any] = {"feature_name": name}
    if known.empty:
        return entry | {
            "data_type": "categorical",
            "feature_values": [],
            "data_distribution": [],
            "model_predictions": [],
            "error": "the feature has no values",
        }
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values, shares = _grid(known.to_numpy(dtype=float), resolution)
        entry["data_type"] = "numerical"
    else:
        counts = (
            known.value_counts(normalize=True)
            .head(_MOST_CATEGORIES)
            .sort_index(key=lambda index: index.astype(str))
        )
        values, shares = counts.index.tolist(), counts.tolist()
        entry["data_type"] = "categorical"
    means = np.array([predict(features.assign(**{name: value})).mean(axis=0) for value in values])
    return entry | {
        "feature_values": values,
        "data_distribution": shares,
        "model_predictions": means.T.tolist(),
    }


def _grid(values: np.ndarray, resolution: int) -> tuple[list[float], list[float]]:
    low, high = values.min(), values.max()
    if low == high:
        return [float(low)], [1.0]
    grid = np.linspace(low, high, resolution)
    nearest = np.rint((values - low) / (high - low) * (resolution - 1)).astype(int)
    return grid.tolist(), (np.bincount(nearest, minlength=resolution) / len(values)).tolist()
