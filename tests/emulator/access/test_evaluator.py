"""What policies say of an action on a resource."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.emulator.access.conditions import Unknown, filled, hold, matches
from penstock.emulator.access.evaluator import Asked, Policies, refusal, trusts

OBJECT = "arn:aws:s3:::things/data/a.csv"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::things/data/*"}
NO_ALLOW = "because no identity-based policy allows the s3:GetObject action"
DENIED = "with an explicit deny in an identity-based policy"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def asked(action="s3:GetObject", resource=OBJECT, **context):
    return Asked(action, resource, {key.replace("_", ":").lower(): value for key, value in context.items()})


def why(*statements, boundary=None, session=None, **question):
    policies = Policies(
        [document(*statements)], boundary and document(boundary), session and [document(session)]
    )
    return refusal(policies, asked(**question))


def test_nothing_is_allowed_that_no_statement_allows():
    assert why() == NO_ALLOW
    assert why(READ) is None
    assert why(READ, resource="arn:aws:s3:::things/other") == NO_ALLOW
    assert (
        why(READ, action="s3:PutObject") == "because no identity-based policy allows the s3:PutObject action"
    )


@pytest.mark.parametrize(
    ("members", "allows"),
    [
        ({"Action": "S3:getobject"}, True),
        ({"Action": ["sqs:*", "s3:Get*"]}, True),
        ({"Action": "s3:Get?bject"}, True),
        ({"Action": "*"}, True),
        ({"Action": "s3:GetObjec"}, False),
        ({"NotAction": "s3:Put*"}, True),
        ({"NotAction": ["s3:Put*", "s3:get*"]}, False),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:s3:::THINGS/*"}, False),
        ({"Resource": ["arn:aws:s3:::x", OBJECT]}, True),
        ({"NotResource": "arn:aws:s3:::things/secret/*"}, True),
        ({"NotResource": OBJECT}, False),
        ({"Effect": "allow"}, False),
        ({"Condition": "none"}, False),
    ],
)
def test_actions_and_resources_are_patterns(members, allows):
    statement = dict(READ)
    for member in members:
        statement.pop(member.removeprefix("Not"), None)
    assert (why({**statement, **members}) is None) is allows


def test_a_deny_beats_every_allow():
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::things/data/a*"}
    assert why(READ, {**READ, "Action": "*", "Resource": "*"}, deny) == DENIED
    assert why(READ, deny, resource="arn:aws:s3:::things/data/b.csv") is None


def test_a_boundary_must_allow_it_too():
    assert why(READ, boundary=READ) is None
    assert (
        why(READ, boundary={**READ, "Action": "sqs:*"})
        == "because no permissions boundary allows the s3:GetObject action"
    )
    assert why(boundary=READ) == NO_ALLOW
    assert why(READ, boundary={**READ, "Effect": "Deny"}) == "with an explicit deny in a permissions boundary"


def test_a_session_may_do_no_more_than_it_was_asked_for_with():
    """IAM User Guide, "Session policies": what both allow."""
    assert why(READ, session=READ) is None
    assert (
        why(READ, session={**READ, "Action": "sqs:*"})
        == "because no session policy allows the s3:GetObject action"
    )
    assert why(session=READ) == NO_ALLOW
    assert why(READ, session={**READ, "Effect": "Deny"}) == "with an explicit deny in a session policy"


def test_a_deny_anywhere_is_told_before_an_allow_that_is_missing():
    deny = {**READ, "Effect": "Deny"}
    assert why(boundary=READ, session=deny) == "with an explicit deny in a session policy"
    assert why(deny, boundary=deny, session=deny) == DENIED


def test_what_is_no_policy_allows_nothing():
    for text in (
        "",
        "{",
        "[]",
        "3",
        '{"Statement": 3}',
        '{"Statement": [3]}',
        '{"Statement": {"Effect": 1}}',
    ):
        assert refusal(Policies([text]), asked()) == NO_ALLOW


CONTEXT = {
    "aws:username": ["ann"],
    "aws:tagkeys": ["project", "stage"],
    "aws:securetransport": ["true"],
    "s3:max-keys": ["10"],
    "aws:currenttime": ["2026-05-01T00:00:00Z"],
    "aws:sourceip": ["10.1.2.3"],
    "aws:sourcearn": ["arn:aws:sagemaker:us-east-1:000000000000:pipeline/p"],
}


@pytest.mark.parametrize(
    ("operator", "key", "values", "holds"),
    [
        ("StringEquals", "aws:username", "ann", True),
        ("StringEquals", "AWS:UserName", ["bob", "ann"], True),
        ("StringEquals", "aws:username", "ANN", False),
        ("StringEquals", "aws:absent", "ann", False),
        ("StringEqualsIfExists", "aws:absent", "ann", True),
        ("StringEqualsIfExists", "aws:username", "bob", False),
        ("StringEqualsIgnoreCase", "aws:username", "ANN", True),
        ("StringNotEquals", "aws:username", ["bob", "ann"], False),
        ("StringNotEquals", "aws:absent", "ann", True),
        ("StringNotEqualsIgnoreCase", "aws:username", "ANN", False),
        ("StringLike", "aws:username", "a*", True),
        ("StringNotLike", "aws:username", "a*", False),
        ("ArnLike", "aws:sourcearn", "arn:aws:sagemaker:*:*:pipeline/*", True),
        ("ArnEquals", "aws:sourcearn", "arn:aws:sagemaker:*", False),
        ("ArnNotLike", "aws:sourcearn", "arn:aws:s3:*:*:*", True),
        ("Bool", "aws:securetransport", True, True),
        ("Bool", "aws:securetransport", "FALSE", False),
        ("BoolIfExists", "aws:absent", "true", True),
        ("NumericLessThanEquals", "s3:max-keys", 10, True),
        ("NumericGreaterThan", "s3:max-keys", "10", False),
        ("NumericNotEquals", "s3:max-keys", "9", True),
        ("DateGreaterThan", "aws:currenttime", "2026-04-01T00:00:00Z", True),
        ("DateLessThan", "aws:currenttime", "1700000000", False),
        ("IpAddress", "aws:sourceip", ["192.168.0.0/16", "10.0.0.0/8"], True),
        ("NotIpAddress", "aws:sourceip", "10.0.0.0/8", False),
        ("Null", "aws:absent", "true", True),
        ("Null", "aws:username", "true", False),
        ("Null", "aws:username", "false", True),
        ("ForAllValues:StringEquals", "aws:tagkeys", ["project", "stage", "team"], True),
        ("ForAllValues:StringEquals", "aws:tagkeys", "project", False),
        ("ForAllValues:StringEquals", "aws:absent", "project", True),
        ("ForAnyValue:StringLike", "aws:tagkeys", "st*", True),
        ("ForAnyValue:StringLike", "aws:absent", "st*", False),
        # "Set operators for multivalued context keys", its examples: none may be, one at least is not.
        ("ForAllValues:StringNotEquals", "aws:tagkeys", ["secret", "team"], True),
        ("ForAllValues:StringNotEquals", "aws:tagkeys", ["secret", "stage"], False),
        ("ForAnyValue:StringNotEquals", "aws:tagkeys", ["project"], True),
        ("ForAnyValue:StringNotEquals", "aws:tagkeys", ["project", "stage"], False),
        ("ForAnyValue:StringNotEquals", "aws:absent", ["project"], False),
        ("ForAllValues:StringLikeIfExists", "aws:tagkeys", ["p*", "s*"], True),
        # "Condition operators": what is not there is not equal, and has no address.
        ("NotIpAddress", "aws:absent", "10.0.0.0/8", True),
        ("NumericNotEquals", "aws:absent", "1", True),
        ("DateNotEquals", "aws:absent", "2026-04-01", True),
        ("NumericLessThanIfExists", "aws:absent", "1", True),
        ("NumericLessThan", "aws:absent", "1", False),
        ("IpAddress", "aws:sourceip", "2001:db8::/32", False),
        ("DateEquals", "aws:currenttime", "2026-05-01", True),
        ("StringLike", "aws:username", ["b?b", "?nn"], True),
        ("StringLike", "aws:username", "A*", False),
        ("ArnLike", "aws:sourcearn", "arn:aws:sagemaker:*:pipeline/p", False),
        ("ArnEquals", "aws:sourcearn", "arn:aws:sagemaker:*:*:pipeline/?", True),
        ("Null", "aws:tagkeys", ["false"], True),
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringEquals", "aws:username", "${aws:absent}", False),
        ("StringEquals", "aws:username", "${aws:absent, 'ann'}", True),
    ],
)
def test_conditions(operator, key, values, holds):
    assert hold({operator: {key: values}}, CONTEXT) is holds


def test_what_a_value_holds_is_no_pattern_in_any_operator():
    for operator in ("StringEquals", "StringLike", "StringEqualsIgnoreCase"):
        assert hold(
            {operator: {"aws:username": "${aws:userid}"}}, {"aws:username": ["a*"], "aws:userid": ["a*"]}
        )
    assert not hold(
        {"StringLike": {"aws:username": "${aws:userid}"}}, {"aws:username": ["ab"], "aws:userid": ["a*"]}
    )
    assert hold({"StringEquals": {"aws:username": "${*}"}}, {"aws:username": ["*"]})


def test_all_conditions_must_hold():
    conditions = {"StringEquals": {"aws:username": "ann", "aws:absent": "x"}}
    assert not hold(conditions, CONTEXT)


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringMatches": {"aws:username": "ann"}},
        {"Sometimes:StringEquals": {"aws:username": "ann"}},
        {"NumericEquals": {"aws:username": "3"}},
        {"Bool": {"aws:securetransport": "perhaps"}},
        {"DateLessThan": {"aws:currenttime": "tomorrow"}},
        {"IpAddress": {"aws:sourceip": "everywhere"}},
        {"StringEquals": "ann"},
        {"StringNotEquals": {"aws:username": "${aws:absent}"}},
    ],
)
def test_a_condition_that_nobody_knows_never_allows_and_always_denies(conditions):
    with pytest.raises(Unknown):
        hold(conditions, CONTEXT)
    context = {key.replace(":", "_"): value for key, value in CONTEXT.items()}
    unknown = {**READ, "Condition": conditions}
    assert why(unknown, **context) == NO_ALLOW
    assert why(READ, {**unknown, "Effect": "Deny"}, **context) == DENIED


def test_variables_of_resources_are_the_requests_own():
    home = {**READ, "Resource": "arn:aws:s3:::things/${aws:username}/*"}
    mine, others = "arn:aws:s3:::things/ann/x", "arn:aws:s3:::things/bob/x"
    assert why(home, resource=mine, aws_username=["ann"]) is None
    assert why(home, resource=others, aws_username=["ann"]) == NO_ALLOW
    assert why(home, resource=others, aws_username=["*"]) == NO_ALLOW
    assert why(home, resource=mine) == NO_ALLOW
    star = {**READ, "Resource": "arn:aws:s3:::things/${*}"}
    assert why(star, resource="arn:aws:s3:::things/*") is None
    assert why(star) == NO_ALLOW


def test_all_resources_but_one_that_nobody_knows_are_not_known():
    other = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::${aws:username}/*"}
    assert why(other, aws_username=["ann"]) is None
    assert why(other) == NO_ALLOW
    assert why(READ, {**other, "Effect": "Deny"}) == DENIED


def test_variables_came_with_the_version_of_2012():
    """IAM User Guide, "IAM JSON policy elements: Version"."""
    statement = {**READ, "Resource": "arn:aws:s3:::things/${aws:username}/*"}
    for old in ({}, {"Version": "2008-10-17"}):
        policies = Policies([json.dumps({**old, "Statement": statement})])
        mine = asked(resource="arn:aws:s3:::things/ann/x", aws_username=["ann"])
        assert refusal(policies, mine) == NO_ALLOW
        assert refusal(policies, asked(resource="arn:aws:s3:::things/${aws:username}/x")) is None


SERVICE = "sagemaker.amazonaws.com"


@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        ({"Principal": {"Service": SERVICE}}, True),
        ({"Principal": {"Service": ["lambda.amazonaws.com", SERVICE]}}, True),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Principal": {"AWS": SERVICE}}, False),
        ({"Principal": "*"}, True),
        ({"Principal": {"Service": SERVICE}, "Action": "sts:TagSession"}, False),
        ({"Principal": {"Service": SERVICE}, "Effect": "Deny"}, False),
        (
            {
                "Principal": {"Service": SERVICE},
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            },
            False,
        ),
        ({}, False),
    ],
)
def test_a_trust_policy_names_who_may_take_the_role(statement, trusted):
    text = document({"Effect": "Allow", "Action": "sts:AssumeRole", **statement})
    question = asked("sts:AssumeRole", "*", aws_sourceaccount=["000000000000"])
    assert trusts(text, "Service", [SERVICE], question) is trusted


PIECES = st.sampled_from(["a", "b", "/", ".", ":", "s3", "*", "?"])


@given(st.lists(PIECES), st.lists(st.sampled_from(["a", "b", "/", ".", ":", "s3"])))
def test_a_pattern_matches_as_a_slow_and_plain_matcher_says(pattern, text):
    def plain(pattern, text):
        if not pattern:
            return not text
        if pattern[0] == "*":
            return plain(pattern[1:], text) or (bool(text) and plain(pattern, text[1:]))
        return bool(text) and pattern[0] in ("?", text[0]) and plain(pattern[1:], text[1:])

    pattern, text = "".join(pattern)[:8], "".join(text)[:8]
    assert matches(pattern, text) == plain(pattern, text)


@given(st.text(max_size=12), st.text(max_size=12))
def test_the_value_of_a_variable_is_text_and_no_pattern(value, other):
    pattern = filled("x/${aws:userid}", {"aws:userid": [value]})
    assert matches(pattern, f"x/{other}") == (value == other)


OPERATORS = st.sampled_from(
    [("StringEquals", "StringNotEquals"), ("StringLike", "StringNotLike"), ("ArnLike", "ArnNotLike")]
)
VALUES = st.lists(st.sampled_from(["a", "b", "*", "a:b:c:d:e:f", "a:*:c:d:e:*"]), max_size=3)


@given(OPERATORS, VALUES, VALUES, st.booleans())
def test_the_laws_of_conditions(operators, wanted, found, is_there):
    """All are not what one is not; IfExists is that or none; an operator of one value has its opposite."""
    positive, negative = operators
    context = {"k": found} if is_there and found else {}

    def holds(operator):
        return hold({operator: {"K": wanted}}, context)

    for one, other in ((positive, negative), (negative, positive)):
        assert holds(f"ForAllValues:{one}") is not holds(f"ForAnyValue:{other}")
        assert holds(f"{one}IfExists") is (not context or holds(one))
    if len(context.get("k", ())) < 2:
        assert holds(positive) is not holds(negative)
    assert hold({"Null": {"k": "true"}}, context) is not hold({"Null": {"k": "false"}}, context)


STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Action": st.sampled_from(["s3:GetObject", "s3:*", "*", "sqs:*"]),
            "Resource": st.sampled_from(["*", "arn:aws:s3:::things/*", "arn:aws:s3:::other/*"]),
        }
    ),
    max_size=5,
)


@given(STATEMENTS, STATEMENTS)
def test_more_denies_never_allow_more_and_the_order_does_not_matter(one, other):
    before = why(*one)
    denies = [{**statement, "Effect": "Deny"} for statement in other]
    assert before is None or why(*one, *denies) is not None
    assert why(*one, *other) == why(*other, *one)


@given(STATEMENTS, STATEMENTS)
def test_a_session_may_do_what_its_role_may_and_its_policy_allows(role, session):
    policies = Policies([document(*role)], session=[document(*session)])
    assert (refusal(policies, asked()) is None) == (why(*role) is None and why(*session) is None)
