"""A value in one line for people."""

import pytest

from penstock.definition.diff import shown, shown_pair

PARAMETER = {"Get": "Parameters.MinimumAuc"}
FILE = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Metrics"}, "Path": "auc.value"}}
JOIN = {"Std:Join": {"On": "/", "Values": ["s3://bucket", PARAMETER, "out", 3, True]}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ("ml.m5.large", "ml.m5.large"),
        ("", '""'),
        (0.85, "0.85"),
        (True, "true"),
        (PARAMETER, "Parameters.MinimumAuc"),
        (JOIN, "s3://bucket/{Parameters.MinimumAuc}/out/3/true"),
        ({"Std:Join": {"Values": ["a", JOIN]}}, "as3://bucket/{Parameters.MinimumAuc}/out/3/true"),
        (FILE, "Evaluate.Metrics:auc.value"),
        ({"Std:Join": {"On": " ", "Values": ["AUC", FILE]}}, "AUC {Evaluate.Metrics:auc.value}"),
        (
            {"Std:JsonGet": {"S3Uri": JOIN, "Path": "a"}},
            "s3://bucket/{Parameters.MinimumAuc}/out/3/true:a",
        ),
        ({"Std:JsonGet": {"PropertyFile": PARAMETER, "Path": "a"}}, "{Parameters.MinimumAuc}:a"),
        (["--auc", PARAMETER], '["--auc","{Parameters.MinimumAuc}"]'),
        ({"Uri": JOIN, "n": 1}, '{"Uri":"s3://bucket/{Parameters.MinimumAuc}/out/3/true","n":1}'),
        ({"Get": 3}, '{"Get":3}'),
        ({"Std:Join": "x"}, '{"Std:Join":"x"}'),
        ("two\nlines\x1b[31m", "two\\nlines\\u001b[31m"),
        ({"Get": "a\nb"}, "a\\nb"),
        ("größer", "größer"),
        ("\ud800", "\\ud800"),
    ],
)
def test_every_kind_of_value(value, text):
    assert shown(value) == text


def test_what_is_long_is_cut_in_its_middle():
    assert shown("abcdefghij", 10) == "abcdefghij"
    assert shown("abcdefghijk", 10) == "abcde…hijk"
    assert len(shown("a" * 500)) == 72
    assert len(shown({"key": ["a" * 500]})) == 72


def test_two_values_that_look_alike_are_shown_as_json():
    assert shown_pair("3", 3) == ('"3"', "3")
    assert shown_pair("Parameters.MinimumAuc", PARAMETER) == (
        '"Parameters.MinimumAuc"',
        '{"Get":"Parameters.MinimumAuc"}',
    )
    assert shown_pair("none", None) == ('"none"', "null")


def test_of_two_long_values_one_sees_where_they_differ():
    uri = "s3://a-bucket/with/a/prefix/{}/evaluate_model.py"
    assert shown_pair(uri.format("0123abcd" * 8), uri.format("0fe9a7d1" * 8)) == (
        "s3://a-bucke…/a/prefix/0123abcd0123abcd…23abcd0123abcd/evaluate_model.py",
        "s3://a-bucke…/a/prefix/0fe9a7d10fe9a7d1…e9a7d10fe9a7d1/evaluate_model.py",
    )
    first, second = shown_pair("a" * 100, "a" * 100 + "b")
    assert (len(first), second) == (71, f"{first}b")
    assert shown_pair("a" * 100, "b") == (shown("a" * 100), "b")
