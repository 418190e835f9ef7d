"""What moves the predictions: the features with the largest global SHAP values."""

from markupsafe import Markup

from penstock.report.markup import element, join, number
from penstock.report.model import Attributions, Report
from penstock.report.sections.interface import Section, quiet, titled
from penstock.report.svg import bars

_MOST = 15


def section(report: Report) -> Section | None:
    if not report.findings.attributions:
        return None
    told = quiet("SHAP values: how far a feature moves a prediction from the baseline's, over all rows.")
    return Section(
        "features", "What moves the predictions", told + join(map(_label, report.findings.attributions))
    )


def _label(found: Attributions) -> Markup:
    shown = found.values[:_MOST]
    rest = len(found.values) - len(shown)
    told = [] if found.expected is None else [f"The baseline's mean prediction is {number(found.expected)}."]
    if rest:
        told.append(f"{rest} more feature{'s' if rest > 1 else ''} moved them less.")
    return join(
        (
            titled(f"Output {found.label}", found.step),
            element("div", bars(shown, f"Global SHAP values of {found.label}"), class_="wide"),
            quiet(" ".join(told)) if told else "",
        )
    )
