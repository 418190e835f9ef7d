import io

import pytest
from rich.console import Console

from penstock.deployment.assets import Upload
from penstock.deployment.terminal import Uploads
from penstock.deployment.wording import duration, report_lines, size

SMALL = Upload("small.py", "a/small.py", "", 18, b"")
LARGE = Upload("large.csv", "a/large.csv", "", 45_000_000, b"")


def send(console):
    with Uploads(console) as uploads:
        for upload in (SMALL, LARGE):
            uploads.sending(upload, upload.size // 2)
            uploads.sending(upload, upload.size)
            uploads.published(upload)


def test_elsewhere_than_on_a_terminal_an_upload_is_a_line_and_a_large_one_two():
    out = io.StringIO()
    send(Console(file=out, soft_wrap=True))
    assert out.getvalue().splitlines() == [
        "published small.py (18 B)",
        "publishing large.csv (45.0 MB)",
        "published large.csv (45.0 MB)",
    ]


def test_on_a_terminal_a_large_upload_has_a_bar():
    out = io.StringIO()
    send(Console(file=out, force_terminal=True, width=100))
    assert "published small.py (18 B)" in out.getvalue()
    assert "/45.0 MB" in out.getvalue()


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_140_000, "3.1 MB"), (2_500_000_000_000, "2.5 TB")],
)
def test_sizes_are_readable(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (65, "1 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text


def test_a_report_is_a_table_of_what_each_step_produced():
    steps = [
        {"name": "Evaluate", "outputs": {"evaluation": "s3://b/e"}, "metrics": {"auc": 0.93123}},
        {"name": "Gate", "outputs": {"outcome": "True"}, "metrics": {}},
    ]
    assert list(report_lines({"steps": steps})) == [
        "Evaluate  evaluation  s3://b/e",
        "          auc         0.9312",
        "Gate      outcome     True",
    ]
