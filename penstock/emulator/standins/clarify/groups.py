"""Columns split in two: the rows that a configured value or threshold stands for, and the others.

Labels are split into positive and negative outcomes, facets into the disadvantaged group d (the values that
are given) and the favored group a (facts: monitor-and-clarify.md, 8). It knows columns and values only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from penstock.emulator.standins.errors import InputError

# From this share of distinct values on, a column of integers is a quantity (facts, 8).
_QUANTITY = 0.05


@dataclass(frozen=True)
class Group:
    """`chosen` (n,) bool; `text` is the value_or_threshold that analysis.json shows."""

    chosen: np.ndarray
    text: str


def is_quantity(column: pd.Series) -> bool:
    """Whether a column is continuous: numbers with a fraction always, whole numbers when many differ.

    Kinder than the facts in two cases, where AWS's rule makes 0 and 1 a quantity: two distinct whole numbers
    are categories in a small data set too, and so are whole numbers written as 0.0 and 1.0.
    """
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return False
    distinct = column.nunique()
    if pd.api.types.is_float_dtype(column) and not _whole(column):
        return True
    return distinct > 2 and distinct / max(len(column), 1) >= _QUANTITY


def split(column: pd.Series, values: list[Any], what: str) -> Group:
    """One number for a continuous column is a threshold: the rows above it. Otherwise the values' rows.

    Raises InputError, which begins with `what`, when values are not in the column or do not fit it.
    """
    if len(values) == 1 and is_quantity(column):
        threshold = _number(values[0], what)
        return Group((column > threshold).to_numpy(), f"({threshold}, {column.max()}]")
    known = category_texts(column)
    wanted = [_category(value, column) for value in values]
    present = set(known)
    for value, text in zip(values, wanted, strict=True):
        if text not in present:
            raise InputError(f"{what}: {value!r} is not among its values: {_some(sorted(present))}")
    return Group(np.isin(known, wanted), ",".join(wanted))


def facet_groups(column: pd.Series, values: list[Any] | None, what: str) -> list[Group]:
    """The groups d of a facet: one for the given values, without them one for each value of the column.

    Raises InputError when a group would be empty or everything.
    """
    if column.nunique() < 2:
        raise InputError(
            f"{what}: every row has the value {_text(column.iloc[0])!r}; "
            "there is no other group to compare with"
        )
    if not values:
        if is_quantity(column):
            raise InputError(f"{what}: its values are continuous; value_or_threshold must give a threshold")
        groups = [split(column, [value], what) for value in sorted(column.unique(), key=str)]
    else:
        groups = [split(column, values, what)]
    for group in groups:
        if group.chosen.all() or not group.chosen.any():
            amount = "every" if group.chosen.all() else "no"
            raise InputError(f"{what}: {amount} row is in {group.text}; there are no two groups to compare")
    return groups


def category_texts(column: pd.Series) -> np.ndarray:
    """The values of a column as text, so that 1, 1.0 and "1" of data and configuration are the same."""
    return np.array([_text(value) for value in column], dtype=object)


def _category(value: Any, column: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(column) and isinstance(value, str):
        try:
            return _text(float(value))
        except ValueError:
            return value
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value.item() if isinstance(value, np.generic) else value)


def _number(value: Any, what: str) -> float | int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"{what}: {value!r} is no number, but its values are continuous") from None


def _whole(column: pd.Series) -> bool:
    # Integers with missing ones between them are read as floats.
    return bool((column.dropna() % 1 == 0).all())


def _some(values: list[str], most: int = 10) -> str:
    shown = ", ".join(values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown
