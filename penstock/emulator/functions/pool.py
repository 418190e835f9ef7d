"""Warm workers: a function that is invoked again finds the process of an earlier invocation.

A worker runs one invocation at a time; there are as many as run at once. Idle ones are ended after a while,
and at once when their function has changed. It knows how long workers live, and nothing of how they are made.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from penstock.emulator.functions.function import Function
from penstock.emulator.functions.worker import Worker
from penstock.emulator.sagemaker.errors import ServiceError

# AWS says "some minutes"; a process here costs memory of a person's own machine.
IDLE_SECONDS = 300.0
# How long (s) the end of what runs is waited for.
_PATIENCE = 5.0
# Of all functions together, as an account has a limit: each is a process.
MOST_AT_ONCE = 50


class Pool:
    """`make(function)` starts a worker. Safe to share between threads."""

    def __init__(self, make: Callable[[Function], Worker], idle_seconds: float = IDLE_SECONDS) -> None:
        self._make = make
        self._idle_seconds = idle_seconds
        self._lock = threading.Condition()
        self._idle: list[tuple[float, Worker]] = []
        self._busy: list[Worker] = []
        self._running: Counter[str] = Counter()
        self._closed = False
        self._reaper = threading.Thread(target=self._reap, name="idle functions", daemon=True)
        self._reaper.start()

    @contextmanager
    def worker(self, function: Function) -> Iterator[Worker]:
        """A worker of this function for one invocation.

        Raises ServiceError: TooManyRequestsException; ServiceException when the pool is closed.
        """
        self._admit(function)
        try:
            worker = self._take(function) or self._start(function)
            try:
                yield worker
            except BaseException:
                # Nobody knows what it was doing.
                worker.end()
                raise
            finally:
                self._give_back(worker)
        finally:
            with self._lock:
                self._running[function.arn] -= 1

    def close(self) -> None:
        """End all workers; invocations that run fail, which is waited for."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            self._lock.notify_all()
            for worker in self._busy:
                worker.kill()
            self._lock.wait_for(lambda: not self._busy, _PATIENCE)
        for _, worker in idle:
            worker.end()

    def _admit(self, function: Function) -> None:
        with self._lock:
            reason = None
            if function.concurrency is not None and self._running[function.arn] >= function.concurrency:
                reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            elif self._running.total() >= MOST_AT_ONCE:
                reason = "ConcurrentInvocationLimitExceeded"
            if self._closed:
                raise ServiceError("ServiceException", "The emulator is stopping.", 500)
            if reason:
                raise ServiceError("TooManyRequestsException", f"Rate Exceeded. Reason: {reason}", 429)
            self._running[function.arn] += 1

    def _take(self, function: Function) -> Worker | None:
        """An idle worker of the function, the one used last. Those of an earlier state of it are ended."""
        with self._lock:
            version = (function.arn, function.version)
            mine = [entry for entry in self._idle if _version(entry[1]) == version]
            good = [entry for entry in mine if entry[1].function == function and entry[1].usable]
            taken = good[-1:]
            old = [entry for entry in mine if entry not in good]
            self._idle = [entry for entry in self._idle if entry not in old and entry not in taken]
            self._busy += [worker for _, worker in taken]
        for _, worker in old:
            worker.end()
        return taken[0][1] if taken else None

    def _start(self, function: Function) -> Worker:
        worker = self._make(function)
        with self._lock:
            self._busy.append(worker)
        return worker

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            if worker.usable and not self._closed:
                self._busy.remove(worker)
                self._idle.append((time.monotonic(), worker))
                self._lock.notify_all()
                return
        worker.end()
        with self._lock:
            self._busy.remove(worker)
            self._lock.notify_all()

    def _reap(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                now = time.monotonic()
                late = [entry for entry in self._idle if entry[0] + self._idle_seconds <= now]
                self._idle = [entry for entry in self._idle if entry not in late]
                if not late:
                    next_end = min((entry[0] for entry in self._idle), default=now) + self._idle_seconds
                    self._lock.wait(next_end - now)
            for _, worker in late:
                worker.end()


def _version(worker: Worker) -> tuple[str, str]:
    return worker.function.arn, worker.function.version
