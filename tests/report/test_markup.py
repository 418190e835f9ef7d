import pytest
from markupsafe import Markup

from penstock.report.console import page
from penstock.report.markup import element, number, text
from penstock.report.wording import duration, share


def test_children_and_attributes_are_escaped():
    assert element("a", "<b>", Markup("<i></i>"), None, href='"x"', class_=None, stroke_width=1.0) == (
        '<a href="&#34;x&#34;" stroke-width="1">&lt;b&gt;<i></i></a>'
    )


def test_what_html_does_not_allow_is_replaced():
    assert text("a\x00b\ud800c\nd") == "a�b�c\nd"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0"), (1234567, "1,234,567"), (0.123456, "0.1235"), (-0.5, "−0.5"),
        (12345.6, "12,346"), (1.5e9 + 0.5, "1.5e+09"), (0.00001234, "1.23e-05"),
    ],
)  # fmt: skip
def test_numbers_are_short(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (0.0001, "< 1 ms"), (0.003, "3 ms"), (4.23, "4.2 s"), (185, "3 min 05 s")],
)
def test_durations_are_as_people_say_them(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, "–"), (0, 5, "0 %"), (1, 8, "12.5 %"), (1, 9999, "< 0.1 %")]
)
def test_shares_are_in_percent(part, whole, shown):
    assert share(part, whole) == shown


ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
CONSOLE = "https://eu-west-1.console.aws.amazon.com"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("s3://b/a/b.json", f"{CONSOLE}/s3/object/b?region=eu-west-1&prefix=a/b.json"),
        ("s3://b/a/folder", f"{CONSOLE}/s3/buckets/b?region=eu-west-1&prefix=a/folder/"),
        ("s3://b/a&b=c", f"{CONSOLE}/s3/buckets/b?region=eu-west-1&prefix=a%26b%3Dc/"),
        (f"{ARN}:processing-job/x", f"{CONSOLE}/sagemaker/home?region=eu-west-1#/processing-jobs/x"),
        (f"{ARN}:automl-job/x", ""),
        ("arn:aws:lambda:eu-west-1:123456789012:function:x", ""),
        ("auc 0.93", ""),
    ],
)
def test_the_page_of_the_console(named, expected):
    assert page(named, "aws", "eu-west-1") == expected


def test_another_partition_has_another_console():
    assert page("s3://b/", "aws-cn", "cn-north-1").startswith("https://cn-north-1.console.amazonaws.cn/")
    assert page("s3://b/", "aws-iso", "us-iso-east-1") == ""
