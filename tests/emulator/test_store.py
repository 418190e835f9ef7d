"""Documents, events and waiting."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from penstock.emulator.sagemaker.store import AlreadyExists, NotThere, Store


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "sagemaker.sqlite3")
    yield store
    store.close()


def test_a_document_is_kept_as_it_was(store):
    document = {"Name": "größe", "At": 1.5, "List": [1, None, True], "_private": {"a": 1}}
    store.create("Model", "m", document)
    assert store.get("Model", "m") == document
    assert store.get("Model", "other") is None
    assert store.get("Pipeline", "m") is None


def test_a_name_is_taken_once_per_kind(store):
    store.create("Model", "m", {})
    store.create("Pipeline", "m", {})
    with pytest.raises(AlreadyExists):
        store.create("Model", "m", {"again": True})
    assert store.get("Model", "m") == {}


def test_a_change_that_raises_stores_nothing(store):
    store.create("Model", "m", {"a": 1})

    def change(document):
        document["a"] = 2
        raise ValueError

    with pytest.raises(ValueError):
        store.update("Model", "m", change)
    assert store.get("Model", "m") == {"a": 1}


def test_changing_what_is_not_there_is_an_error(store):
    with pytest.raises(NotThere):
        store.update("Model", "m", dict.clear)


def test_concurrent_changes_are_all_kept(store):
    store.create("Model", "m", {"count": 0})

    def count():
        for _ in range(50):
            store.update("Model", "m", lambda document: document.update(count=document["count"] + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("Model", "m") == {"count": 200}


def test_a_prefix_is_taken_literally(store):
    for name in ("a/1", "a/2", "ab/1", "a%/1"):
        store.create("ModelPackage", name, {"n": name})
    assert store.all("ModelPackage", "a/") == [{"n": "a/1"}, {"n": "a/2"}]
    assert store.all("ModelPackage", "a%/") == [{"n": "a%/1"}]


def test_deleting_says_whether_it_was_there(store):
    store.create("Model", "m", {})
    assert store.delete("Model", "m") is True
    assert store.delete("Model", "m") is False


def test_events_come_in_order_and_per_execution(store):
    first = store.append_event("e1", {"n": 1})
    store.append_event("e2", {"n": 2})
    store.append_event("e1", {"n": 3})
    assert store.events("e1") == [{"n": 1}, {"n": 3}]
    assert store.events("e1", after=first) == [{"n": 3}]
    store.delete_events("e1")
    assert store.events("e1") == []
    assert store.events("e2") == [{"n": 2}]


def test_waiting_ends_with_a_change(store):
    seen = store.revision
    woken = []
    waiter = threading.Thread(target=lambda: woken.append(store.wait(seen, 30)))
    waiter.start()
    store.create("Model", "m", {})
    waiter.join(30)
    assert woken == [seen + 1]


def test_waiting_ends_with_the_time(store):
    assert store.wait(store.revision, 0.01) == store.revision


def test_what_was_written_survives_a_kill(tmp_path):
    file = tmp_path / "sagemaker.sqlite3"
    program = (
        "import sys, time; from pathlib import Path; from penstock.emulator.sagemaker.store import Store\n"
        "store = Store(Path(sys.argv[1])); store.create('Model', 'm', {'a': 1})\n"
        "store.append_event('e', {'n': 1})\n"
        "print('written', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"written\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    store = Store(file)
    assert store.get("Model", "m") == {"a": 1}
    assert store.events("e") == [{"n": 1}]
    store.close()


def test_a_transaction_that_fails_leaves_nothing_behind(store):
    store.create("Model", "kept", {"a": 1})
    with pytest.raises(ValueError), store.transaction():
        store.create("Model", "made", {})
        store.update("Model", "kept", lambda document: document.update(a=2))
        store.append_event("execution", {"Type": "x"})
        raise ValueError
    assert store.all("Model") == [{"a": 1}]
    assert store.events("execution") == []


def test_transactions_nest_and_the_outermost_counts(store):
    with store.transaction():
        store.create("Model", "a", {"n": 1})
        with store.transaction():
            store.create("Model", "b", {"n": 2})
        with pytest.raises(AlreadyExists), store.transaction():
            store.create("Model", "a", {"n": 3})
    assert store.all("Model") == [{"n": 1}, {"n": 2}]


def test_no_other_thread_comes_into_a_transaction(store):
    store.create("Model", "m", {"count": 0})

    def count():
        for _ in range(50):
            with store.transaction():
                seen = store.get("Model", "m")["count"]
                store.update("Model", "m", lambda document, seen=seen: document.update(count=seen + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("Model", "m") == {"count": 200}
