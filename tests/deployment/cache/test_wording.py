"""Forecasts as lines."""

from datetime import timedelta

import pytest

from penstock.deployment.cache import Forecast, line, wording


@pytest.mark.parametrize(
    ("hit", "reason", "text"),
    [
        (True, "execution abc123def456, 2 h ago", "Train: hit (execution abc123def456, 2 h ago)"),
        (False, "no earlier success", "Train: miss, no earlier success"),
        (None, "parameter Rounds has no default", "Train: cannot be told, parameter Rounds has no default"),
    ],
)
def test_a_line(hit, reason, text):
    assert line(Forecast("Train", hit, reason=reason)) == text


def test_hostile_text_acts_on_no_terminal():
    assert line(Forecast("A\x1b", False, reason="b\r\n")) == r"A\u001b: miss, b\r\n"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        ({"seconds": -1}, "0 s"), ({"seconds": 59.9}, "59 s"), ({"minutes": 1}, "1 min"),
        ({"minutes": 119}, "1 h"), ({"hours": 47}, "47 h"), ({"hours": 48}, "2 days"),
        ({"days": 40}, "40 days"),
    ],
)  # fmt: skip
def test_ages(age, text):
    assert wording.hit("arn:aws:x/execution/abc", timedelta(**age)) == f"execution abc, {text} ago"
