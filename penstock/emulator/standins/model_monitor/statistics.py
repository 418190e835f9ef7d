"""statistics.json of data quality, made of a profile or read from a baseline.

Its shape: facts/monitor-and-clarify.md, 2.
"""

from typing import Any

from penstock.emulator.standins.model_monitor import kll
from penstock.emulator.standins.model_monitor.profile import Column, Profile
from penstock.emulator.standins.model_monitor.types import NUMERIC

# Deequ's profiler makes histograms of columns with up to as many different values; of the analyzer the
# limit is unknown.
MOST_CATEGORIES = 120


def statistics(profile: Profile) -> dict[str, Any]:
    return {
        "version": 0.0,
        "dataset": {"item_count": profile.rows},
        "features": [_feature(name, column) for name, column in profile.columns.items()],
    }


def _feature(name: str, column: Column) -> dict[str, Any]:
    common = {"num_present": column.present, "num_missing": column.missing}
    if column.type in NUMERIC:
        return {
            "name": name,
            "inferred_type": column.type,
            "numerical_statistics": {"common": common, **_numerical(column)},
        }
    return {
        "name": name,
        "inferred_type": column.type,
        "string_statistics": {
            "common": common,
            "distinct_count": float(column.texts.distinct()),
            "distribution": {"categorical": {"buckets": _categories(column)}},
        },
    }


def _numerical(column: Column) -> dict[str, Any]:
    numbers = column.numbers
    assert numbers is not None
    return {
        "mean": numbers.mean,
        "sum": numbers.sum,
        "std_dev": numbers.deviation,
        "min": numbers.min,
        "max": numbers.max,
        "distribution": {
            "kll": {
                "buckets": kll.buckets(numbers.sketch.ranks(), numbers.min, numbers.max),
                "sketch": {
                    "parameters": {"c": kll.C, "k": float(kll.K)},
                    "data": numbers.sketch.levels(),
                },
            }
        },
    }


def _categories(column: Column) -> list[dict[str, Any]]:
    """The most frequent first; none when there are too many of them."""
    counts = column.texts.counts
    if counts is None or len(counts) > MOST_CATEGORIES:
        return []
    return [
        {"value": value, "count": count}
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def common(feature: dict[str, Any]) -> dict[str, int]:
    """num_present and num_missing."""
    found: dict[str, int] = (feature.get("numerical_statistics") or feature["string_statistics"])["common"]
    return found


def ranks(feature: dict[str, Any]) -> kll.Ranks | None:
    """The distribution of a numeric feature; None if there is none."""
    distribution = (feature.get("numerical_statistics") or {}).get("distribution") or {}
    if "kll" not in distribution:
        return None
    found = kll.Sketch(distribution["kll"]["sketch"]["data"]).ranks()
    return found if found.total else None


def categories(feature: dict[str, Any]) -> dict[str, int]:
    """How often each value of a feature of texts occurs; empty if that is not known."""
    distribution = (feature.get("string_statistics") or {}).get("distribution") or {}
    buckets = (distribution.get("categorical") or {}).get("buckets") or []
    return {bucket["value"]: bucket["count"] for bucket in buckets}
