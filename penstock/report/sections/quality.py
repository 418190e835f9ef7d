"""How good the model is: the figures that matter, the curves, the confusion matrix, and every metric."""

from collections.abc import Iterator

from markupsafe import Markup

from penstock.report.markup import element, join, number, table
from penstock.report.model import Quality, Report
from penstock.report.sections.interface import Section, quiet, titled
from penstock.report.svg import UnitSquare

# Large figures, in this order, if there are such.
_FIRST = ("auc", "accuracy", "f1", "precision", "recall", "log_loss", "rmse", "mae", "r2", "weighted_f1")


def section(report: Report) -> Section | None:
    if not report.findings.qualities:
        return None
    first, *others = report.findings.qualities
    shown = _heading(first) + _curves(first) + _folded(f"All {len(first.metrics)} metrics", _table(first))
    # As a rule another step measured the same again: its curves are there for who asks.
    again = (_heading(one) + _folded("Curves and all metrics", _curves(one), _table(one)) for one in others)
    return Section("metrics", "Model quality", shown + join(again))


def _heading(quality: Quality) -> Markup:
    rows = f" on {quality.rows:,} rows" if quality.rows else ""
    return titled(f"{quality.problem.capitalize()}{rows}", quality.step) + _figures(quality)


def _curves(quality: Quality) -> Markup:
    plots = [plot for plot in (_roc(quality), _precision_recall(quality), _calibration(quality)) if plot]
    drawn = element("div", *plots, class_="plots") if plots else Markup("")
    return drawn + _confusion(quality) if quality.confusion else drawn


def _folded(summary: str, *parts: Markup) -> Markup:
    return element("details", element("summary", summary), *parts)


def _figures(quality: Quality) -> Markup:
    values = {metric.name: metric for metric in quality.metrics}
    shown = [values[name] for name in _FIRST if name in values][:6] or list(quality.metrics[:6])
    return element(
        "dl",
        *(
            element("div", element("dt", words(metric.name)), element("dd", f"{metric.value:.4g}"))
            for metric in shown
        ),
        class_="figures",
    )


def _table(quality: Quality) -> Markup:
    spread = any(metric.deviation is not None for metric in quality.metrics)
    constant = any(metric.constant is not None for metric in quality.metrics)
    headers = ["Metric", "Value", *["± deviation"] * spread, *["Always one answer"] * constant]

    def rows() -> Iterator[list[str]]:
        for metric in quality.metrics:
            cells = [words(metric.name), number(metric.value)]
            if spread:
                cells.append(number(metric.deviation))
            if constant:
                cells.append(number(metric.constant) if metric.constant is not None else "")
            yield cells

    return table(headers, rows(), numeric=(1, 2, 3))


def words(name: str) -> str:
    """A metric's name as people write it."""
    shown = {
        "auc": "AUC",
        "rmse": "RMSE",
        "mse": "MSE",
        "mae": "MAE",
        "r2": "R²",
        "f0_5": "F0.5",
        "f1": "F1",
        "f2": "F2",
    }
    return shown.get(name, name.replace("_", " ").capitalize())


def _confusion(quality: Quality) -> Markup:
    total = sum(map(sum, quality.confusion)) or 1
    rows = []
    for index, (actual, counts) in enumerate(zip(quality.labels, quality.confusion, strict=True)):
        cells = [
            element(
                "td",
                number(count),
                class_="right" if column == index else "wrong",
                style=f"--share: {count / total:.3f}",
            )
            for column, count in enumerate(counts)
        ]
        rows.append(element("tr", element("th", actual, scope="row"), *cells))
    head = element(
        "tr",
        element("th", "Actual \\ predicted", scope="col"),
        *(element("th", each, scope="col", class_="number") for each in quality.labels),
    )
    grid = element("table", element("thead", head), element("tbody", *rows), class_="confusion")
    return element("div", element("h4", "Confusion matrix"), element("div", grid, class_="wide"))


def _plot(title: str, drawn: Markup, *told: str) -> Markup:
    return element("figure", element("figcaption", title), drawn, *(quiet(each) for each in told))


def _roc(quality: Quality) -> Markup | None:
    if quality.roc is None:
        return None
    axes = UnitSquare("False positive rate", "True positive rate")
    auc = next((metric.value for metric in quality.metrics if metric.name == "auc"), None)
    title = "ROC" if auc is None else f"ROC, area {auc:.3f}"
    drawn = axes.draw(axes.diagonal(), axes.curve(quality.roc.x, quality.roc.y), label=f"{title}, as a curve")
    return _plot(title, drawn, "The dashed line is guessing.")


def _precision_recall(quality: Quality) -> Markup | None:
    if quality.precision_recall is None:
        return None
    axes = UnitSquare("Recall", "Precision")
    curve = axes.curve(quality.precision_recall.x, quality.precision_recall.y)
    return _plot("Precision and recall", axes.draw(curve, label="Precision by recall, as a curve"))


def _calibration(quality: Quality) -> Markup | None:
    bins = quality.calibration
    if bins is None:
        return None
    axes = UnitSquare("Predicted probability", "Observed share")
    most = max(bins.rows) or 1
    dots = [
        axes.dot(x, y, 3 + 5 * (rows / most) ** 0.5, f"{rows:,} rows: predicted {x:.3f}, observed {y:.3f}")
        for x, y, rows in zip(bins.predicted, bins.observed, bins.rows, strict=True)
    ]
    drawn = axes.draw(
        axes.diagonal(), axes.curve(bins.predicted, bins.observed), *dots, label="Calibration, as a curve"
    )
    return _plot(
        "Calibration", drawn, "On the dashed line probabilities come true; larger dots are more rows."
    )
