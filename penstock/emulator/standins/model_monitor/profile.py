"""Profiles of columns: one pass over batches of a table, in memory that does not grow with it.

It knows Arrow arrays; not where they come from, nor how a profile is written.
"""

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from penstock.emulator.standins.model_monitor.arrow import pc
from penstock.emulator.standins.model_monitor.distinct import Texts
from penstock.emulator.standins.model_monitor.kll import Sketch
from penstock.emulator.standins.model_monitor.types import (
    FRACTIONAL,
    INTEGRAL,
    STRING,
    UNKNOWN,
    count_numbers,
    to_numbers,
)


class NotFinite(Exception):
    """A column of numbers holds a NaN or an infinity."""


@dataclass
class Numbers:
    """Moments, range and sketch of finite numbers. `squares`: of the differences from the mean, summed."""

    count: int = 0
    sum: float = 0.0
    squares: float = 0.0
    min: float = math.inf
    max: float = -math.inf
    sketch: Sketch = field(default_factory=Sketch)

    def add(self, values: np.ndarray) -> None:
        """Raises NotFinite."""
        if not len(values):
            return
        n, total = len(values), float(values.sum())
        if not math.isfinite(total) and not np.isfinite(values).all():
            raise NotFinite
        mean = total / n
        centered = values - mean
        # Chan, Golub and LeVeque, 1979: as exact as if all the values had been together.
        if self.count:
            self.squares += (mean - self.mean) ** 2 * self.count * n / (self.count + n)
        self.squares += float(centered @ centered)
        self.count += n
        self.sum += total
        self.min = min(self.min, float(values.min()))
        self.max = max(self.max, float(values.max()))
        self.sketch.update(values)

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def deviation(self) -> float:
        """Of the population."""
        return math.sqrt(self.squares / self.count)


class Column:
    """What is known of a column so far. Its type is the narrowest that all its values have."""

    def __init__(self, missing: int = 0) -> None:
        self.present = 0
        self.missing = missing
        self.texts = Texts()
        # None from the first value on that is no number.
        self.numbers: Numbers | None = Numbers()
        self._fractional = False

    @property
    def type(self) -> str:
        if not self.present:
            return UNKNOWN
        if self.numbers is None:
            return STRING
        return FRACTIONAL if self._fractional else INTEGRAL

    def add(self, values: pa.Array) -> None:
        """Integers, floats, booleans or strings. Raises NotFinite for floats."""
        self.missing += values.null_count
        values = values.drop_null() if values.null_count else values
        self.present += len(values)
        if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
            self._fractional |= pa.types.is_floating(values.type) and len(values) > 0
            if self.numbers is not None:
                self.numbers.add(values.to_numpy(zero_copy_only=False).astype(np.float64, copy=False))
            return
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.string())
        if self.numbers is not None and len(values):
            self._add_texts_as_numbers(values, self.numbers)
        self.texts.add(values)

    def _add_texts_as_numbers(self, values: pa.Array, numbers: Numbers) -> None:
        integral, numeric = count_numbers(values)
        if numeric < len(values):
            self.numbers = None
            return
        self._fractional |= integral < numeric
        try:
            numbers.add(to_numbers(values).to_numpy())
        except NotFinite:
            # 1e999 is written as a number, but is none.
            self.numbers = None


@dataclass
class Profile:
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)


def profile(batches: Iterable[pa.RecordBatch]) -> Profile:
    """Columns that a batch does not have are missing in all its rows. Raises NotFinite."""
    found = Profile()
    # Columns know nothing of each other, and sorting leaves the interpreter to other threads.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for batch in batches:
            names = batch.schema.names
            for name in names:
                if name not in found.columns:
                    found.columns[name] = Column(missing=found.rows)
            list(threads.map(Column.add, [found.columns[name] for name in names], batch.columns))
            for name in set(found.columns) - set(names):
                found.columns[name].missing += batch.num_rows
            found.rows += batch.num_rows
    return found


def plain(values: pa.Array) -> pa.Array:
    """A column of any flat Arrow type as the integers, floats, booleans or strings that `Column` takes.

    What is not finite is missing. Raises ValueError for a nested type.
    """
    kind = values.type
    if pa.types.is_nested(kind):
        raise ValueError(f"{kind} is nested")
    if pa.types.is_dictionary(kind):
        return plain(values.dictionary_decode())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(values), values, None)
    if pa.types.is_decimal(kind):
        return values.cast(pa.float64())
    return values.cast(pa.string())
