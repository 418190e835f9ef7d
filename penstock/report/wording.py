"""Numbers and times as the page says them."""

from datetime import UTC, datetime

from penstock.deployment.wording import duration as _duration


def duration(seconds: float | None) -> str:
    """`< 1 ms`, `12 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`; a dash where there is none."""
    if seconds is None:
        return "–"
    if seconds < 0.001:
        return "< 1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.1 else _duration(seconds)


def moment(time: datetime | None) -> str:
    """In UTC, to the second."""
    return "–" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def share(part: float, whole: float) -> str:
    """`12.5 %`; nothing of something is told apart from almost nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    return "< 0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %".replace(".0 %", " %")
