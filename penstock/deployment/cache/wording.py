"""Forecasts in words: the reasons, and a line for each."""

from collections.abc import Sequence
from datetime import timedelta

from penstock.deployment.cache.model import Forecast
from penstock.printable import printable

NO_EXECUTION = "no earlier execution"
NO_SUCCESS = "no earlier success"
IN_A_LOOP = "whether the iterations of a ForEach step are cached is not known"
IN_A_CIRCLE = "the steps wait for one another"

_MOST = 3


def line(forecast: Forecast) -> str:
    """`Prepare: hit (execution abc123def456, 2 h ago)`, `Train: miss, Arguments.Environment.ROUNDS: 3 -> 5`,
    `Report: cannot be told, reads Steps.Ask.OutputParameters['x'], known only when Ask has run`."""
    if forecast.hit:
        return printable(f"{forecast.step}: hit ({forecast.reason})")
    verdict = "cannot be told" if forecast.hit is None else "miss"
    return printable(f"{forecast.step}: {verdict}, {forecast.reason}")


def hit(arn: str, age: timedelta) -> str:
    return f"execution {arn.rpartition('/')[2]}, {_ago(age)}"


def never_cached(step_type: str) -> str:
    return f"steps of type {step_type} are never cached"


def no_duration(text: object) -> str:
    return f"ExpireAfter {text} is no duration"


def expired(expire_after: str) -> str:
    return f"the last success is older than {expire_after}"


def bounded(reason: str, count: int) -> str:
    return f"{reason}; the last {count} executions were looked at"


def always_new(reference: str) -> str:
    return f"{reference} is new in each execution"


def no_default(parameter: str) -> str:
    return f"parameter {parameter} has no default"


def runs_anew(reference: str) -> str:
    return f"reads {reference}, which runs anew"


def holds_new(reference: str, cause: str) -> str:
    return f"reads {reference}, which holds {cause}, new in each execution"


def known_later(reference: str, step: str) -> str:
    return f"reads {reference}, known only when {step} has run"


def depends(reference: str, step: str) -> str:
    return f"reads {reference}, and of {step} it cannot be told"


def other_run(reference: str) -> str:
    return f"reads {reference}, which another execution made than before"


def not_known(what: str) -> str:
    return f"reads {what}, known only in the execution"


def differs(path: str) -> str:
    return f"{path} is written otherwise"


def together(reasons: Sequence[str]) -> str:
    """The first reasons, and how many more there are."""
    shown = "; ".join(reasons[:_MOST])
    more = len(reasons) - _MOST
    return f"{shown}; and {more} more" if more > 0 else shown


def if_reached(reason: str) -> str:
    return f"{reason}; if it is reached"


def _ago(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        # From two days on in days, else in the largest unit that there is one of.
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
