"""HTML and SVG elements as values. Nothing else makes markup: every text that is no Markup yet is escaped."""

from typing import Any

from markupsafe import Markup, escape

# XML and HTML allow neither control characters nor halves of surrogate pairs, escaped or not.
_CONTROL = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}"
)


def element(tag: str, *children: Any, **attributes: Any) -> Markup:
    """`<tag attributes>children</tag>`; an attribute `class_` is `class`, `stroke_width` is `stroke-width`.

    Attributes that are None are left out; children that are None, too.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(Markup(name.rstrip("_").replace("_", "-")), text(value))  # noqa: S704 (our own)
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(text(child) for child in children if child is not None)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, inside)  # noqa: S704 (our own names)


def text(value: Any) -> Markup:
    """Escaped text; Markup as it is; a float in as few digits as a drawing needs."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, float):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(str(value).translate(_CONTROL))


def join(parts: Any) -> Markup:
    return Markup("").join(text(part) for part in parts)


def table(headers: list[Any], rows: Any, numeric: tuple[int, ...] = (), **attributes: Any) -> Markup:
    """A table that scrolls sideways by itself; `numeric` are the columns, from 0, that align right."""
    kind = ["number" if column in numeric else None for column in range(len(headers))]
    head = element(
        "tr", *(element("th", cell, scope="col", class_=kind[n]) for n, cell in enumerate(headers))
    )
    body = [
        element("tr", *(element("td", cell, class_=kind[n]) for n, cell in enumerate(row))) for row in rows
    ]
    inner = element("table", element("thead", head), element("tbody", *body), **attributes)
    return element("div", inner, class_="wide")


def number(value: float | None) -> str:
    """Four significant digits, with thousands apart; a dash for no number."""
    if value is None:
        return "–"
    if value < 0:
        return f"−{number(-value)}"
    if float(value).is_integer() and value < 1e15:
        return f"{value:,.0f}"
    if value >= 1e6 or value < 1e-4:
        return f"{value:.3g}"
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"
