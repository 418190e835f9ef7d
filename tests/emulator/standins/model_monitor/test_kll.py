import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.standins.model_monitor.kll import Sketch, buckets, capacity


def sketch_of(values, *cuts):
    sketch = Sketch()
    for part in np.split(np.asarray(values, dtype=float), sorted(cuts)):
        sketch.update(part)
    return sketch


def test_all_of_few_values_are_in_level_0_in_the_order_of_the_file():
    values = np.random.default_rng(0).permutation(2050).astype(float)
    assert sketch_of(values).levels() == [values.tolist()]


def test_the_value_that_is_one_too_many_starts_a_level():
    below, above = sketch_of(np.arange(2051.0)[::-1]).levels()
    assert below == [0.0]
    assert above == np.arange(1.0, 2051.0, 2.0).tolist()


def test_every_second_compaction_of_a_level_takes_the_other_half():
    sketch = sketch_of(np.arange(4390.0))
    assert [len(level) for level in sketch.levels()] == [0, 1025 + 1170]
    assert sketch.levels()[1][:2] == [0.0, 2.0]
    assert sketch.levels()[1][1025:1027] == [2051.0, 2053.0]


def test_capacities_shrink_with_the_level():
    assert [capacity(height) for height in (0, 1, 2, 30)] == [2050, 1314, 842, 4]


@given(st.lists(st.integers(0, 20_000), max_size=4))
def test_the_sketch_does_not_depend_on_how_the_values_come(cuts):
    values = np.random.default_rng(1).normal(size=20_000)
    assert sketch_of(values, *cuts).levels() == sketch_of(values).levels()


def test_no_value_is_lost_and_ranks_are_close():
    values = np.random.default_rng(2).normal(size=300_000)
    ranks = sketch_of(values).ranks()
    assert ranks.total == 300_000
    points = np.linspace(-3, 3, 50)
    exact = np.searchsorted(np.sort(values), points, side="right")
    assert np.abs(ranks.up_to(points) - exact).max() / 300_000 < 0.01


def test_a_sketch_read_from_its_levels_has_the_same_ranks():
    sketch = sketch_of(np.random.default_rng(3).normal(size=10_000))
    again = Sketch(sketch.levels()).ranks()
    assert (again.items == sketch.ranks().items).all()
    assert (again.below == sketch.ranks().below).all()


def test_the_last_bucket_includes_its_upper_bound():
    counts = [bucket["count"] for bucket in buckets(sketch_of([0, 1, 1, 9, 10]).ranks(), 0.0, 10.0)]
    assert counts == [1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0]


def test_a_constant_column_is_in_the_last_bucket():
    counts = [bucket["count"] for bucket in buckets(sketch_of([4, 4, 4]).ranks(), 4.0, 4.0)]
    assert counts == [0.0] * 9 + [3.0]
