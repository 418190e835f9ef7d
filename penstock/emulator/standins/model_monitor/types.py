"""Types of values, by how they are written, and of columns, by their values: Deequ's rules.

facts/monitor-and-clarify.md, 2. Whether a column of booleans is reported as String is unknown; here it is.
"""

import pyarrow as pa

from penstock.emulator.standins.model_monitor.arrow import pc

INTEGRAL = "Integral"
FRACTIONAL = "Fractional"
STRING = "String"
UNKNOWN = "Unknown"
NUMERIC = (INTEGRAL, FRACTIONAL)

_INTEGRAL = r"^[-+]? ?[0-9]+$"
_NUMBER = r"^[-+]? ?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"


def count_numbers(values: pa.Array) -> tuple[int, int]:
    """How many values (no nulls) are integral, and how many are numbers at all."""
    if pa.types.is_integer(values.type):
        return len(values), len(values)
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        return 0, len(values)
    if not pa.types.is_string(values.type):
        return 0, 0
    integral = _matches(values, _INTEGRAL)
    if integral == len(values) or (numbers := _matches(values, _NUMBER)) == integral:
        return integral, integral
    return integral, numbers


def _matches(values: pa.Array, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0)


def to_numbers(values: pa.Array) -> pa.Array:
    """Float64 of texts that are numbers: their sign may be a plus, and a blank may follow it."""
    plain = pc.replace_substring(pc.utf8_ltrim(values, "+"), " ", "")
    return plain.cast(pa.float64())


def of_type(values: pa.Array, expected: str) -> int:
    """How many values (no nulls) a column of the expected type may hold. An integral number is a
    fractional one too (not known of AWS's analyzer); a number is no text."""
    integral, numbers = count_numbers(values)
    return {INTEGRAL: integral, FRACTIONAL: numbers, STRING: len(values) - numbers}[expected]
