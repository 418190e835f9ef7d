"""ISO 8601 durations as CacheConfig.ExpireAfter takes them: loose in case, P optional
(facts/pipeline-execution.md, section 5: 30d, 5y, T16m, 30dT5h, PT1H, p30d)."""

import re

_DAY = 24 * 3600
_DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE | re.ASCII,
)
_SECONDS = {
    "years": 365 * _DAY,
    "months": 30 * _DAY,
    "weeks": 7 * _DAY,
    "days": _DAY,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
}


def parse_duration(text: str) -> int | None:
    """Seconds, or None where the text is no duration. A year counts 365 days and a month 30."""
    match = _DURATION.fullmatch(text)
    parts = {unit: int(number) for unit, number in match.groupdict().items() if number} if match else {}
    return sum(_SECONDS[unit] * number for unit, number in parts.items()) if parts else None
