"""A shadow variant: it gets copies of requests, and nobody waits for what it answers.

When it cannot keep up, copies are left out.
"""

import queue
import threading
import time
from collections.abc import Callable

from penstock.emulator.hosting.balance import Sampler
from penstock.emulator.hosting.capture import Exchange
from penstock.emulator.hosting.invocation import Invocation, ModelFailed
from penstock.emulator.hosting.variant import Variant
from penstock.emulator.sagemaker.errors import ServiceError

_MOST_WAITING = 100


class Shadow:
    """`percentage` of the requests go to `variant` too; `on_exchange` gets each with its answer."""

    def __init__(self, percentage: float, variant: Variant, on_exchange: Callable[[Exchange], None]) -> None:
        self._sampler = Sampler(percentage)
        self._variant = variant
        self._on_exchange = on_exchange
        self._waiting: queue.Queue[Invocation | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name=f"shadow {variant.name}", daemon=True)
        self._thread.start()

    def follow(self, invocation: Invocation) -> None:
        if self._sampler.wants():
            try:
                self._waiting.put_nowait(invocation)
            except queue.Full:
                return

    def close(self) -> None:
        """What still waits is not asked any more: the variant is closed already."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (invocation := self._waiting.get()) is not None:
            arrived = time.time()
            try:
                answer = self._variant.answer(invocation)
            except (ModelFailed, ServiceError):
                continue
            self._on_exchange(Exchange(self._variant.name, invocation, answer, arrived))
