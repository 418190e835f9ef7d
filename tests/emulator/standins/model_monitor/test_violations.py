"""Checks against a baseline that the analyzer made itself."""

import copy
import math

import numpy as np
import pytest
from scipy.stats import chisquare, ks_2samp

from penstock.emulator.standins.model_monitor import drift
from penstock.emulator.standins.model_monitor.kll import Sketch


@pytest.fixture
def compare(analyze):
    """compare(before, now, change): the violations of CSV `now` against the baseline of `before`, whose
    constraints `change` may change in place."""

    def run(before, now, change=lambda constraints: None, **environment):
        baseline = analyze(before, **environment)
        constraints = copy.deepcopy(baseline.constraints)
        change(constraints)
        found = analyze(now, baseline_constraints=constraints, baseline_statistics=baseline.statistics)
        assert found.code == 0, found.message
        count = len(found.violations or [])
        assert found.message == (
            f"CompletedWithViolations: Job completed successfully with {count} violations."
            if count
            else "Completed: Job completed successfully with no violations."
        )
        return [tuple(violation.values()) for violation in found.violations or []]

    return run


def column(values, name="a"):
    return f"{name},z\n" + "".join(f"{value},1\n" for value in values)


def config(**settings):
    return lambda constraints: constraints["monitoring_config"].update(settings)


def comparison(**settings):
    return lambda constraints: constraints["monitoring_config"]["distribution_constraints"].update(settings)


def test_the_same_data_violate_nothing(compare):
    rows = column([*"ab" * 50, "", ""])
    assert compare(rows, rows) == []


def test_another_type_is_a_violation(compare):
    text = (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 75.0% of data is Integral."
    )
    assert compare(column([1, 2, 3, 4]), column([1, 2, "x", 4])) == [("a", "data_type_check", text)]


def test_integers_are_fractional_numbers_too(compare):
    assert compare(column([1.5, 2.5]), column([1, 2])) == []


def test_the_threshold_of_types_may_be_lower(compare):
    rows = column([1, 2, 3, 4]), column([1, 2, "x", 4])
    assert compare(*rows, config(datatype_check_threshold=0.75)) == []


def test_more_missing_values_are_a_violation(compare):
    text = (
        "Completeness requirement is not met. Expected completeness: 100.0%. Observed: Only 75.0% of data is "
        "complete."
    )
    assert compare(column([1, 2, 3, 4]), column([1, 2, 3, ""])) == [("a", "completeness_check", text)]


def test_values_outside_the_domain_are_a_violation(compare):
    text = (
        "Domain requirement is not met. Expected match: 100.0%. Observed: Only 90.0% of data is in the "
        "baseline's domain."
    )
    before, now = column("ab" * 10), column("ab" * 9 + "xx")
    assert compare(before, now) == [("a", "categorical_values_check", text)]
    assert compare(before, now, config(domain_content_threshold=0.9)) == []


def test_values_outside_the_domain_are_counted_when_there_are_many(compare):
    before, now = column("ab" * 150), column(["a"] * 150 + [f"x{n}" for n in range(150)])
    ((feature, kind, text),) = compare(before, now)
    assert (feature, kind) == ("a", "categorical_values_check")
    assert "Observed: Only 50.0% of data" in text


def test_fewer_or_more_columns_are_a_violation(compare):
    assert compare("a,b\n1,2\n", "a\n1\n") == [
        (
            "Missing columns",
            "missing_column_check",
            "Columns are missing. Number of columns in current dataset: 1, in baseline constraints: 2",
        )
    ]
    assert compare("a\n1\n", "a,b\n1,2\n") == [
        (
            "Extra columns",
            "extra_column_check",
            "There are extra columns. Number of columns in current dataset: 2, in baseline constraints: 1",
        )
    ]


BEFORE, SHIFTED = column(range(1000)), column(range(300, 1300))


def test_a_shifted_distribution_is_a_violation(compare):
    distance = 0.3 - 1.8 * math.sqrt(2000 / 1000**2)
    ((feature, kind, text),) = compare(BEFORE, SHIFTED)
    assert (feature, kind) == ("a", "baseline_drift_check")
    prefix, _, rest = text.removeprefix("Baseline drift distance: ").partition(" exceeds threshold: ")
    assert (float(prefix), rest) == (pytest.approx(distance), "0.1")


