"""Distances between two distributions, with Deequ's formulas (facts/monitor-and-clarify.md, 3)."""

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import chdtrc

from penstock.emulator.standins.model_monitor.kll import Ranks

SIMPLE, ROBUST = "Simple", "Robust"
L_INFINITY, CHI_SQUARED = "LInfinity", "ChiSquared"

# c(alpha) of the two-sample Kolmogorov-Smirnov test at alpha = 0.003.
_C_ALPHA = 1.8

# Fewest expected counts of a chi-squared test: Cochran's for two categories; for more, Yates's, which a
# fifth of the categories may miss.
_COCHRAN, _YATES, _MAY_MISS = 10, 5, 0.2


def numeric(one: Ranks, other: Ranks, method: str) -> float:
    """The largest difference of the two distribution functions."""
    points = np.concatenate([one.items, other.items])
    apart = np.abs(one.up_to(points) / one.total - other.up_to(points) / other.total)
    return _corrected(float(apart.max()), one.total, other.total, method)


def categorical(one: Mapping[str, int], other: Mapping[str, int], method: str) -> float:
    """The largest difference of a category's frequencies."""
    n, m = sum(one.values()), sum(other.values())
    apart = max(abs(one.get(key, 0) / n - other.get(key, 0) / m) for key in {*one, *other})
    return _corrected(apart, n, m, method)


def _corrected(simple: float, n: float, m: float, method: str) -> float:
    if method == SIMPLE:
        return simple
    return max(0.0, simple - _C_ALPHA * math.sqrt((n + m) / (n * m)))


def chi_squared(observed: Mapping[str, int], expected: Mapping[str, int]) -> float:
    """The p-value of the observed counts under the expected distribution; rare categories are put together.

    Categories that are not expected are left out. NaN if fewer than two categories remain.
    """
    scale = sum(count for key, count in observed.items() if key in expected) / sum(expected.values())
    groups = sorted((count * scale, observed.get(key, 0), key) for key, count in expected.items())
    while len(groups) >= 2 and _too_rare([group[0] for group in groups]):
        (first, seen_first, _), (second, seen_second, key), *rest = groups
        groups = sorted([(first + second, seen_first + seen_second, key), *rest])
    if len(groups) < 2 or not scale:
        return math.nan
    statistic = sum((seen - count) ** 2 / count for count, seen, _ in groups)
    return float(chdtrc(len(groups) - 1, statistic))


def _too_rare(expected: list[float]) -> bool:
    if len(expected) == 2:
        return any(count < _COCHRAN for count in expected)
    return sum(count < _YATES for count in expected) > int(_MAY_MISS * len(expected))
