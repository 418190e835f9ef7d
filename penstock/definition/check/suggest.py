"""Suggestions: what someone who wrote one word may have meant, of the words that are known."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import takewhile
from operator import eq

_MOST = 12
_ALIKE = 0.6
_TELLING = 4  # letters of a word that says something inside of another one


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known word, or with all of them if they are few; empty if neither helps."""
    words = sorted(set(known))
    if near := nearest(word, words):
        return f"Did you mean {near!r}?"
    if 0 < len(words) <= _MOST:
        return f"Known: {', '.join(words)}."
    return ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one; None if none is much like it.

    People begin a word right (ProcessingOutputs for ProcessingOutputConfig) or add to it (TrainingStep), so a
    common beginning counts, and one word inside of the other, beside the letters that they share.
    """
    scores = {candidate: _likeness(word.casefold(), candidate.casefold()) for candidate in known}
    near = [candidate for candidate in sorted(scores) if scores[candidate] is not None]
    return max(near, key=lambda candidate: scores[candidate] or 0, default=None)


def _likeness(word: str, candidate: str) -> float | None:
    shorter, longer = sorted((word, candidate), key=len)
    inside = len(shorter) >= _TELLING and shorter in longer
    shared = SequenceMatcher(None, word, candidate).ratio()
    if shared < _ALIKE and not inside:
        return None
    begun = len(list(takewhile(bool, map(eq, word, candidate)))) / max(len(word), 1)
    return shared + begun / 2 + inside * len(shorter) / len(longer) / 2
