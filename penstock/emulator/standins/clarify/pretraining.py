"""Bias metrics of a data set, before any model (Developer Guide, clarify-measure-data-bias).

Of the favored group a and the disadvantaged group d, with P(y) the share of the label y in a group. The page
of each metric is named at its function.
"""

from dataclasses import dataclass

import numpy as np

from penstock.emulator.standins.clarify.metrics import Metric, Undefined, ratio


@dataclass(frozen=True)
class Observed:
    """One value for each row: `d` (n,) bool, whether it is in the disadvantaged group; `positive` (n,) bool,
    the outcome; `labels` (n,), the outcomes as categories; `groups` (n,), the subgroups, if there are."""

    d: np.ndarray
    positive: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    @property
    def distributions(self) -> tuple[np.ndarray, np.ndarray]:
        """(Pa, Pd), each (labels,)."""
        kinds, codes = np.unique(self.labels, return_inverse=True)
        a, d = (np.bincount(codes[rows], minlength=len(kinds)) for rows in (~self.d, self.d))
        return a / a.sum(), d / d.sum()


def class_imbalance(data: Observed) -> float:
    """(na - nd) / (na + nd). clarify-bias-metric-class-imbalance."""
    d = int(data.d.sum())
    return (len(data.d) - 2 * d) / len(data.d)


def difference_in_proportions(positive: np.ndarray, d: np.ndarray) -> float:
    """qa - qd, q the share of positive outcomes. clarify-data-bias-metric-true-label-imbalance."""
    return float(positive[~d].mean() - positive[d].mean())


def kullback_leibler(data: Observed) -> float:
    """sum Pa log(Pa / Pd). clarify-data-bias-metric-kl-divergence."""
    return _divergence(*data.distributions)


def jensen_shannon(data: Observed) -> float:
    """Half of KL(Pa, P) + KL(Pd, P), P the mean of both.

    clarify-data-bias-metric-jensen-shannon-divergence.
    """
    a, d = data.distributions
    mean = (a + d) / 2
    return (_divergence(a, mean) + _divergence(d, mean)) / 2


def lp_norm(data: Observed) -> float:
    """The Euclidean distance of Pa and Pd. clarify-data-bias-metric-lp-norm."""
    a, d = data.distributions
    return float(np.linalg.norm(a - d))


def total_variation_distance(data: Observed) -> float:
    """Half the sum of |Pa - Pd|. clarify-data-bias-metric-total-variation-distance."""
    a, d = data.distributions
    return float(np.abs(a - d).sum() / 2)


def kolmogorov_smirnov(data: Observed) -> float:
    """The largest |Pa - Pd|. clarify-data-bias-metric-kolmogorov-smirnov."""
    a, d = data.distributions
    return float(np.abs(a - d).max())


def conditional_demographic_disparity(
    positive: np.ndarray, d: np.ndarray, groups: np.ndarray | None
) -> float:
    """Mean over subgroups, weighted by size, of: d's share of the rejected less its share of the accepted.

    A subgroup without rejected (or accepted) rows counts 0 for that share, as AWS's published analysis of
    subgroups of one row shows. clarify-data-bias-metric-cddl.
    """
    if groups is None:
        raise Undefined("Group variable is empty or not provided")
    _, codes = np.unique(groups, return_inverse=True)
    sizes = np.bincount(codes)

    def share(outcome: np.ndarray) -> np.ndarray:
        total = np.bincount(codes[outcome], minlength=len(sizes))
        of_d = np.bincount(codes[outcome & d], minlength=len(sizes))
        return np.divide(of_d, total, out=np.zeros(len(sizes)), where=total > 0)

    return float((sizes * (share(~positive) - share(positive))).sum() / sizes.sum())


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    return sum(float(x * np.log(ratio(x, y))) for x, y in zip(p, q, strict=True) if x > 0)


METRICS: tuple[Metric[Observed], ...] = (
    Metric(
        "CDDL",
        "Conditional Demographic Disparity in Labels (CDDL)",
        "In comparable subgroups, is the group a larger part of the rejected than the accepted? 0 is even.",
        lambda data: conditional_demographic_disparity(data.positive, data.d, data.groups),
    ),
    Metric(
        "CI",
        "Class Imbalance (CI)",
        "How much smaller the group is than the rest: 0 is equal size, 1 is (nearly) absent.",
        class_imbalance,
    ),
    Metric(
        "DPL",
        "Difference in Positive Proportions in Labels (DPL)",
        "How much rarer positive outcomes are in the group than in the rest: 0 is even.",
        lambda data: difference_in_proportions(data.positive, data.d),
    ),
    Metric(
        "JS",
        "Jensen-Shannon Divergence (JS)",
        "How far the outcomes of both groups are from their common distribution: 0 is the same.",
        jensen_shannon,
    ),
    Metric(
        # AWS's own spelling of Leibler.
        "KL",
        "Kullback-Liebler Divergence (KL)",
        "How far the outcomes of the group are from those of the rest: 0 is the same.",
        kullback_leibler,
    ),
    Metric(
        "KS",
        "Kolmogorov-Smirnov Distance (KS)",
        "The largest difference of one outcome's share between the groups: 0 is the same.",
        kolmogorov_smirnov,
    ),
    Metric(
        "LP",
        "L-p Norm (LP)",
        "The straight-line distance between the outcomes' shares of both groups: 0 is the same.",
        lp_norm,
    ),
    Metric(
        "TVD",
        "Total Variation Distance (TVD)",
        "The share of outcomes that would have to change to make both groups alike: 0 is the same.",
        total_variation_distance,
    ),
)
