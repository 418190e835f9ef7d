"""A KLL sketch of numbers that forgets the same items every time.

It has Deequ's shape, because statistics.json shows it: level h holds items that stand for 2^h values each,
level 0 the youngest, in the order of the file until the first of them are compacted
(facts/monitor-and-clarify.md, 2). Where the published algorithm tosses a coin, every second compaction of a
level takes the other half. It knows numbers; not where they come from.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

K = 2048
C = 0.64


@cache
def capacity(height: int) -> int:
    """How many items a level takes before it may be compacted."""
    return 2 * (math.ceil(K * C**height / 2) + 1)


class _Level:
    """The items of one level, and which half its next compaction keeps."""

    def __init__(self, items: np.ndarray | None = None) -> None:
        self._parts = [] if items is None else [items]
        self.size = 0 if items is None else len(items)
        self._compactions = self._offset = 0

    def add(self, items: np.ndarray) -> None:
        self._parts.append(items)
        self.size += len(items)

    @property
    def items(self) -> np.ndarray:
        return np.concatenate(self._parts) if self._parts else np.empty(0)

    def compact(self) -> np.ndarray:
        """Empty the level, but for an odd last item; returns every other of the items, sorted."""
        items, even = self.items, self.size & ~1
        if self._compactions % 2:
            self._offset = 1 - self._offset
        self._compactions += 1
        self._parts, self.size = [items[even:]], self.size - even
        items[:even].sort()
        return items[self._offset : even : 2]


class Sketch:
    """Of any number of values; about 6,000 are kept."""

    def __init__(self, levels: Iterable[Iterable[float]] = ()) -> None:
        self._levels = [_Level(np.asarray(list(level), dtype=float)) for level in levels] or [_Level()]
        self._capacity = sum(capacity(height) for height in range(len(self._levels)))
        self._size = sum(level.size for level in self._levels)

    def update(self, values: np.ndarray) -> None:
        """Take in finite values (n,) of type float64; as if one by one, in their order."""
        start = 0
        while start < len(values):
            # One item more than fits makes room, as when they come one by one.
            taken = values[start : start + self._capacity - self._size + 1]
            self._levels[0].add(taken)
            self._size += len(taken)
            start += len(taken)
            if self._size > self._capacity:
                self._condense()

    def _condense(self) -> None:
        height = 0
        while self._levels[height].size < capacity(height):
            height += 1
        if height + 1 == len(self._levels):
            self._levels.append(_Level())
            self._capacity += capacity(height + 1)
        kept = self._levels[height].compact()
        self._levels[height + 1].add(kept)
        # As many as were kept are gone.
        self._size -= len(kept)

    def levels(self) -> list[list[float]]:
        return [level.items.tolist() for level in self._levels]

    def ranks(self) -> "Ranks":
        items = np.concatenate([level.items for level in self._levels])
        weights = np.repeat(
            [2.0**height for height in range(len(self._levels))], [level.size for level in self._levels]
        )
        order = np.argsort(items, kind="stable")
        return Ranks(items[order], np.concatenate([[0.0], np.cumsum(weights[order])]))


@dataclass(frozen=True)
class Ranks:
    """`items` (n,) in ascending order; `below` (n + 1,): how many values the first i items stand for."""

    items: np.ndarray
    below: np.ndarray

    @property
    def total(self) -> float:
        return float(self.below[-1])

    def up_to(self, values: np.ndarray) -> np.ndarray:
        """How many values are less than or equal to each of `values`."""
        return self.below[np.searchsorted(self.items, values, side="right")]

    def less_than(self, values: np.ndarray) -> np.ndarray:
        return self.below[np.searchsorted(self.items, values, side="left")]


BUCKETS = 10


def buckets(ranks: Ranks, least: float, greatest: float) -> list[dict[str, float]]:
    """Ten of equal width; the last one includes its upper bound (facts/monitor-and-clarify.md, 2)."""
    bounds = np.array([least + (greatest - least) * i / BUCKETS for i in range(BUCKETS + 1)])
    under = ranks.less_than(bounds)
    under[-1] = ranks.up_to(bounds[-1:])[0]
    counts = np.diff(under)
    return [
        {"lower_bound": float(bounds[i]), "upper_bound": float(bounds[i + 1]), "count": float(counts[i])}
        for i in range(BUCKETS)
    ]
