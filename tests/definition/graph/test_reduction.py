"""Edges that others imply."""

import pytest

from penstock.definition.graph.reduction import implied


@pytest.mark.parametrize(
    ("edges", "left_out"),
    [
        ("AB AC BC", {"AC"}),
        ("AB AC BC BC", {"AC"}),
        ("AB BC CD AD AC", {"AD", "AC"}),
        ("AB CD", set()),
        ("AB BA", set()),
        ("", set()),
    ],
)
def test_an_edge_is_left_out_where_a_longer_way_leads_to_the_same(edges, left_out):
    assert implied(tuple(edge) for edge in edges.split()) == {tuple(edge) for edge in left_out}
