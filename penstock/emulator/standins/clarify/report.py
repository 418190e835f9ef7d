"""The report: analysis.json as one HTML page for people, plots drawn into it.

It knows the analysis only. No scripts, no fonts and no pictures from elsewhere: the page is one file.
"""

import io
import math
from pathlib import Path
from typing import Any

import matplotlib
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from matplotlib.figure import Figure

from penstock.emulator.standins.clarify import posttraining, pretraining

_MEANINGS = {metric.name: metric.meaning for metric in pretraining.METRICS} | {
    metric.name: metric.meaning for metric in posttraining.METRICS
}
_SECTIONS = {
    "pre_training_bias_metrics": "Bias of the data, before training",
    "post_training_bias_metrics": "Bias of the predictions, after training",
}
_MOST_FEATURES = 20
_WIDTH = 7.2  # inches
_COLOR, _SHADE = "#2563a8", "#c9d8ea"


def render(title: str, analysis: dict[str, Any], rows: int) -> str:
    """`rows` is how many the data set has."""
    explanations = analysis.get("explanations", {})
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return environment.get_template("report.html.j2").render(
        title=title,
        rows=rows,
        bias=[
            {"heading": heading, **analysis[name], "plots": _bias_plots(analysis[name])}
            for name, heading in _SECTIONS.items()
            if name in analysis
        ],
        meanings=_MEANINGS,
        shap=[
            {"label": label, "plot": _shap_plot(label, found["global_shap_values"]), **found}
            for label, found in explanations.get("kernel_shap", {}).items()
        ],
        dependence=[{"plot": _dependence_plot(each), **each} for each in explanations.get("pdp", [])],
        number=_number,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _bias_plots(section: dict[str, Any]) -> dict[tuple[str, str], Markup]:
    return {
        (facet, group["value_or_threshold"]): _bars(
            f"{facet}: {group['value_or_threshold']}",
            {
                metric["name"]: metric["value"]
                for metric in group["metrics"]
                if metric["value"] is not None and math.isfinite(metric["value"])
            },
        )
        for facet, groups in section["facets"].items()
        for group in groups
    }


def _shap_plot(label: str, values: dict[str, float]) -> Markup:
    largest = sorted(values, key=lambda feature: -abs(values[feature]))[:_MOST_FEATURES]
    return _bars(f"Features by SHAP value, {label}", {feature: values[feature] for feature in largest})


def _bars(title: str, values: dict[str, float]) -> Markup:
    figure = Figure(figsize=(_WIDTH, 0.8 + 0.28 * max(len(values), 1)), layout="constrained")
    axes = figure.subplots()
    names = [_plain(name) for name in values]
    axes.barh(range(len(names)), list(values.values()), color=_COLOR)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_title(_plain(title), loc="left")
    return _svg(figure)


def _dependence_plot(entry: dict[str, Any]) -> Markup:
    figure = Figure(figsize=(_WIDTH, 3), layout="constrained")
    axes = figure.subplots()
    numerical = entry["data_type"] == "numerical"
    places = entry["feature_values"] if numerical else list(range(len(entry["feature_values"])))
    shares = axes.twinx()
    width = (places[1] - places[0]) * 0.9 if numerical and len(places) > 1 else 0.8
    shares.bar(places, entry["data_distribution"], width=width, color=_SHADE)
    shares.set_ylabel("share of rows")
    for number, means in enumerate(entry["model_predictions"]):
        name = (entry.get("label_headers") or {number: f"label{number}"})[number]
        axes.plot(places, means, ".-" if numerical else "o", label=_plain(str(name)))
    # The curves lie over the bars.
    axes.set_zorder(shares.get_zorder() + 1)
    axes.patch.set_visible(False)
    if not numerical:
        axes.set_xticks(
            places, [_plain(str(value)) for value in entry["feature_values"]], rotation=40, ha="right"
        )
    axes.set_ylabel("mean prediction")
    axes.set_title(_plain(entry["feature_name"]), loc="left")
    if len(entry["model_predictions"]) > 1:
        axes.legend(fontsize="small")
    return _svg(figure)


def _plain(text: str) -> str:
    # matplotlib reads mathematics between dollar signs.
    shown = text if len(text) <= 40 else text[:39] + "…"
    return shown.replace("$", r"\$")


def _svg(figure: Figure) -> Markup:
    buffer = io.StringIO()
    # Letters are drawn as shapes: no text of the data becomes markup. The salt makes names repeatable.
    with matplotlib.rc_context({"svg.hashsalt": "clarify", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return Markup(text[text.index("<svg") :])  # noqa: S704  (ours, drawn above)
