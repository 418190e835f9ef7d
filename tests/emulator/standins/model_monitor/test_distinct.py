import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.standins.model_monitor.distinct import EXACT, Texts, hash_texts


def texts_of(count, start=0):
    return pa.array([f"customer-{number}" for number in range(start, start + count)])


def test_few_texts_are_counted_exactly():
    texts = Texts()
    texts.add(pa.array(["a", "b", "a"]))
    texts.add(pa.array(["b", "", "a"]))
    assert texts.counts == {"a": 3, "b": 2, "": 1}
    assert texts.distinct() == 3


@pytest.mark.parametrize("count", [EXACT + 1, 30_000, 300_000])
def test_many_texts_are_estimated_within_two_percent(count):
    texts = Texts()
    for start in range(0, count, 20_000):
        texts.add(texts_of(min(20_000, count - start), start))
    texts.add(texts_of(5_000))
    assert texts.counts is None
    assert texts.distinct() == pytest.approx(count, rel=0.02)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_equal_texts_have_equal_hashes_wherever_they_stand(found):
    array = pa.array(found, pa.string())
    hashes = hash_texts(array).tolist()
    assert len(set(hashes)) == len(set(found))
    assert hash_texts(array.slice(len(found) // 2)).tolist() == hashes[len(found) // 2 :]
