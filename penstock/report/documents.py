"""The JSON files that checks and evaluations write, as the report's data.

The schemas: facts/monitor-and-clarify.md, 2, 4, 5 and 8. A file may be of any origin: what does not fit its
schema is left out, part by part, and nothing here raises for it.
"""

import math
from collections.abc import Iterator
from typing import Any

from penstock.report.model import (
    Attributions,
    Bias,
    BiasMetric,
    Bucket,
    Calibration,
    Curve,
    Feature,
    Metric,
    Profile,
    Quality,
    Violation,
    Violations,
)

_CONSTANT = "_best_constant_classifier"
_METRICS = "_metrics"


def quality(step: str, document: Any) -> Quality | None:
    """A model's quality statistics; None for another document, or one without a metric.

    `calibration` is this project's addition to the schema (jobs/evaluate_model.py).
    """
    key = next((key for key in _object(document) if key.endswith(_METRICS)), "")
    group = _object(_object(document).get(key))
    values = {
        name: value for name in group if (value := number(_object(group[name]).get("value"))) is not None
    }
    if not values:
        return None
    labels, confusion = _confusion(group.get("confusion_matrix"))
    return Quality(
        step,
        key.removesuffix(_METRICS).replace("_", " "),
        _count(_object(document.get("dataset")).get("item_count")),
        tuple(
            Metric(
                name,
                value,
                number(_object(group[name]).get("standard_deviation")),
                values.get(f"{name}{_CONSTANT}"),
            )
            for name, value in values.items()
            if not name.endswith(_CONSTANT)
        ),
        labels,
        confusion,
        _curve(
            group.get("receiver_operating_characteristic_curve"),
            "false_positive_rates",
            "true_positive_rates",
        ),
        _curve(group.get("precision_recall_curve"), "recalls", "precisions"),
        _calibration(document.get("calibration")),
    )


def violations(step: str, uri: str, document: Any) -> Violations:
    """constraint_violations.json of Model Monitor or Clarify."""
    return Violations(
        step,
        uri,
        tuple(
            Violation(
                _subject(entry), _text(entry.get("constraint_check_type")), _text(entry.get("description"))
            )
            for entry in map(_object, _list(_object(document).get("violations")))
        ),
    )


def biases(step: str, document: Any) -> Iterator[Bias]:
    """The bias metrics in an analysis.json, one for each facet's group."""
    for when in ("pre", "post"):
        section = _object(_object(document).get(f"{when}_training_bias_metrics"))
        for facet, groups in _object(section.get("facets")).items():
            for group in map(_object, _list(groups)):
                yield Bias(
                    step,
                    when,
                    _text(section.get("label")),
                    _text(section.get("label_value_or_threshold")),
                    facet,
                    _text(group.get("value_or_threshold")),
                    tuple(_bias_metric(entry) for entry in map(_object, _list(group.get("metrics")))),
                )


def attributions(step: str, document: Any) -> Iterator[Attributions]:
    """The global SHAP values in an analysis.json, one for each label."""
    for label, found in _object(_object(_object(document).get("explanations")).get("kernel_shap")).items():
        values = {
            feature: value
            for feature, entry in _object(_object(found).get("global_shap_values")).items()
            if (value := number(entry)) is not None
        }
        if values:
            ordered = sorted(values.items(), key=lambda item: (-abs(item[1]), item[0]))
            yield Attributions(step, label, number(_object(found).get("expected_value")), tuple(ordered))


def profile(step: str, document: Any) -> Profile | None:
    """statistics.json of a data set; None for another document."""
    features = [feature for feature in map(_object, _list(_object(document).get("features"))) if feature]
    if not features:
        return None
    rows = _count(_object(document.get("dataset")).get("item_count"))
    return Profile(step, rows, tuple(_feature(feature) for feature in features))


def number(value: Any) -> float | None:
    """A finite number, or None. AWS's files also have "NaN" and Infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer that no float can hold
        return None


def _feature(feature: dict[str, Any]) -> Feature:
    numeric, text = _object(feature.get("numerical_statistics")), _object(feature.get("string_statistics"))
    common = _object((numeric or text).get("common"))
    distribution = _object((numeric or text).get("distribution"))
    found = _object(distribution.get("kll")) or _object(distribution.get("categorical"))
    return Feature(
        _text(feature.get("name")),
        _text(feature.get("inferred_type")),
        number(common.get("num_present")) or 0,
        number(common.get("num_missing")) or 0,
        number(numeric.get("mean")),
        number(numeric.get("std_dev")),
        number(numeric.get("min")),
        number(numeric.get("max")),
        number(text.get("distinct_count")),
        tuple(_bucket(bucket) for bucket in map(_object, _list(found.get("buckets")))),
    )


def _bucket(bucket: dict[str, Any]) -> Bucket:
    return Bucket(
        number(bucket.get("count")) or 0,
        number(bucket.get("lower_bound")) or 0,
        number(bucket.get("upper_bound")) or 0,
        _text(bucket["value"]) if "value" in bucket else None,
    )


def _bias_metric(entry: dict[str, Any]) -> BiasMetric:
    value = number(entry.get("value"))
    name = _text(entry.get("name"))
    error = _text(entry.get("error")) or ("" if value is not None else f"AWS says {entry.get('value')}")
    return BiasMetric(name, _text(entry.get("description")) or name, value, error)


def _subject(entry: dict[str, Any]) -> str:
    """What is violated: a feature, a metric, or a metric of a facet's group."""
    facet = _text(entry.get("facet"))
    names = [_text(entry.get("feature_name")), _text(entry.get("metric_name")), _text(entry.get("label"))]
    if facet:
        names.append(f"{facet} = {_text(entry.get('facet_value'))}")
    return ", ".join(name for name in names if name)


def _confusion(matrix: Any) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
    rows = {actual: _object(row) for actual, row in _object(matrix).items()}
    labels = tuple(rows)
    return labels, tuple(tuple(number(row.get(label)) or 0 for label in labels) for row in rows.values())


def _curve(document: Any, x: str, y: str) -> Curve | None:
    points = _points(_object(document), x, y)
    return Curve(*points) if len(points[0]) > 1 else None


def _calibration(document: Any) -> Calibration | None:
    predicted, observed, rows = _points(_object(document), "predicted", "observed", "rows")
    return Calibration(predicted, observed, tuple(int(count) for count in rows)) if predicted else None


def _points(document: dict[str, Any], *names: str) -> tuple[tuple[float, ...], ...]:
    """Lists of numbers that belong together, without the places where one of them has none."""
    lists = [[number(value) for value in _list(document.get(name))] for name in names]
    complete = [point for point in zip(*lists, strict=False) if None not in point]
    return tuple(zip(*complete, strict=True)) or ((),) * len(names)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
