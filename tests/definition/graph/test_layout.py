"""The layout, by what any good drawing has: order, no overlaps, lines that avoid boxes."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.definition.graph.layout import Layout, layered

DIAMOND = [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D")]


def boxes(names, width=100.0, height=40.0):
    return dict.fromkeys(names, (width, height))


def overlaps(layout: Layout):
    return [
        (one, other)
        for (one, a), (other, b) in combinations(layout.boxes.items(), 2)
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height
    ]


def test_what_follows_is_below():
    layout = layered(boxes("ABCD"), DIAMOND, gap=20, layer_gap=60)
    assert [layout.boxes[name].y for name in "ABCD"] == [0, 100, 100, 200]
    assert (layout.width, layout.height) == (220, 240)


def test_a_box_is_in_the_middle_of_those_that_follow_it():
    layout = layered(boxes("ABCD"), DIAMOND, gap=20)
    assert round(layout.boxes["A"].x) == round(layout.boxes["D"].x) == 60


def test_a_chain_is_straight():
    layout = layered(boxes("ABC"), [("A", "B"), ("B", "C")])
    assert [box.x for box in layout.boxes.values()] == [0, 0, 0]
    assert layout.width == 100


def test_a_line_that_passes_a_layer_passes_beside_its_boxes():
    layout = layered(boxes("ABC"), [("A", "B"), ("B", "C"), ("A", "C")], gap=20)
    _, upper, lower, _ = layout.lines[2]
    passed = layout.boxes["B"]
    assert (upper[1], lower[1]) == (passed.y, passed.y + passed.height)
    assert upper[0] == lower[0]
    assert not passed.x - 5 < upper[0] < passed.x + passed.width + 5


def test_lines_join_the_borders_of_their_boxes():
    layout = layered(boxes("AB"), [("A", "B")], layer_gap=60)
    assert layout.lines == [[(50, 40), (50, 100)]]


def test_boxes_are_put_in_an_order_in_which_no_lines_cross_where_there_is_one():
    layout = layered(boxes("ABCD"), [("A", "D"), ("B", "C")])
    assert (layout.boxes["A"].x < layout.boxes["B"].x) == (layout.boxes["D"].x < layout.boxes["C"].x)


def test_a_cycle_is_drawn_with_one_line_upwards():
    layout = layered(boxes("ABC"), [("A", "B"), ("B", "C"), ("C", "A")])
    start, *_, end = layout.lines[2]
    assert start[1] > end[1]
    assert [layout.boxes[name].y for name in "ABC"] == sorted(box.y for box in layout.boxes.values())


def test_nothing_has_no_size():
    assert layered({}, []) == Layout(0, 0, {}, [])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25))
def test_boxes_never_overlap_nor_leave_the_drawing_and_the_same_input_gives_the_same_drawing(pairs):
    edges = [(f"step{source}", f"step{target}") for source, target in pairs]
    sizes = {f"step{n}": (60.0 + 10 * n, 40.0) for n in range(10)}
    layout = layered(sizes, edges)
    assert overlaps(layout) == []
    assert layout == layered(sizes, edges)
    assert len(layout.lines) == len(edges)
    points = [point for line in layout.lines for point in line]
    corners = [(box.x + box.width, box.y + box.height) for box in layout.boxes.values()]
    inside = 1e-6
    assert all(-inside <= x <= layout.width + inside for x, _ in [*points, *corners])
    assert all(-inside <= y <= layout.height + inside for _, y in [*points, *corners])
