"""How long workers live: kept, used again, replaced and ended."""

import threading
from dataclasses import replace

import pytest

from penstock.emulator.functions.function import Archive, Function
from penstock.emulator.functions.pool import MOST_AT_ONCE, Pool
from penstock.emulator.sagemaker.errors import ServiceError

FUNCTION = Function(
    "f", "arn:aws:lambda:us-east-1:000000000000:function:f", "$LATEST",
    "arn:aws:iam::000000000000:role/f", "python3.11", "app.handler", 3, 128, (), Archive("one", b""),
)  # fmt: skip


class FakeWorker:
    def __init__(self, function):
        self.function = function
        self.usable = True
        self.killed, self.ended = threading.Event(), threading.Event()

    def kill(self):
        self.usable = False
        self.killed.set()

    def end(self):
        self.usable = False
        self.ended.set()


def used(pool, function=FUNCTION):
    with pool.worker(function) as worker:
        return worker


def test_a_worker_is_used_again_until_its_function_changes():
    pool = Pool(FakeWorker)
    first = used(pool)
    assert used(pool) is first
    assert used(pool, replace(FUNCTION, version="1")) is not first
    changed = replace(FUNCTION, code=Archive("two", b""))
    assert used(pool, changed) is not first
    assert first.ended.is_set()
    pool.close()


def test_a_worker_that_broke_is_ended_and_an_idle_one_after_a_while():
    pool = Pool(FakeWorker, idle_seconds=0.05)
    with pool.worker(FUNCTION) as broken:
        broken.usable = False
    assert broken.ended.is_set()
    with pytest.raises(ValueError), pool.worker(FUNCTION) as interrupted:
        raise ValueError
    assert interrupted.ended.is_set()
    assert used(pool).ended.wait(20)
    pool.close()


def test_closing_kills_busy_workers_and_waits_for_their_end():
    pool = Pool(FakeWorker)
    idle, busy = used(pool), []

    def invoke():
        with pool.worker(replace(FUNCTION, version="1")) as worker:
            busy.append(worker)
            running.set()
            assert worker.killed.wait(20)

    running = threading.Event()
    thread = threading.Thread(target=invoke)
    thread.start()
    assert running.wait(20)
    pool.close()
    assert idle.ended.is_set()
    assert busy[0].ended.is_set()
    thread.join()


def test_no_more_run_at_once_than_there_may():
    pool = Pool(FakeWorker)

    def nest(function, depth):
        if depth == 0:
            with pytest.raises(ServiceError) as caught, pool.worker(function):
                pass
            return str(caught.value)
        with pool.worker(function):
            return nest(function, depth - 1)

    text = "TooManyRequestsException: Rate Exceeded. Reason: "
    assert nest(FUNCTION, MOST_AT_ONCE) == f"{text}ConcurrentInvocationLimitExceeded"
    reserved = replace(FUNCTION, concurrency=2)
    assert nest(reserved, 2) == f"{text}ReservedFunctionConcurrentInvocationLimitExceeded"
    pool.close()
