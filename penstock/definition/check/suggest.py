"""Suggestions: what someone who wrote one word may have meant, of the words that are known."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known word, or with all of them if they are few; empty if neither helps."""
    words = sorted(set(known))
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if not near:
        folded = {candidate.casefold(): candidate for candidate in words}
        near = [folded[word.casefold()]] if word.casefold() in folded else []
    if near:
        return f"Did you mean {near[0]!r}?"
    if 0 < len(words) <= _MOST:
        return f"Known: {', '.join(words)}."
    return ""
