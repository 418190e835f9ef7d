"""constraints.json of data quality (facts/monitor-and-clarify.md, 3): what data like these must satisfy."""

from typing import Any

from penstock.emulator.standins.model_monitor.statistics import categories, common
from penstock.emulator.standins.model_monitor.types import NUMERIC, STRING

# Deequ's rule for the values of a column to be all that there are; the analyzer's own is unknown.
_MOST_DISTINCT = 0.1


def suggest(statistics: dict[str, Any], categorical_drift_method: str | None = None) -> dict[str, Any]:
    """The constraints that the data behind these statistics satisfy."""
    comparison = {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
    }
    if categorical_drift_method:
        comparison["categorical_drift_method"] = categorical_drift_method
    return {
        "version": 0.0,
        "features": [_feature(feature) for feature in statistics["features"]],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": comparison,
        },
    }


def _feature(feature: dict[str, Any]) -> dict[str, Any]:
    found = {
        "name": feature["name"],
        "inferred_type": feature["inferred_type"],
        "completeness": completeness(feature),
    }
    if feature["inferred_type"] in NUMERIC:
        found["num_constraints"] = {"is_non_negative": feature["numerical_statistics"]["min"] >= 0}
    elif feature["inferred_type"] == STRING:
        domain = sorted(categories(feature))
        if domain and len(domain) <= _MOST_DISTINCT * common(feature)["num_present"]:
            found["string_constraints"] = {"domains": domain}
    return found


def completeness(feature: dict[str, Any]) -> float:
    counts = common(feature)
    total = counts["num_present"] + counts["num_missing"]
    return counts["num_present"] / total if total else 0.0
