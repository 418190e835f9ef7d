import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.engine.conditions import all_hold, holds
from penstock.emulator.engine.expressions import EvaluationError

NUMBERS = st.one_of(st.integers(-5, 5), st.floats(-5, 5))
OPERATORS = {
    "Equals": operator.eq,
    "NotEquals": operator.ne,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def as_it_is(value, where):
    return value


def truth(condition):
    return holds(condition, as_it_is, "C")


def compare(kind, left, right):
    return {"Type": kind, "LeftValue": left, "RightValue": right}


YES, NO = compare("Equals", 1, 1), compare("Equals", 1, 2)


@given(
    st.sampled_from(list(OPERATORS)), st.one_of(st.tuples(NUMBERS, NUMBERS), st.tuples(st.text(), st.text()))
)
def test_comparisons_of_numbers_and_of_strings(kind, pair):
    assert truth(compare(kind, *pair)) == OPERATORS[kind](*pair)


def test_strings_compare_lexicographically():
    assert truth(compare("LessThan", "10", "9"))


@given(st.integers(0, 4), st.lists(st.integers(0, 4), max_size=4))
def test_membership(query, values):
    condition = {"Type": "In", "QueryValue": query, "Values": values}
    assert truth(condition) == (query in values)
    assert truth({**condition, "Type": "NotIn"}) == (query not in values)


@given(st.lists(st.booleans(), max_size=4))
def test_the_list_is_an_and_an_or_is_an_or_and_not_turns_round(flags):
    conditions = [YES if flag else NO for flag in flags]
    assert all_hold(conditions, as_it_is, "C") == all(flags)
    either = {"Type": "Or", "Conditions": conditions}
    assert truth(either) == any(flags)
    assert truth({"Type": "Not", "Condition": either}) != any(flags)


def test_operands_are_resolved_and_their_places_told():
    places = []

    def evaluate(value, where):
        places.append(where)
        return 1

    condition = {"Type": "Not", "Condition": {"Type": "Or", "Conditions": [compare("Equals", "a", "b")]}}
    assert all_hold([condition], evaluate, "Conditions") is False
    assert places == [
        "Conditions[0].Condition.Conditions[0].LeftValue",
        "Conditions[0].Condition.Conditions[0].RightValue",
    ]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (compare("Equals", "1", 1), "C[0]: Equals cannot compare '1' (string) with 1 (number)"),
        (compare("Equals", True, 1), "C[0]: Equals cannot compare True (Boolean) with 1 (number)"),
        (compare("LessThan", "0.5", 0.9), "C[0]: LessThan cannot compare '0.5' (string) with 0.9 (number)"),
        (compare("LessThan", True, False), "C[0]: LessThan cannot order True (Boolean)"),
        (compare("GreaterThan", None, None), "C[0]: GreaterThan cannot order None (null)"),
        (
            {"Type": "In", "QueryValue": 1, "Values": [1, "1"]},
            "C[0]: Equals cannot compare 1 (number) with '1' (string)",
        ),
    ],
)
def test_different_types_cannot_be_compared(condition, message):
    with pytest.raises(EvaluationError) as caught:
        all_hold([condition], as_it_is, "C")
    assert str(caught.value) == message


def test_a_condition_that_cannot_be_evaluated_counts_although_another_decides():
    with pytest.raises(EvaluationError):
        all_hold([NO, compare("Equals", "1", 1)], as_it_is, "C")
