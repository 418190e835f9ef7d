"""Reports made by hand, one with everything, one with hostile texts only; and pages as parsers see them."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from penstock.report.model import (
    AWS,
    Attributions,
    Bias,
    BiasMetric,
    Bucket,
    Calibration,
    Curve,
    Execution,
    Feature,
    Findings,
    Link,
    Metric,
    Parameter,
    Profile,
    Quality,
    RanBy,
    Report,
    Step,
    Violation,
    Violations,
)

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}\x00&"


def step(name, type_, seconds=None, **more):
    if seconds is not None:
        more = {
            "status": "Succeeded", "started": START, "ended": START + timedelta(seconds=seconds),
            "ran_by": AWS, **more,
        }  # fmt: skip
    return Step(name, type_, **more)


def report_of(say=lambda words: words):
    """A report in which `say` has a hand in every text."""
    execution = Execution(
        "arn:aws:sagemaker:us-east-1:000000000000:pipeline/scoring/execution/abcdefghijkl",
        say("scoring"),
        say("Failed"),
        START,
        START + timedelta(minutes=3, seconds=5),
        say("Step failure: One or multiple steps failed."),
        say("local"),
        "0123456789abcdef" * 4,
        (Parameter(say("Minimum"), say("0.9")), Parameter(say("Target"), say("salary"), is_default=True)),
    )
    stand_in = RanBy(say("Analyzer"), "run by a stand-in", say("without Spark"), say("namespaces"))
    steps = (
        step(
            "Prepare", "Processing", 4.2, ran_by=stand_in, display_name=say("Prepare data"),
            links=(Link(say("train"), say("s3://bucket/train"), "https://console.aws.amazon.com/s3"),),
        ),
        step("Profile", "QualityCheck", 2, waits_for=("Prepare",)),
        step("Train", "AutoML", 60, waits_for=("Prepare",), cached=True, description=say("Trains.")),
        step("Gate", "Condition", 0.01, waits_for=("Train", "Profile", "Prepare"), outcome=say("False")),
        step("Register", "RegisterModel", waits_for=("Gate", "Train"), parent="Gate", branch="true"),
        step(
            "Reject", "Fail", 1, waits_for=("Gate",), parent="Gate", branch="false", status="Failed",
            failure_reason=say("not good enough"), log=(say("line 1"), say("line 2")),
        ),
    )  # fmt: skip
    quality = Quality(
        say("Evaluate"),
        say("binary classification"),
        600,
        (Metric("auc", 0.93, 0.01), Metric("f1", 0.7, None, 0.4), Metric(say("odd"), 0.5)),
        (say("<=50K"), say(">50K")),
        ((400, 50), (60, 90)),
        Curve((0, 0.2, 1), (0, 0.9, 1)),
        Curve((0, 1), (1, 0.2)),
        Calibration((0.1, 0.5, 0.9), (0.2, 0.5, 0.8), (300, 200, 100)),
    )
    bias = Bias(
        say("Bias"),
        "post",
        say("salary"),
        say(">50K"),
        say("sex"),
        say("Female"),
        (
            BiasMetric("DI", "Disparate Impact (DI)", 0.4),
            BiasMetric(say("X"), say("Unknown (X)"), None, say("no rows")),
        ),
    )
    features = (
        Feature(
            say("age"), "Integral", 590, 10, 38.5, 13.6, 17, 90,
            buckets=tuple(Bucket(10 - n, n, n + 1) for n in range(10)),
        ),
        Feature(say("job"), "String", 600, 0, distinct=2, buckets=(Bucket(400, value=say("clerk")),)),
        Feature(say("empty"), "Unknown", 0, 600),
    )  # fmt: skip
    findings = Findings(
        (quality,),
        (
            Violations(
                say("Profile"),
                say("s3://bucket/constraint_violations.json"),
                (Violation(say("age"), say("data_type_check"), say("Only 99.6 % are numbers.")),),
            ),
            Violations(say("Bias"), skipped=True),
            Violations(say("Explain")),
        ),
        (bias,),
        (Attributions(say("Explain"), say("label0"), 0.24, ((say("age"), 0.11), (say("job"), -0.05))),),
        (Profile(say("Profile"), 600, features),),
    )
    return Report(execution, steps, findings)


@pytest.fixture
def report():
    return report_of()


@pytest.fixture
def hostile_report():
    return report_of(lambda words: words + HOSTILE)


VOID = {"meta", "link", "br", "img"}


@dataclass
class Node:
    tag: str
    attributes: dict
    parts: list = field(default_factory=list)

    def all(self, tag, class_=None):
        for part in self.parts:
            if isinstance(part, Node):
                if part.tag == tag and (class_ is None or class_ in part.attributes.get("class", "").split()):
                    yield part
                yield from part.all(tag, class_)

    def walk(self):
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()

    @property
    def text(self):
        return "".join(part.text if isinstance(part, Node) else part for part in self.parts)


class Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag, attributes):
        node = Node(tag, dict(attributes))
        self.open[-1].parts.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, text):
        self.open[-1].parts.append(text)


@pytest.fixture
def parse():
    """parse(html): the root. Raises AssertionError where elements do not nest."""

    def parse(html):
        parser = Parser()
        parser.feed(html)
        parser.close()
        assert len(parser.open) == 1
        return parser.open[0]

    return parse


@pytest.fixture
def rendered(parse, tmp_path):
    """rendered(html): the page as headless Chromium builds it; without one, as the parser reads it."""
    browsers = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    browser = next((found for name in browsers if (found := shutil.which(name))), None)

    def rendered(html):
        if browser is None:
            return parse(html)
        page = tmp_path / "page.html"
        page.write_text(html, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}"]
        command = [browser, *options, "--dump-dom", page.as_uri()]
        found = subprocess.run(command, capture_output=True, text=True, timeout=200)
        # Some distributions have a program of this name that only says how to install one.
        return parse(found.stdout if "<html" in found.stdout else html)

    return rendered
