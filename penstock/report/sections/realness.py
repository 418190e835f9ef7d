"""How real the execution was: who did each step's work, how close that is to AWS, and what differs."""

from markupsafe import Markup

from penstock.report.markup import element, join, table
from penstock.report.model import AWS, RanBy, Report
from penstock.report.sections.interface import Section, quiet

# Which badge each way of running has; the words are those of the tags.
_BADGES = {
    "run by AWS": "aws",
    "run by the same library as in the cloud": "same",
    "run by a stand-in": "stand-in",
}


def section(report: Report) -> Section | None:
    steps: dict[RanBy, list[str]] = {}
    for step in report.steps:
        if step.ran_by:
            steps.setdefault(step.ran_by, []).append(step.name)
    if not steps:
        return None
    if set(steps) == {AWS}:
        return Section("realness", "How real it was", element("p", "AWS ran every step."))
    told = quiet(
        "This did not run on AWS: what did each kind of work, how close that is, and what is known of it."
    )
    rows = (_row(ran_by, names) for ran_by, names in steps.items())
    return Section(
        "realness", "How real it was", told + table(["Run by", "Steps", "Known of it"], rows, class_="ran")
    )


def _row(ran_by: RanBy, names: list[str]) -> tuple[Markup, ...]:
    badge = element("span", ran_by.how, class_=f"badge {_BADGES.get(ran_by.how, 'other')}")
    known = [ran_by.differs[:1].upper() + ran_by.differs[1:]] if ran_by.differs else []
    if ran_by.isolation:
        known.append(f"Isolation: {ran_by.isolation}")
    return (
        element("b", ran_by.name) + element("div", badge),
        join(element("div", name) for name in names),
        join(element("div", sentence) for sentence in known),
    )
