"""Sharing requests out: among variants by their weights, and one in so many.

Both spread evenly and without chance: of ten requests at weights 7 and 3, each ten in a row go 7 to 3.
AWS draws lots; over many requests the shares are the same.
"""

import threading
from collections.abc import Mapping


class Balance:
    """Smooth weighted round-robin: whoever has waited the most for its share is next. Thread-safe."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._lock = threading.Lock()
        self.reweigh(weights)

    def reweigh(self, weights: Mapping[str, float]) -> None:
        with self._lock:
            self._weights = {name: weight for name, weight in weights.items() if weight > 0}
            self._credit = dict.fromkeys(self._weights, 0.0)

    def next(self) -> str | None:
        """A name; None when no weight is above 0."""
        with self._lock:
            if not self._weights:
                return None
            for name, weight in self._weights.items():
                self._credit[name] += weight
            chosen = max(self._credit, key=self._credit.__getitem__)
            self._credit[chosen] -= sum(self._weights.values())
            return chosen


class Sampler:
    """Says yes to `percentage` of 100 questions. Thread-safe."""

    def __init__(self, percentage: float) -> None:
        self._percentage = percentage
        self._credit = 0.0
        self._lock = threading.Lock()

    def wants(self) -> bool:
        with self._lock:
            self._credit += self._percentage
            if self._credit < 100:
                return False
            self._credit -= 100
            return True
