import pytest

from penstock.emulator.standins.model_monitor.ahead import ahead


def test_items_come_in_their_order():
    assert list(ahead(iter(range(10)))) == list(range(10))
    assert list(ahead([])) == []


def test_no_more_is_read_than_may_wait():
    read = []

    def source():
        for number in range(100):
            read.append(number)
            yield number

    items = ahead(source(), depth=3)
    assert next(items) == 0
    items.close()
    assert len(read) <= 4


def test_an_exception_comes_after_the_items_before_it():
    def source():
        yield 1
        raise KeyError("two")

    items = ahead(source())
    assert next(items) == 1
    with pytest.raises(KeyError, match="two"):
        next(items)
