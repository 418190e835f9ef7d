"""Bias metrics of a model's predictions (Developer Guide, clarify-measure-post-training-bias).

Of the favored group a and the disadvantaged group d; TP, FP, TN and FN count a group's true and false,
positive and negative predictions. The page of each metric is named at its function, its address begins with
clarify-post-training-bias-metric-.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from penstock.emulator.standins.clarify.metrics import Metric, Undefined, difference, ratio
from penstock.emulator.standins.clarify.pretraining import (
    conditional_demographic_disparity,
    difference_in_proportions,
)

# Neighbours that the flip test asks, and up to how many rows it asks only one (facts, 8).
_NEIGHBOURS, _FEW_ROWS = 5, 9


@dataclass(frozen=True)
class Outcomes:
    """How many predictions of a group are what."""

    tp: int
    fp: int
    tn: int
    fn: int

    @property
    def total(self) -> int:
        return self.tp + self.fp + self.tn + self.fn


@dataclass(frozen=True)
class Predicted:
    """One value for each row: `d` (n,) bool, whether it is in the disadvantaged group; `observed` and
    `predicted` (n,) bool, whether the outcome is positive; `features` (n, m), without facet and label;
    `groups` (n,), the subgroups, if there are."""

    d: np.ndarray
    observed: np.ndarray
    predicted: np.ndarray
    features: pd.DataFrame
    groups: np.ndarray | None = None

    @cached_property
    def of_a(self) -> Outcomes:
        return self._outcomes(~self.d)

    @cached_property
    def of_d(self) -> Outcomes:
        return self._outcomes(self.d)

    def _outcomes(self, rows: np.ndarray) -> Outcomes:
        y, said = self.observed[rows], self.predicted[rows]
        return Outcomes(
            tp=int((y & said).sum()),
            fp=int((~y & said).sum()),
            tn=int((~y & ~said).sum()),
            fn=int((y & ~said).sum()),
        )


def accuracy_difference(data: Predicted) -> float:
    """ACCa - ACCd. -ad."""
    a, d = data.of_a, data.of_d
    return ratio(a.tp + a.tn, a.total) - ratio(d.tp + d.tn, d.total)


def difference_in_acceptance_rates(data: Predicted) -> float:
    """TPa / (TPa + FPa) - TPd / (TPd + FPd). -dar."""
    a, d = data.of_a, data.of_d
    return ratio(a.tp, a.tp + a.fp) - ratio(d.tp, d.tp + d.fp)


def difference_in_conditional_acceptance(data: Predicted) -> float:
    """Observed by predicted positive outcomes, of a less of d. -dca."""
    a, d = data.of_a, data.of_d
    return difference(ratio(a.tp + a.fn, a.tp + a.fp), ratio(d.tp + d.fn, d.tp + d.fp))


def difference_in_conditional_rejection(data: Predicted) -> float:
    """Observed by predicted negative outcomes, of d less of a. -dcr."""
    a, d = data.of_a, data.of_d
    return difference(ratio(d.tn + d.fp, d.tn + d.fn), ratio(a.tn + a.fp, a.tn + a.fn))


def disparate_impact(data: Predicted) -> float:
    """q'd / q'a, q' the share of positive predictions. -di."""
    return ratio(float(data.predicted[data.d].mean()), float(data.predicted[~data.d].mean()))


def difference_in_rejection_rates(data: Predicted) -> float:
    """TNd / (TNd + FNd) - TNa / (TNa + FNa). -drr."""
    a, d = data.of_a, data.of_d
    return ratio(d.tn, d.tn + d.fn) - ratio(a.tn, a.tn + a.fn)


def recall_difference(data: Predicted) -> float:
    """TPa / (TPa + FNa) - TPd / (TPd + FNd). -rd."""
    a, d = data.of_a, data.of_d
    return ratio(a.tp, a.tp + a.fn) - ratio(d.tp, d.tp + d.fn)


def specificity_difference(data: Predicted) -> float:
    """TNd / (TNd + FPd) - TNa / (TNa + FPa). -sd."""
    a, d = data.of_a, data.of_d
    return ratio(d.tn, d.tn + d.fp) - ratio(a.tn, a.tn + a.fp)


def treatment_equality(data: Predicted) -> float:
    """FPa / FNa - FPd / FNd. -te."""
    a, d = data.of_a, data.of_d
    return difference(ratio(a.fp, a.fn), ratio(d.fp, d.fn))


