"""Drift: an analysis against an earlier one (facts: monitor-and-clarify.md, 9). Two JSON objects in,
violations out."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from penstock.emulator.standins.errors import InputError

# An nDCG below this is a violation.
ATTRIBUTION_THRESHOLD = 0.9

# Sums in another order differ in their last digits: that is no drift.
_SAME = 1e-9

_BIAS_SECTIONS = ("pre_training_bias_metrics", "post_training_bias_metrics")


def read_baseline(file: Path) -> dict[str, Any]:
    """Raises InputError."""
    try:
        document = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise InputError(f"the baseline {file.name} is not there") from None
    except ValueError as error:
        raise InputError(f"the baseline {file.name} is no JSON: {error}") from None
    if not isinstance(document, dict) or not {*_BIAS_SECTIONS, "explanations"} & set(document):
        raise InputError(f"the baseline {file.name} is no analysis.json of Clarify: it has no metrics")
    return document


def violations(analysis: dict[str, Any], baseline: dict[str, Any]) -> list[dict[str, str]]:
    """Entries of constraint_violations.json. What only one of the two has is not compared."""
    return [*_bias(analysis, baseline), *_attributions(analysis, baseline)]


def _bias(analysis: dict[str, Any], baseline: dict[str, Any]) -> Iterator[dict[str, str]]:
    for section in _BIAS_SECTIONS:
        before = {
            (facet, _question(value), metric["name"]): metric.get("value")
            for facet, value, metric in _metrics(baseline.get(section))
        }
        for facet, value, metric in _metrics(analysis.get(section)):
            was, now = before.get((facet, _question(value), metric["name"])), metric.get("value")
            if was is not None and now is not None and _is_worse(metric["name"], now, was):
                yield {
                    "facet": facet,
                    "facet_value": value,
                    "metric_name": metric["name"],
                    "constraint_check_type": "bias_drift_check",
                    "description": f"Metric value {_shown(now)} doesn't meet the baseline constraint "
                    f"requirement {_shown(was)}",
                }


def _metrics(section: dict[str, Any] | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for facet, groups in (section or {}).get("facets", {}).items():
        for group in groups:
            for metric in group["metrics"]:
                yield facet, group["value_or_threshold"], metric


def _question(value: str) -> str:
    """Of "(threshold, greatest]" the threshold: it is the configuration's, the greatest is the data's."""
    return value.split(",")[0] if value.startswith("(") else value


def _is_worse(name: str, now: float, was: float) -> bool:
    """Farther from neutral than before; the sign is ignored."""
    now, was = _distance(name, now), _distance(name, was)
    return now > was and not math.isclose(now, was, rel_tol=_SAME)


def _distance(name: str, value: float) -> float:
    """From neutral: 0 for every metric but DI, a ratio whose neutral value is 1.

    How AWS compares DI is unknown (facts, 11). Here half and double are equally far from 1.
    """
    if name != "DI":
        return abs(value)
    return abs(math.log(value)) if value > 0 else math.inf


def _attributions(analysis: dict[str, Any], baseline: dict[str, Any]) -> Iterator[dict[str, str]]:
    before, now = (
        document.get("explanations", {}).get("kernel_shap", {}) for document in (baseline, analysis)
    )
    for label in now:
        if label not in before:
            continue
        score = ndcg(before[label]["global_shap_values"], now[label]["global_shap_values"])
        if score < ATTRIBUTION_THRESHOLD:
            yield {
                "label": label,
                "metric_name": "shap",
                "constraint_check_type": "feature_attribution_drift_check",
                "description": f"Feature attribution drift {score} exceeds threshold {ATTRIBUTION_THRESHOLD}",
            }


def ndcg(before: dict[str, float], now: dict[str, float]) -> float:
    """1 when the features' order is what it was, less the more that important ones have moved.

    Developer Guide, clarify-model-monitor-feature-attribution-drift.
    """

    def gain(order: dict[str, float]) -> float:
        ranked = sorted(order, key=lambda feature: -order[feature])
        return sum(before.get(feature, 0.0) / math.log2(rank + 2) for rank, feature in enumerate(ranked))

    ideal = gain(before)
    return gain(now) / ideal if ideal else 1.0


def _shown(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(value)
