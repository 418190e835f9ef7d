"""Permissions as one document."""

import pytest

from penstock.deployment.policy.grants import Grants, covers, merged


def test_a_document_is_sorted_and_joins_what_goes_by_one_name():
    grants = Grants()
    grants.allow("Write", ["s3:PutObject"], ["b", "a"])
    grants.allow("Read", ["s3:GetObject"], "x/*")
    grants.allow("Read", ["s3:GetObject"], ["x/y", "z"])
    grants.allow("Nothing", ["s3:GetObject"], [])
    assert grants.document() == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["x/*", "z"]},
            {"Sid": "Write", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["a", "b"]},
        ],
    }


def test_what_several_need_is_said_once():
    def document(*statements):
        grants = Grants()
        for statement in statements:
            grants.allow(*statement)
        return grants.document()

    only = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    one = document(("Log", ["logs:PutLogEvents"], "*"), ("Read", ["s3:GetObject"], "a"))
    other = document(("Log", ["logs:PutLogEvents"], "*"), ("Read", ["s3:GetObject"], "b"))
    third = document(("Read", ["s3:GetObject", "s3:ListBucket"], "c"), ("Pass", ["iam:PassRole"], "r", only))
    joined = merged([one, other, third])
    assert {each["Sid"]: (each["Action"], each["Resource"]) for each in joined["Statement"]} == {
        "Log": (["logs:PutLogEvents"], ["*"]),
        "Pass": (["iam:PassRole"], ["r"]),
        "Read": (["s3:GetObject"], ["a", "b"]),
        "Read2": (["s3:GetObject", "s3:ListBucket"], ["c"]),
    }
    assert [each["Condition"] for each in joined["Statement"] if "Condition" in each] == [only]
    assert merged([one]) == one


@pytest.mark.parametrize(
    ("pattern", "other", "answer"),
    [
        ("*", "anything", True),
        ("a*", "a", True),
        ("a*", "ab*", True),
        ("ab*", "a*", False),
        ("a?c", "abc", True),
        ("a?c", "a*c", False),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern_covers_what_it_matches_all_of(pattern, other, answer):
    assert covers(pattern, other) is answer
