"""How often each text occurs, and how many different ones there are, in little memory.

Exact for up to `EXACT` different texts; beyond that they are counted by a HyperLogLog (error below 1 %), and
how often each occurs is no longer known. The same texts give the same count on every machine.
"""

import numpy as np
import pyarrow as pa

EXACT = 10_000

_PRECISION = 14
_REGISTERS = 1 << _PRECISION
_REST = 64 - _PRECISION


class Texts:
    """`counts` is None when there were too many different texts."""

    def __init__(self) -> None:
        self.counts: dict[str, int] | None = {}
        self._registers = np.zeros(_REGISTERS, dtype=np.int8)

    def add(self, texts: pa.Array) -> None:
        """Strings without nulls."""
        if self.counts is None:
            self._register(texts)
            return
        found = texts.value_counts()
        counts = self.counts
        for text, count in zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True):
            counts[text] = counts.get(text, 0) + count
        if len(counts) > EXACT:
            self._register(pa.array(counts, pa.string()))
            self.counts = None

    def distinct(self) -> int:
        if self.counts is not None:
            return len(self.counts)
        # Flajolet and others, 2007; 64-bit hashes need no correction for large numbers.
        empty = int(np.count_nonzero(self._registers == 0))
        estimate = (
            0.7213 / (1 + 1.079 / _REGISTERS) * _REGISTERS**2 / np.exp2(-self._registers.astype(float)).sum()
        )
        if estimate <= 2.5 * _REGISTERS and empty:
            estimate = _REGISTERS * np.log(_REGISTERS / empty)
        return round(float(estimate))

    def _register(self, texts: pa.Array) -> None:
        hashes = hash_texts(texts)
        rest = hashes & np.uint64((1 << _REST) - 1)
        # frexp gives the number of bits; 50 of them are exact in a float.
        zeros = _REST - np.frexp(rest.astype(float))[1] + 1
        np.maximum.at(self._registers, (hashes >> np.uint64(_REST)).astype(np.intp), zeros.astype(np.int8))


_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)
# The bytes of a word that belong to a text of which n bytes are left.
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


def hash_texts(texts: pa.Array) -> np.ndarray:
    """64-bit hashes (n,) of strings without nulls, eight bytes of all texts at a time."""
    texts = texts.cast(pa.large_string())
    _, offsets, content = texts.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)[starts[0] : starts[-1]]
    padded = np.concatenate([data, np.zeros(8, dtype=np.uint8)])
    # A word of eight bytes at every byte of the content.
    words = np.ndarray((len(data) + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
    at, lengths = starts[:-1] - starts[0], np.diff(starts)
    hashes = _mix(lengths.astype(np.uint64))
    rows = np.arange(len(texts))
    done = 0
    while len(rows := rows[lengths[rows] > done]):
        left = np.minimum(lengths[rows] - done, 8)
        hashes[rows] = _mix(hashes[rows] ^ (words[at[rows] + done] & _MASKS[left]))
        done += 8
    return hashes


def _mix(hashes: np.ndarray) -> np.ndarray:
    # The finalizer of SplitMix64 (Steele, Lea, Flood, 2014); products are taken modulo 2^64.
    gamma, first, second = _MULTIPLIERS
    hashes = hashes + gamma
    hashes = (hashes ^ (hashes >> np.uint64(30))) * first
    hashes = (hashes ^ (hashes >> np.uint64(27))) * second
    return hashes ^ (hashes >> np.uint64(31))
