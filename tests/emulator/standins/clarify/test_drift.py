"""Drift rules on figures that are checked by hand."""

import math

import pytest

from penstock.emulator.standins.clarify.drift import ndcg, violations


def analysis(name: str, value: float | None, group: str = "f") -> dict:
    metric = {"name": name, "value": value}
    return {
        "post_training_bias_metrics": {
            "facets": {"sex": [{"value_or_threshold": group, "metrics": [metric]}]}
        }
    }


@pytest.mark.parametrize(
    ("name", "now", "before", "drifted"),
    [
        # The sign is ignored.
        ("DPPL", -0.0765, 0.0279, True),
        ("DPPL", 0.02, -0.03, False),
        ("DPPL", 0.03, 0.03, False),
        # The last digits are not drift.
        ("DPPL", 0.1 + 0.2, 0.3, False),
        ("TE", math.inf, 2.0, True),
        ("TE", math.inf, math.inf, False),
        # DI is even at 1: a half is as far as a double, 1 is no worse than 0.9.
        ("DI", 1.0, 0.9, False),
        ("DI", 0.5, 2.0, False),
        ("DI", 0.4, 2.0, True),
        ("DI", 0.0, 0.5, True),
    ],
)
def test_a_metric_drifts_when_it_is_farther_from_neutral(name, now, before, drifted):
    assert bool(violations(analysis(name, now), analysis(name, before))) is drifted


def test_an_infinite_value_is_written_as_a_word():
    (violation,) = violations(analysis("TE", -math.inf), analysis("TE", 0.5))
    assert violation["description"] == (
        "Metric value -Infinity doesn't meet the baseline constraint requirement 0.5"
    )


def test_a_threshold_is_the_same_question_whatever_the_greatest_value_is():
    assert violations(analysis("CI", 0.5, "(40, 90]"), analysis("CI", 0.4, "(40, 85]"))
    assert not violations(analysis("CI", 0.5, "(40, 90]"), analysis("CI", 0.4, "(30, 90]"))


def test_what_only_one_analysis_has_is_not_compared():
    assert violations(analysis("CI", 0.5), analysis("DPL", 0.1)) == []
    assert violations(analysis("CI", 0.5), analysis("CI", None)) == []
    assert violations(analysis("CI", 0.5), {"explanations": {}}) == []


def test_ndcg_of_the_documentation():
    # Developer Guide, clarify-model-monitor-feature-attribution-drift: the order is reversed.
    training = {"SAT score": 0.70, "GPA": 0.50, "Class rank": 0.05}
    live = {"SAT score": 0.10, "GPA": 0.20, "Class rank": 0.70}
    expected = (0.05 + 0.50 / math.log2(3) + 0.70 / 2) / (0.70 + 0.50 / math.log2(3) + 0.05 / 2)
    assert ndcg(training, live) == pytest.approx(expected)
    assert round(expected, 2) == 0.69
    assert ndcg(training, training) == 1
