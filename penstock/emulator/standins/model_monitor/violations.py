"""Data quality against a baseline: constraint_violations.json (facts/monitor-and-clarify.md, 4 and 11).

Known are the kinds of violations and the text of data_type_check; the other texts, and the feature_name of a
wrong number of columns, are our own. A value that equals its threshold violates nothing.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from penstock.emulator.standins.model_monitor import drift
from penstock.emulator.standins.model_monitor.arrow import pc
from penstock.emulator.standins.model_monitor.constraints import completeness
from penstock.emulator.standins.model_monitor.statistics import categories, common, ranks
from penstock.emulator.standins.model_monitor.types import FRACTIONAL, INTEGRAL, NUMERIC, STRING, of_type

# Counts those values of a column (no nulls) that are as they should be.
Rule = Callable[[pa.Array], int]
# The number of values of a column that are as a rule says: a look into the data again.
CountValues = Callable[[str, Rule], int]

Violation = dict[str, str]


def check(
    statistics: dict[str, Any],
    constraints: dict[str, Any],
    baseline: dict[str, Any] | None,
    count_values: CountValues,
) -> list[Violation]:
    """What in the data of `statistics` violates `constraints`; without the statistics of their baseline
    nothing is said of drift."""
    config = constraints.get("monitoring_config") or {}
    if not _enabled(config, "evaluate_constraints"):
        return []
    found = {feature["name"]: feature for feature in statistics["features"]}
    before = {feature["name"]: feature for feature in (baseline or {}).get("features", [])}
    violations = list(_check_columns(len(found), len(constraints["features"])))
    for constraint in constraints["features"]:
        name = constraint["name"]
        settings = {**config, **_overrides(constraint)}
        if name in found and _enabled(settings, "evaluate_constraints"):
            violations += _check_feature(found[name], constraint, before.get(name), settings, count_values)
    return violations


def _enabled(settings: dict[str, Any], name: str) -> bool:
    return settings.get(name, "Enabled") == "Enabled"


def _overrides(constraint: dict[str, Any]) -> dict[str, Any]:
    # The guide and the SDK put them in two places, under two names.
    for place in (constraint, constraint.get("string_constraints") or {}):
        for name in ("monitoring_config_overrides", "monitoringConfigOverrides"):
            if place.get(name):
                return dict(place[name])
    return {}


def _violation(feature: str, kind: str, description: str) -> Violation:
    return {"feature_name": feature, "constraint_check_type": kind, "description": description}


def _check_columns(found: int, expected: int) -> Iterator[Violation]:
    counts = f"Number of columns in current dataset: {found}, in baseline constraints: {expected}"
    if found < expected:
        yield _violation("Missing columns", "missing_column_check", f"Columns are missing. {counts}")
    if found > expected:
        yield _violation("Extra columns", "extra_column_check", f"There are extra columns. {counts}")


def _check_feature(
    feature: dict[str, Any],
    constraint: dict[str, Any],
    before: dict[str, Any] | None,
    settings: dict[str, Any],
    count_values: CountValues,
) -> Iterator[Violation]:
    name = feature["name"]
    expected = constraint.get("inferred_type")
    match = _type_match(feature, expected, count_values)
    threshold = float(settings.get("datatype_check_threshold", 1.0))
    if match < threshold:
        yield _violation(
            name,
            "data_type_check",
            f"Data type match requirement is not met. Expected data type: {expected}, Expected match: "
            f"{threshold * 100}%. Observed: Only {match * 100}% of data is {expected}.",
        )
    complete, needed = completeness(feature), float(constraint.get("completeness", 0.0))
    if complete < needed:
        yield _violation(
            name,
            "completeness_check",
            f"Completeness requirement is not met. Expected completeness: {needed * 100}%. "
            f"Observed: Only {complete * 100}% of data is complete.",
        )
    domain = (constraint.get("string_constraints") or {}).get("domains")
    if domain and feature["inferred_type"] == STRING:
        known = _known(feature, domain, count_values)
        content = float(settings.get("domain_content_threshold", 1.0))
        if known < content:
            yield _violation(
                name,
                "categorical_values_check",
                f"Domain requirement is not met. Expected match: {content * 100}%. "
                f"Observed: Only {known * 100}% of data is in the baseline's domain.",
            )
    if before is not None:
        yield from _check_drift(feature, before, settings.get("distribution_constraints") or {})


def _type_match(feature: dict[str, Any], expected: str | None, count_values: CountValues) -> float:
    found = feature["inferred_type"]
    if expected not in (*NUMERIC, STRING) or found == expected or not common(feature)["num_present"]:
        return 1.0
    if (found, expected) == (INTEGRAL, FRACTIONAL):
        return 1.0
    return _share(feature, lambda values: of_type(values, expected), count_values)


def _known(feature: dict[str, Any], domain: list[str], count_values: CountValues) -> float:
    """The share of values that are in the domain."""
    if counts := categories(feature):
        return sum(counts.get(value, 0) for value in domain) / common(feature)["num_present"]
    return _share(feature, lambda values: _in_domain(values, domain), count_values)


def _in_domain(values: pa.Array, domain: list[str]) -> int:
    return int(pc.sum(pc.is_in(values.cast(pa.string()), pa.array(domain, pa.string()))).as_py() or 0)


def _share(feature: dict[str, Any], rule: Rule, count_values: CountValues) -> float:
    return count_values(feature["name"], rule) / common(feature)["num_present"]


def _check_drift(
    feature: dict[str, Any], before: dict[str, Any], settings: dict[str, Any]
) -> Iterator[Violation]:
    """With ChiSquared the threshold is one for the p-value, which falls as data drift apart: which number
    AWS compares is unknown."""
    if not settings or not _enabled(settings, "perform_comparison"):
        return
    name, method = feature["name"], settings.get("comparison_method", drift.ROBUST)
    threshold = settings.get("comparison_threshold", 0.1)
    numbers, numbers_before = ranks(feature), ranks(before)
    texts, texts_before = categories(feature), categories(before)
    if numbers and numbers_before:
        distance = drift.numeric(numbers, numbers_before, method)
    elif texts and texts_before:
        threshold = settings.get("categorical_comparison_threshold", threshold)
        if settings.get("categorical_drift_method") == drift.CHI_SQUARED:
            p_value = drift.chi_squared(texts, texts_before)
            if not math.isnan(p_value) and p_value < threshold:
                yield _violation(
                    name,
                    "baseline_drift_check",
                    f"Chi-squared p-value: {p_value} is below threshold: {threshold}",
                )
            return
        distance = drift.categorical(texts, texts_before, method)
    else:
        return
    if distance > threshold:
        yield _violation(
            name,
            "baseline_drift_check",
            f"Baseline drift distance: {distance} exceeds threshold: {threshold}",
        )
