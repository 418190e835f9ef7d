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
    alike: dict[tuple[str, ...], list[Attributions]] = {}
    for found in report.findings.attributions:
        # Of two classes each is the other's mirror: what would be the same drawing is drawn once.
        drawing = (found.step, *(f"{feature} {number(value)}" for feature, value in found.values))
        alike.setdefault(drawing, []).append(found)
    plots = join(_drawn(group[-1], [each.label for each in group]) for group in alike.values())
    return Section("features", "What moves the predictions", told + plots)


def _drawn(found: Attributions, labels: list[str]) -> Markup:
    shown = found.values[:_MOST]
    rest = len(found.values) - len(shown)
    told = []
    if found.expected is not None:
        told.append(f"The baseline's mean prediction of {found.label} is {number(found.expected)}.")
    if rest:
        told.append(f"{rest} more feature{'s' if rest > 1 else ''} moved them less.")
    return join(
        (
            titled(f"Output {' and '.join(labels)}", found.step),
            element("div", bars(shown, f"Global SHAP values of {found.label}"), class_="wide"),
            quiet(" ".join(told)) if told else "",
        )
    )
