"""What a section of the page is, and the words that several of them use."""

from dataclasses import dataclass

from markupsafe import Markup

from penstock.report.markup import element


@dataclass(frozen=True)
class Section:
    """`key` is the fragment that links lead to it by."""

    key: str
    title: str
    body: Markup


def titled(words: str, step: str = "") -> Markup:
    """A heading below the section's, with the step that its content is of."""
    return element("h3", words, element("span", f" {step}", class_="of") if step else None)


def quiet(*words: str | Markup) -> Markup:
    return element("p", *words, class_="quiet")
