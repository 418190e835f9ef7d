"""What of a function's or a callback's answer is an output of its declared type."""

import math

import pytest

from penstock.emulator.engine.outputs import OutputError, listed, typed

MANY = 10**30


@pytest.mark.parametrize(
    ("kind", "value", "output"),
    [
        ("String", "a", "a"),
        ("String", "", ""),
        ("String", 7, "7"),
        ("String", True, "true"),
        ("String", [1, {"a": None}], '[1, {"a": null}]'),
        ("Integer", 7, 7),
        ("Integer", "-7", -7),
        ("Integer", 7.0, 7),
        ("Integer", MANY, MANY),
        ("Float", 2, 2.0),
        ("Float", "2.5", 2.5),
        ("Float", "1e-3", 0.001),
        ("Boolean", False, False),
        ("Boolean", "True", True),
    ],
)
def test_a_value_is_read_as_its_type(kind, value, output):
    assert typed({"o": kind}, {"o": value, "more": None}) == {"o": output}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("Integer", 7.5, "7.5"),
        ("Integer", "7.0", '"7.0"'),
        ("Integer", True, "true"),
        ("Integer", "1_000", '"1_000"'),
        ("Integer", " 7 ", '" 7 "'),
        ("Integer", "\u0663", '"\\u0663"'),
        ("Integer", math.inf, "Infinity"),
        ("Float", "1_0.5", '"1_0.5"'),
        ("Float", "nan", '"nan"'),
        ("Float", math.nan, "NaN"),
        ("Float", False, "false"),
        ("Float", 10**400, f"1{'0' * 199}"),
        ("Boolean", 1, "1"),
        ("Boolean", "yes", '"yes"'),
    ],
)
def test_a_value_of_another_type_is_told(kind, value, shown):
    with pytest.raises(OutputError) as caught:
        typed({"o": kind}, {"o": value})
    assert str(caught.value) == f"Output 'o' is {shown}, which is no {kind}."


def test_outputs_are_listed_as_text():
    assert listed({"a": 2.0, "b": True}) == [{"Name": "a", "Value": "2.0"}, {"Name": "b", "Value": "true"}]
