"""ISO 8601 durations as the service takes them."""

import pytest

from penstock.durations import parse_duration

_DAY = 24 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * _DAY),
        ("p30d", 30 * _DAY),
        ("5y", 5 * 365 * _DAY),
        ("T16m", 16 * 60),
        ("30dT5h", 30 * _DAY + 5 * 3600),
        ("PT1H", 3600),
        ("P4DT12H", 4 * _DAY + 12 * 3600),
        ("P2W", 14 * _DAY),
        ("", None),
        ("P", None),
        ("T", None),
        ("30", None),
        ("1h", None),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds
