"""The bias metrics of each group, with what each means and the value that is fair."""

from markupsafe import Markup

from penstock.report.markup import element, join, number, table
from penstock.report.model import Bias, BiasMetric, Report
from penstock.report.sections.interface import Section, quiet, titled
from penstock.report.sections.meanings import MEANINGS
from penstock.report.svg import deviation

_WHEN = {"pre": "in the data", "post": "in the predictions"}


def section(report: Report) -> Section | None:
    if not report.findings.biases:
        return None
    told = quiet(
        "“The group” are the rows with the value named, “the others” all the rest. A bar shows how far a"
        " metric is from its fair value. No single number says whether a model is fair: which of them counts"
        " is a decision."
    )
    return Section("bias", "Bias", told + join(_group(bias) for bias in report.findings.biases))


def _group(bias: Bias) -> Markup:
    heading = titled(f"{bias.facet} = {bias.group}, {_WHEN[bias.when]}", bias.step)
    outcome = (
        quiet("Positive outcome: ", element("b", f"{bias.label} = {bias.positive}")) if bias.label else ""
    )
    rows = [_row(metric) for metric in bias.metrics]
    headers = ["Metric", "Value", "Fair", "From fair", "What it means"]
    return join((heading, outcome, table(headers, rows, numeric=(1, 2), class_="bias")))


def _row(metric: BiasMetric) -> tuple[str | Markup, ...]:
    known = MEANINGS.get(metric.name)
    fair = known.fair if known else None
    drawn: str | Markup = ""
    if metric.value is not None and fair is not None:
        drawn = deviation(metric.value, fair, f"{number(metric.value)}, where {fair:g} is fair")
    meaning = known.words if known else ""
    if metric.value is None and metric.error:
        meaning = join((meaning, " ", element("em", f"No value: {metric.error}")))
    return metric.description, number(metric.value), "" if fair is None else f"{fair:g}", drawn, meaning
