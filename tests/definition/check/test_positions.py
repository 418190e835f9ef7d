import json

import pytest

from penstock.definition.check.positions import lines, nearest

TEXT = """{
  "a": {"b": [1, "x,]}\\"",
    true]},
  "c" : null
}
"""


def test_every_value_has_its_lines():
    assert lines(TEXT) == {
        (): (1, 5),
        ("a",): (2, 3),
        ("a", "b"): (2, 3),
        ("a", "b", 0): (2, 2),
        ("a", "b", 1): (2, 2),
        ("a", "b", 2): (3, 3),
        ("c",): (4, 4),
    }


@pytest.mark.parametrize("document", [{}, [], {"a": []}, "text", 1.5, [{"a": {}}, [[]]], {"é": ["☃", -1e9]}])
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_found_is_the_value_that_stands_there(document, indent):
    text = json.dumps(document, indent=indent)
    found = lines(text)
    assert found[()] == (1, text.count("\n") + 1)


def test_a_path_that_is_not_there_has_the_lines_of_what_is_around_it():
    assert nearest(lines(TEXT), ("a", "b", 7, "z")) == (2, 3)
    assert nearest(lines(TEXT), ("q",)) == (1, 1)
