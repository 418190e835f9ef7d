"""The data's profile: every column with its type, what is missing, its range, and how its values spread."""

from markupsafe import Markup

from penstock.report.markup import element, join, number, table
from penstock.report.model import Bucket, Feature, Profile, Report
from penstock.report.sections.interface import Section, titled
from penstock.report.svg import histogram
from penstock.report.wording import share

_MOST_COLUMNS = 24  # of a histogram of texts


def section(report: Report) -> Section | None:
    if not report.findings.profiles:
        return None
    return Section("profile", "Data profile", join(_profile(one) for one in report.findings.profiles))


def _profile(profile: Profile) -> Markup:
    count = len(profile.features)
    rows = f"{profile.rows:,} rows, " if profile.rows is not None else ""
    headers = ["Column", "Type", "Missing", "Mean", "Deviation", "Min", "Max", "Distinct", "Values"]
    return join(
        (
            titled(f"{rows}{count} column{'s' if count != 1 else ''}", profile.step),
            table(headers, map(_row, profile.features), numeric=(2, 3, 4, 5, 6, 7)),
        )
    )


def _row(feature: Feature) -> tuple[str | Markup, ...]:
    numbers = (feature.mean, feature.deviation, feature.minimum, feature.maximum, feature.distinct)
    return (
        element("b", feature.name),
        feature.type,
        share(feature.missing, feature.present + feature.missing),
        *("" if value is None else number(value) for value in numbers),
        _histogram(feature),
    )


def _histogram(feature: Feature) -> str | Markup:
    buckets = feature.buckets
    if any(bucket.value is not None for bucket in buckets):
        buckets = tuple(sorted(buckets, key=lambda bucket: -bucket.count))[:_MOST_COLUMNS]
    if not buckets:
        return ""
    titles = [f"{_range(bucket)}: {number(bucket.count)}" for bucket in buckets]
    return histogram([bucket.count for bucket in buckets], titles, f"How the values of {feature.name} spread")


def _range(bucket: Bucket) -> str:
    if bucket.value is not None:
        return bucket.value
    return f"{number(bucket.low)} to {number(bucket.high)}"
