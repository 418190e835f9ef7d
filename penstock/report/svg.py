"""Small plots as inline SVG. Colours are classes of the page's style, so that light and dark both fit.

Sizes are in SVG units, which are pixels where the page is wide enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from penstock.report.markup import element, number

Point = tuple[float, float]


def drawing(
    width: float, height: float, *parts: Markup, label: str, margin: float = 0, **attributes: str
) -> Markup:
    """The outermost element; `label` is what it shows, for who cannot see it."""
    width, height = width + 2 * margin, height + 2 * margin
    view = f"{-margin:g} {-margin:g} {width:g} {height:g}"
    size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": view}
    return element("svg", *parts, role="img", aria_label=label, **size, **attributes)


def polyline(points: Iterable[Point], class_: str) -> Markup:
    written = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", points=written, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def label(x: float, y: float, words: str, anchor: str = "start", class_: str = "small") -> Markup:
    return element("text", words, x=x, y=y, text_anchor=anchor, class_=class_)


@dataclass(frozen=True)
class UnitSquare:
    """Axes from 0 to 1, both: what rates are plotted in."""

    x_title: str
    y_title: str
    side: float = 254
    left: float = 50
    top: float = 12
    below: float = 44

    def place(self, x: float, y: float) -> Point:
        return self.left + x * self.side, self.top + (1 - y) * self.side

    def draw(self, *parts: Markup, label: str) -> Markup:
        return drawing(
            self.left + self.side + 14,
            self.top + self.side + self.below,
            *self._axes(),
            *parts,
            label=label,
            class_="plot",
        )

    def curve(self, x: Sequence[float], y: Sequence[float], class_: str = "curve") -> Markup:
        return polyline([self.place(*point) for point in zip(x, y, strict=True)], class_)

    def diagonal(self) -> Markup:
        return line(*self.place(0, 0), *self.place(1, 1), "reference")

    def dot(self, x: float, y: float, radius: float, title: str) -> Markup:
        cx, cy = self.place(x, y)
        return element("circle", element("title", title), cx=cx, cy=cy, r=radius, class_="dot")

    def _axes(self) -> Iterable[Markup]:
        for tick in (0, 0.25, 0.5, 0.75, 1):
            x, y = self.place(tick, tick)
            yield line(*self.place(0, tick), *self.place(1, tick), "grid")
            yield line(*self.place(tick, 0), *self.place(tick, 1), "grid")
            yield label(x, self.top + self.side + 17, f"{tick:g}", "middle")
            yield label(self.left - 8, y + 4, f"{tick:g}", "end")
        middle = self.left + self.side / 2
        yield label(middle, self.top + self.side + 37, self.x_title, "middle", "axis")
        centre = self.top + self.side / 2
        yield element(
            "text",
            self.y_title,
            transform=f"translate(13 {centre:g}) rotate(-90)",
            text_anchor="middle",
            class_="axis",
        )


def bars(values: Sequence[tuple[str, float]], label_: str, row: float = 26) -> Markup:
    """Horizontal bars of numbers >= 0 or < 0, named on the left, with the number at their end."""
    names, length = 210.0, 330.0
    largest = max((abs(value) for _, value in values), default=0) or 1
    parts = []
    for index, (name, value) in enumerate(values):
        y = index * row
        width = max(abs(value) / largest * length, 1)
        parts += [
            label(names - 10, y + row / 2 + 4, shorten(name, 30), "end", "name"),
            element(
                "rect",
                element("title", f"{name}: {number(value)}"),
                x=names, y=y + 4, width=width, height=row - 8, rx=3,
                class_="bar" if value >= 0 else "bar minus",
            ),
            label(names + width + 8, y + row / 2 + 4, number(value)),
        ]  # fmt: skip
    return drawing(names + length + 80, len(values) * row, *parts, label=label_, class_="bars")


def histogram(counts: Sequence[float], titles: Sequence[str], label_: str) -> Markup:
    """Small columns without axes, for a cell of a table; a title each shows when pointed at."""
    width, height, gap = 120.0, 30.0, 2.0
    step = min(width / len(counts), 14)
    largest = max(counts) or 1
    columns = []
    for index, (count, title) in enumerate(zip(counts, titles, strict=True)):
        tall = max(count / largest * height, 1 if count else 0.4)
        columns.append(
            element(
                "rect",
                element("title", title),
                x=index * step, y=height - tall, width=max(step - gap, 1), height=tall, rx=1, class_="bar",
            )
        )  # fmt: skip
    return drawing(width, height, *columns, label=label_, class_="spark")


def deviation(value: float, fair: float, label_: str) -> Markup:
    """How far a metric is from its fair value, at most 1 to either side, as a bar from the middle."""
    width, height, half = 110.0, 16.0, 54.0
    middle = width / 2
    length = max(min(abs(value - fair), 1) * half, 1)
    start = middle - length if value < fair else middle
    return drawing(
        width,
        height,
        element("rect", x=1, y=6, width=width - 2, height=4, rx=2, class_="track"),
        element("rect", x=start, y=4, width=length, height=8, rx=2, class_="bar"),
        line(middle, 0, middle, height, "reference solid"),
        label=label_,
        class_="spark",
    )


def shorten(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
