"""Reports as lines for people, and the words that all texts share. It decides nothing."""

from collections.abc import Iterator
from typing import Any

from penstock.deployment.commit import DIRTY

SHORT = 12  # characters of a digest that people read
PAST = {"create": "created", "update": "updated", "unchanged": "unchanged", "remove": "removed"}


def short(commit: str) -> str:
    """A git commit as people read it, `-dirty` included."""
    digest = commit.removesuffix(DIRTY)
    return f"{digest[:SHORT]}{commit[len(digest) :]}"


def size(count: int) -> str:
    """Bytes as a person says them: `3.1 kB`."""
    if count < 1000:
        return f"{count} B"
    amount, unit = count / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `4.2 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes} min {int(seconds) % 60:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """What each step produced: `Step  label  value`, aligned."""
    rows = []
    for step in report["steps"]:
        for label, value in step["outputs"].items():
            rows.append((step["name"], label, value))
        for metric, number in step["metrics"].items():
            rows.append((step["name"], metric, f"{number:.4g}"))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    before = ""
    for name, label, value in rows:
        shown = "" if name == before else name
        yield f"{shown:<{widths[0]}}  {label:<{widths[1]}}  {value}"
        before = name


def failure_lines(report: dict[str, Any]) -> Iterator[str]:
    """Why steps failed, what checks found, and the last lines of logs."""
    for step in report["steps"]:
        if step["status"] != "Failed":
            continue
        yield f"{step['name']} failed: {step['failure_reason'] or 'no reason was given'}"
        yield from (f"  - {line}" for line in step.get("violations", []))
        yield from (f"  | {line}" for event in step["log"] for line in event.splitlines())
