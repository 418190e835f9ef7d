"""Requests shared out."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.hosting.balance import Balance, Sampler

weights = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(0, 9).map(float), min_size=1)


@given(weights)
def test_each_gets_exactly_its_share_of_every_round(weights):
    balance, total = Balance(weights), int(sum(weights.values()))
    for _ in range(2):
        chosen = [balance.next() for _ in range(total)]
        assert {name: chosen.count(name) for name in weights} == weights
    assert total or balance.next() is None


@given(st.integers(0, 100))
def test_a_sampler_says_yes_to_so_many_of_a_hundred(percentage):
    sampler = Sampler(percentage)
    assert sum(sampler.wants() for _ in range(100)) == percentage