def generalized_entropy(data: Predicted) -> float:
    """Of the benefits b = y' - y + 1 of all rows: the mean of (b / mean b)^2 - 1, halved. -ge."""
    benefits = data.predicted.astype(int) - data.observed.astype(int) + 1
    if not benefits.any():
        raise Undefined("every prediction is a false negative")
    return float((np.square(benefits / benefits.mean()) - 1).mean() / 2)


def flip_test(data: Predicted) -> float:
    """(F+ - F-) / nd: rows of d with a negative (positive) prediction whose nearest rows of a mostly have
    a positive (negative) one. -ft.

    The page does not say how near is measured: here by the Euclidean distance of the features as they are,
    text as one column for each value, what is missing as the column's median.
    """
    points = _points(data.features)
    count = min(1 if len(points) <= _FEW_ROWS else _NEIGHBOURS, data.of_a.total)
    nearest = NearestNeighbors(n_neighbors=count).fit(points[~data.d])
    neighbours = nearest.kneighbors(points[data.d], return_distance=False)
    favorable = data.predicted[~data.d][neighbours].mean(axis=1) > 0.5
    own = data.predicted[data.d]
    return float((int((favorable & ~own).sum()) - int((~favorable & own).sum())) / len(own))


def _points(features: pd.DataFrame) -> np.ndarray:
    if features.shape[1] == 0:
        raise Undefined("there are no features to compare rows by")
    numbers = features.select_dtypes("number")
    columns = [numbers.fillna(numbers.median()).fillna(0)]
    others = features.select_dtypes(exclude="number")
    if others.shape[1]:
        columns.append(pd.get_dummies(others.astype(str)))
    return pd.concat(columns, axis="columns").to_numpy(dtype=float)


METRICS: tuple[Metric[Predicted], ...] = (
    Metric(
        "AD",
        "Accuracy Difference (AD)",
        "How much less often the model is right for the group than for the rest: 0 is even.",
        accuracy_difference,
    ),
    Metric(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        "Within comparable subgroups, is the group a larger part of those the model rejects than of those it "
        "accepts? 0 is even.",
        lambda data: conditional_demographic_disparity(data.predicted, data.d, data.groups),
    ),
    Metric(
        "DAR",
        "Difference in Acceptance Rates (DAR)",
        "How much less precise the model's acceptances are for the group: 0 is even.",
        difference_in_acceptance_rates,
    ),
    Metric(
        "DCA",
        "Difference in Conditional Acceptance (DCA)",
        "Against what was observed, does the model accept fewer of the group than of the rest? 0 is even.",
        difference_in_conditional_acceptance,
    ),
    Metric(
        "DCR",
        "Difference in Conditional Rejection (DCR)",
        "Against what was observed, does the model reject fewer of the group than of the rest? 0 is even.",
        difference_in_conditional_rejection,
    ),
    Metric(
        "DI",
        "Disparate Impact (DI)",
        "The group's share of positive predictions by that of the rest: 1 is even, below 0.8 often counts as "
        "adverse.",
        disparate_impact,
    ),
    Metric(
        "DPPL",
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        "How much rarer positive predictions are in the group than in the rest: 0 is even.",
        lambda data: difference_in_proportions(data.predicted, data.d),
    ),
    Metric(
        "DRR",
        "Difference in Rejection Rates (DRR)",
        "How much more precise the model's rejections are for the group: 0 is even.",
        difference_in_rejection_rates,
    ),
    Metric(
        "FT",
        "Flip Test (FT)",
        "Are the most similar rows of the rest predicted better than those of the group? 0 is even.",
        flip_test,
    ),
    Metric(
        "GE",
        "Generalized Entropy (GE)",
        "How unevenly the model's errors benefit people, over all rows: 0 is even.",
        generalized_entropy,
    ),
    Metric(
        "RD",
        "Recall Difference (RD)",
        "How many more of those who should be accepted the model misses in the group: 0 is even.",
        recall_difference,
    ),
    Metric(
        "SD",
        "Specificity Difference (SD)",
        "How much better the model recognises those of the group who should be rejected: 0 is even.",
        specificity_difference,
    ),
    Metric(
        "TE",
        "Treatment Equality (TE)",
        "Is the balance between false acceptances and false rejections different for the group? 0 is even.",
        treatment_equality,
    ),
)
