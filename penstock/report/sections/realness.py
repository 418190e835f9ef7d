"""How real the execution was: who did each step's work, how close that is to AWS, and what differs."""

from markupsafe import Markup

from penstock.report.markup import element, table
from penstock.report.model import AWS, RanBy, Report, Step
from penstock.report.sections.interface import Section, quiet

# Which badge each way of running has; the words are those of the tags.
_BADGES = {
    "run by AWS": "aws",
    "run by the same library as in the cloud": "same",
    "run by a stand-in": "stand-in",
}


def section(report: Report) -> Section | None:
    steps = [step for step in report.steps if step.ran_by]
    if not steps:
        return None
    if all(step.ran_by == AWS for step in steps):
        return Section("realness", "How real it was", element("p", "AWS ran every step."))
    told = quiet(
        "Not all of this ran on AWS. What differs may change results; what does not is the same code."
    )
    rows = [_row(step, step.ran_by) for step in steps if step.ran_by]
    headers = ["Step", "Run by", "How", "What is known of it", "Isolation"]
    return Section("realness", "How real it was", told + table(headers, rows))


def _row(step: Step, ran_by: RanBy) -> tuple[str | Markup, ...]:
    badge = element("span", ran_by.how, class_=f"badge {_BADGES.get(ran_by.how, 'other')}")
    return element("b", step.name), ran_by.name, badge, ran_by.differs, ran_by.isolation
