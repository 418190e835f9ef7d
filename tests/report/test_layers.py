import pytest

from penstock.report.layers import lay_out, reduced


def layers(waits_for):
    rows = {}
    for name, (_, layer) in lay_out(waits_for).nodes.items():
        rows.setdefault(layer, set()).add(name)
    return [rows[number] for number in sorted(rows)]


def test_a_node_is_below_the_last_one_that_it_waits_for():
    assert layers({"a": [], "b": ["a"], "c": ["a"], "d": ["b"], "e": ["d", "c"]}) == [
        {"a"}, {"b", "c"}, {"d"}, {"e"},
    ]  # fmt: skip


def test_what_other_edges_imply_is_not_drawn():
    waits_for = {"a": [], "b": ["a"], "c": ["a", "b", "b"], "d": ["c", "a"]}
    assert reduced(waits_for) == {"a": [], "b": ["a"], "c": ["b"], "d": ["c"]}


def test_an_edge_over_a_layer_has_a_place_of_its_own_there():
    laid = lay_out({"a": [], "b": ["a"], "c": ["b"], "far": ["a"], "d": ["c", "far"]})
    edge = laid.edges["far", "d"]
    assert [layer for _, layer in edge] == [1, 2, 3]
    assert edge[1][0] != laid.nodes["c"][0]


def test_edges_do_not_cross_where_they_need_not():
    laid = lay_out({"top": [], "a": ["top"], "b": ["top"], "under b": ["b"], "under a": ["a"]})
    assert (laid.nodes["a"][0] < laid.nodes["b"][0]) == (laid.nodes["under a"][0] < laid.nodes["under b"][0])


def test_no_two_nodes_lie_at_one_place():
    waits_for = {
        str(number): [str(before) for before in range(number % 3, number, 4)] for number in range(40)
    }
    places = lay_out(waits_for).nodes.values()
    assert len(set(places)) == 40


def test_a_long_chain_is_no_trouble():
    waits_for = {str(number): [str(number - 1)] if number else [] for number in range(1500)}
    assert lay_out(waits_for).layers == 1500


def test_unknown_predecessors_are_ignored():
    assert lay_out({"a": ["gone"]}).edges == {}


@pytest.mark.parametrize("waits_for", [{}, {"only": []}])
def test_small_graphs_are_laid_out(waits_for):
    laid = lay_out(waits_for)
    assert (laid.width, laid.layers) == (0, len(waits_for))