@pytest.mark.parametrize(
    "change",
    [
        comparison(comparison_threshold=0.25),
        comparison(perform_comparison="Disabled"),
        config(evaluate_constraints="Disabled"),
        lambda constraints: constraints["features"][0].update(
            monitoring_config_overrides={"evaluate_constraints": "Disabled"}
        ),
        lambda constraints: constraints["features"][0].update(
            monitoring_config_overrides={"distribution_constraints": {"comparison_threshold": 0.3}}
        ),
    ],
    ids=["threshold", "no comparison", "no evaluation", "not of this feature", "threshold of the feature"],
)
def test_what_is_allowed_or_not_evaluated_is_no_violation(compare, change):
    assert compare(BEFORE, SHIFTED, change) == []


def test_the_simple_method_corrects_nothing(compare):
    simple = comparison(comparison_method="Simple", comparison_threshold=0.2)
    robust = comparison(comparison_threshold=0.2)
    few, other = column(range(10)), column(range(5, 15))
    assert compare(few, other, robust) == []
    assert compare(few, other, simple) == [
        ("a", "baseline_drift_check", "Baseline drift distance: 0.5 exceeds threshold: 0.2")
    ]


def test_frequencies_of_categories_that_changed_are_a_violation(compare):
    before, now = column("ab" * 500), column("aaab" * 250)
    simple = comparison(comparison_method="Simple")
    assert compare(before, now, simple) == [
        ("a", "baseline_drift_check", "Baseline drift distance: 0.25 exceeds threshold: 0.1")
    ]
    simple = comparison(comparison_method="Simple", categorical_comparison_threshold=0.25)
    assert compare(before, now, simple) == []


def test_with_chi_squared_a_small_p_value_is_a_violation(compare):
    before, now = column("ab" * 50), column("ab" * 30 + "a" * 40)
    p_value = chisquare([70, 30], [50, 50]).pvalue
    ((feature, kind, text),) = compare(before, now, categorical_drift_method="ChiSquared")
    assert (feature, kind) == ("a", "baseline_drift_check")
    prefix, _, rest = text.removeprefix("Chi-squared p-value: ").partition(" is below threshold: ")
    assert (float(prefix), rest) == (pytest.approx(p_value), "0.1")
    assert compare(before, before, categorical_drift_method="ChiSquared") == []


def test_without_statistics_of_the_baseline_nothing_is_said_of_drift(analyze):
    constraints = analyze(BEFORE).constraints
    assert analyze(SHIFTED, baseline_constraints=constraints).violations is None


def test_statistics_of_a_baseline_alone_imply_its_constraints(analyze):
    statistics = analyze(BEFORE).statistics
    (violation,) = analyze(SHIFTED, baseline_statistics=statistics).violations
    assert violation["constraint_check_type"] == "baseline_drift_check"


def test_the_simple_distance_is_that_of_kolmogorov_and_smirnov():
    random = np.random.default_rng(0)
    one, other = random.normal(size=500), random.normal(0.3, 1.2, size=700).round(1)
    sketches = [Sketch([values]).ranks() for values in (one, other)]
    assert drift.numeric(*sketches, drift.SIMPLE) == pytest.approx(ks_2samp(one, other).statistic)


def test_chi_squared_puts_rare_categories_together_and_leaves_new_ones_out():
    observed = {"a": 40, "b": 35, "c": 1, "d": 24, "new": 9}
    expected = {"a": 500, "b": 300, "c": 10, "d": 150, "e": 40}
    # Expected of 100: c 1 and e 4 are below 5 and more than a fifth of the five; together they are 5.
    answer = drift.chi_squared(observed, expected)
    assert answer == pytest.approx(chisquare([40, 35, 1, 24], [50, 30, 5, 15]).pvalue)


def test_chi_squared_of_one_category_is_undefined():
    assert math.isnan(drift.chi_squared({"a": 3}, {"a": 5}))
    assert math.isnan(drift.chi_squared({"x": 3}, {"a": 500, "b": 500}))
