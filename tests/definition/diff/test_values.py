"""How lists are compared: by the names of their items, as sets, or in their order."""

import pytest

from penstock.definition.diff import Change
from penstock.definition.diff.values import Same, compare, located


def changes(before, after, name=""):
    return [found for found in compare(before, after, "L", name) if isinstance(found, Change)]


def test_items_with_a_name_are_matched_by_it():
    a, b = {"InputName": "a", "S3Input": {"S3Uri": "s3://b/a"}}, {"InputName": "b", "AppManaged": False}
    moved = {"InputName": "a", "S3Input": {"S3Uri": "s3://b/c"}}
    assert changes([a], [b, moved]) == [
        Change("L['a'].S3Input.S3Uri", "s3://b/a", "s3://b/c"),
        Change("L['b']", None, b),
    ]
    assert changes([a, b], [b, a]) == []


@pytest.mark.parametrize("name", ["PropertyFileName", "ContainerHostname", "Name", "Key", "ChannelType"])
def test_whatever_the_name_is_called(name):
    assert changes([{name: "a", "V": 1}], [{name: "b"}, {name: "a", "V": 2}]) == [
        Change("L['a'].V", 1, 2),
        Change("L['b']", None, {name: "b"}),
    ]


def test_a_property_file_is_named_by_itself_not_by_its_output():
    before = [{"PropertyFileName": "F", "OutputName": "o"}, {"PropertyFileName": "G", "OutputName": "o"}]
    after = [{"PropertyFileName": "F", "OutputName": "p"}, {"PropertyFileName": "G", "OutputName": "o"}]
    assert changes(before, after) == [Change("L['F'].OutputName", "o", "p")]


def test_names_that_two_items_have_name_nothing():
    twice = [{"Name": "a", "V": 1}, {"Name": "a", "V": 2}]
    assert changes(twice, [*twice, {"Name": "b"}]) == [Change("L[2]", None, {"Name": "b"})]


def test_containers_run_one_after_the_other():
    a, b = {"ContainerHostname": "a"}, {"ContainerHostname": "b"}
    assert changes([a, b], [b, a], "Containers") == [Change("L", ["a", "b"], ["b", "a"])]
    assert changes([a, b], [a], "Containers") == [Change("L['b']", b, None)]


def test_sets_have_no_order():
    assert changes(["sg-1", "sg-2"], ["sg-2", "sg-1"], "SecurityGroupIds") == []
    assert changes(["sg-1", "sg-2"], ["sg-3", "sg-1"], "SecurityGroupIds") == [
        Change("L['sg-2']", "sg-2", None),
        Change("L['sg-3']", None, "sg-3"),
    ]
    reference = {"Get": "Parameters.Subnet"}
    assert changes([], [reference], "Subnets") == [Change("L[Parameters.Subnet]", None, reference)]


def test_policies_without_a_name_are_matched_by_what_is_the_same():
    throttled = {"ExceptionType": ["Step.THROTTLING", "Step.SERVICE_FAULT"], "MaxAttempts": 5}
    again = {"MaxAttempts": 5, "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"]}
    capacity = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "ExpireAfterMin": 60}
    assert changes([throttled], [capacity, again], "RetryPolicies") == [Change("L[0]", None, capacity)]
    longer = {**capacity, "ExpireAfterMin": 90}
    assert changes([throttled, capacity], [longer, again], "RetryPolicies") == [
        Change("L[0].ExpireAfterMin", 60, 90)
    ]


def test_arguments_have_an_order_in_which_an_item_more_moves_no_other():
    assert changes(["--a", "1"], ["--verbose", "--a", "1"]) == [Change("L[0]", None, "--verbose")]
    assert changes(["--verbose", "--a", "1"], ["--a", "2"]) == [
        Change("L[0]", "--verbose", None),
        Change("L[1]", "1", "2"),
    ]
    assert changes(["--a", "--b"], ["--b", "--a"]) != []


def test_a_list_too_long_to_align_is_one_change():
    before, after = list(range(1500)), list(range(1, 1501))
    assert changes(before, after) == [Change("L", before, after)]
    reference = {"Get": "Parameters.A"}
    assert list(compare([*before, reference], [*before, reference], "L")) == [Same("L[1500]", reference)]


def test_an_expression_is_replaced_as_a_whole():
    before, after = {"Get": "Parameters.A"}, {"Get": "Parameters.B"}
    assert changes(before, after) == [Change("L", before, after)]
    assert changes({"Uri": before}, {"Uri": {"S3Uri": "s3://b"}}) == [
        Change("L.Uri", before, {"S3Uri": "s3://b"})
    ]
    joins = [{"Std:Join": {"On": "/", "Values": ["a", part]}} for part in ("b", "c")]
    assert changes(*joins) == [Change("L", *joins)]


def test_an_expression_that_is_the_same_is_told():
    reference = {"Get": "Parameters.A"}
    found = list(compare({"A": [1, reference]}, {"A": [reference]}))
    assert found == [Change("A[0]", 1, None), Same("A[0]", reference)]


def test_json_is_more_exact_than_python():
    assert changes(True, 1) == [Change("L", True, 1)]
    assert changes({"A": 0}, {"A": False}) == [Change("L.A", 0, False)]
    assert changes(float("nan"), float("nan")) == []
    assert changes("1", 1) == [Change("L", "1", 1)]


def test_a_key_that_is_no_plain_word_stands_in_brackets():
    assert changes({"a.b": 1, "it's": 1, "": 1}, {}) == [
        Change("L['']", 1, None),
        Change("L['a.b']", 1, None),
        Change('L["it\'s"]', 1, None),
    ]
    assert changes({"a\n": 1}, {}) == [Change("L['a\\n']", 1, None)]


def test_a_path_leads_into_a_value():
    value = {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b"}}]}
    assert located(value, ("Outputs", "train", "S3Output")) == (
        {"S3Uri": "s3://b"},
        "Outputs['train'].S3Output",
    )
    assert located(value, ("Outputs", 0, "OutputName")) == ("train", "Outputs[0].OutputName")
    assert located(value, ("Outputs", 1, "X")) == (None, "Outputs[1].X")
    assert located({"A": {"Get": "Parameters.X"}}, ("A", "b")) == ({"Get": "Parameters.X"}, "A")
