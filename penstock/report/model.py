"""What a report shows, as plain data. It knows neither where that came from nor how it looks.

Times are aware datetimes, rates and shares numbers from 0 to 1, URIs `s3://bucket/key`.
"""

from dataclasses import dataclass, field
from datetime import datetime

NOT_RUN = "Not run"


@dataclass(frozen=True)
class Parameter:
    name: str
    value: str
    is_default: bool = False


@dataclass(frozen=True)
class Execution:
    """`ended` is None while it runs; `definition_sha256` is of the definition that it runs, as AWS has it."""

    arn: str
    pipeline: str
    status: str
    started: datetime | None
    ended: datetime | None = None
    failure_reason: str = ""
    environment: str = ""
    definition_sha256: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def seconds(self) -> float | None:
        return _seconds(self.started, self.ended)


@dataclass(frozen=True)
class RanBy:
    """Who did a step's work, `how` close that is to AWS, and what differs."""

    name: str
    how: str = ""
    differs: str = ""
    isolation: str = ""


AWS = RanBy("AWS", "run by AWS")


@dataclass(frozen=True)
class Link:
    """What a step made: a URI, an ARN or a name. `console` is its page in AWS's console, if it has one."""

    label: str
    text: str
    console: str = ""


@dataclass(frozen=True)
class Step:
    """`type` as in the definition. `parent` and `branch` (true, false, each) are of a step inside another."""

    name: str
    type: str
    display_name: str = ""
    description: str = ""
    status: str = NOT_RUN
    started: datetime | None = None
    ended: datetime | None = None
    cached: bool = False
    attempts: int = 0
    outcome: str = ""
    failure_reason: str = ""
    log: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    parent: str = ""
    branch: str = ""
    ran_by: RanBy | None = None
    links: tuple[Link, ...] = ()

    @property
    def ran(self) -> bool:
        return self.status != NOT_RUN

    @property
    def seconds(self) -> float | None:
        return _seconds(self.started, self.ended)


@dataclass(frozen=True)
class Metric:
    """`deviation` is over samples of the rows; `constant` what always the same answer would reach."""

    name: str
    value: float
    deviation: float | None = None
    constant: float | None = None


@dataclass(frozen=True)
class Curve:
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """Bins of rows by predicted probability: its mean, the share of positives observed, and the rows."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Quality:
    """A model's quality, as a step measured it. `confusion` is rows of counts: actual, then predicted."""

    step: str
    problem: str
    rows: int | None
    metrics: tuple[Metric, ...]
    labels: tuple[str, ...] = ()
    confusion: tuple[tuple[float, ...], ...] = ()
    roc: Curve | None = None
    precision_recall: Curve | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Violation:
    subject: str
    check: str
    description: str


@dataclass(frozen=True)
class Violations:
    """What a check found; `report` is the URI of its file, empty if it found nothing. A check that was
    `skipped` compared nothing."""

    step: str
    report: str = ""
    entries: tuple[Violation, ...] = ()
    skipped: bool = False


@dataclass(frozen=True)
class BiasMetric:
    """`value` None: it has none, and `error` says why."""

    name: str
    description: str
    value: float | None
    error: str = ""


@dataclass(frozen=True)
class Bias:
    """The metrics of one group: the rows where `facet` is `group`. `when` is "pre" or "post" training."""

    step: str
    when: str
    label: str
    positive: str
    facet: str
    group: str
    metrics: tuple[BiasMetric, ...]


@dataclass(frozen=True)
class Attributions:
    """Global SHAP values for one label, largest first."""

    step: str
    label: str
    expected: float | None
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Bucket:
    """Values from `low` to `high`, or those that are the text `value`."""

    count: float
    low: float = 0
    high: float = 0
    value: str | None = None


@dataclass(frozen=True)
class Feature:
    name: str
    type: str
    present: float
    missing: float
    mean: float | None = None
    deviation: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    distinct: float | None = None
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True)
class Profile:
    step: str
    rows: int | None
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class Findings:
    """What the files of an execution say."""

    qualities: tuple[Quality, ...] = ()
    violations: tuple[Violations, ...] = ()
    biases: tuple[Bias, ...] = ()
    attributions: tuple[Attributions, ...] = ()
    profiles: tuple[Profile, ...] = ()


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


@dataclass(frozen=True)
class Report:
    execution: Execution
    steps: tuple[Step, ...]
    findings: Findings = field(default_factory=Findings)
