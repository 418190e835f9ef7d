"""SHAP values: how much each feature moves each prediction away from the baseline's (shap.KernelExplainer).

It knows rows as cells of requests and a function from cells to scores; it knows no endpoint and no files.
Facts: monitor-and-clarify.md, 7 and 8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from penstock.emulator.standins.clarify.config import Shap
from penstock.emulator.standins.errors import InputError

# How near to 0 and 1 a probability may be for its logit.
_HAIR = 1e-9

Scores = Callable[[np.ndarray], np.ndarray]
"""From cells (n, m) to scores (n, labels)."""


@dataclass(frozen=True)
class Attributions:
    """`local` (n, m, labels) is the share of each feature in each row's score; `expected` (labels,) the
    baseline's mean score; `overall` (m, labels) what agg_method makes of the rows."""

    features: list[str]
    labels: list[str]
    local: np.ndarray
    expected: np.ndarray
    overall: np.ndarray

    def section(self) -> dict[str, Any]:
        """explanations.kernel_shap."""
        return {
            label: {
                "global_shap_values": dict(zip(self.features, self.overall[:, place].tolist(), strict=True)),
                "expected_value": float(self.expected[place]),
            }
            for place, label in enumerate(self.labels)
        }

    def table(self) -> pd.DataFrame:
        """A column `<feature>_<label>` for each, all features of a label together."""
        return pd.DataFrame(
            {
                f"{feature}_{label}": self.local[:, row, place]
                for place, label in enumerate(self.labels)
                for row, feature in enumerate(self.features)
            }
        )

    def top(self, count: int) -> list[str]:
        """The features with the largest overall values, over all labels."""
        order = np.argsort(-np.abs(self.overall).mean(axis=1), kind="stable")
        return [self.features[place] for place in order[:count]]


def explain(
    shap: Shap,
    features: list[str],
    rows: np.ndarray,
    baseline: np.ndarray,
    scores: Scores,
    names_of: Callable[[int], list[str]],
    progress: Callable[[int], None] = lambda done: None,
) -> Attributions:
    """`rows` (n, m) and `baseline` (b, m) are cells; `names_of` names so many scores.

    Raises InputError for scores that use_logit cannot take.

    The rows' own scores are asked for together, then one request holds all mixtures of a row and the baseline
    (facts, 7). The same seed gives the same values; without one it is 0. All features get their share:
    shap's default would keep ten of them only.
    """
    from shap import KernelExplainer  # slow to load: an analysis of bias alone must not wait for it

    if shap.use_logit:
        scores = _for_logit(scores)
    own = scores(rows)
    asking = _RowKnown(scores)
    np.random.seed(shap.seed or 0)  # shap draws from numpy's global state
    explainer = KernelExplainer(asking, baseline, link="logit" if shap.use_logit else "identity")
    found = []
    for place, row in enumerate(rows):
        asking.known = own[place : place + 1]
        values = explainer.shap_values(
            row[np.newaxis], nsamples=shap.num_samples or "auto", l1_reg=False, silent=True
        )
        found.append(np.asarray(values)[0])
        progress(place + 1)
    local = np.stack(found)
    return Attributions(
        features,
        names_of(own.shape[1]),
        local,
        np.atleast_1d(explainer.expected_value),
        _overall(local, shap.agg_method),
    )


class _RowKnown:
    """The score of the row that is being explained is known: asking again would double the requests."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores
        self.known: np.ndarray | None = None

    def __call__(self, cells: np.ndarray) -> np.ndarray:
        if self.known is not None:
            known, self.known = self.known, None
            return known
        return self._scores(cells)


def _for_logit(scores: Scores) -> Scores:
    """Scores that have a logit: 0 and 1, which have none, are moved towards each other by a hair."""

    def clipped(cells: np.ndarray) -> np.ndarray:
        found = scores(cells)
        if found.min() < 0 or found.max() > 1:
            wrong = found.min() if found.min() < 0 else found.max()
            raise InputError(f"methods.shap.use_logit needs probabilities; the model answered with {wrong}")
        return np.clip(found, _HAIR, 1 - _HAIR)

    return clipped


def _overall(local: np.ndarray, method: str) -> np.ndarray:
    match method:
        case "median":
            return np.asarray(np.median(local, axis=0))
        case "mean_sq":
            return np.asarray(np.square(local).mean(axis=0))
    return np.asarray(np.abs(local).mean(axis=0))
