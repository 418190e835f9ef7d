"""A plan as Markdown that fits a pull-request comment: the effects in a sentence, the details below it.

What it shows comes from definitions and tags, which may hold anything: it stands in code, never as markup.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from penstock.definition.diff import NamedDiff
from penstock.deployment import plan_text
from penstock.deployment.cache import Forecast
from penstock.deployment.plan import Plan
from penstock.deployment.wording import PAST
from penstock.printable import printable

# GitHub's limit of a comment is 65,536 characters; the workflow may put several plans into one.
LIMIT = 60_000

_SIGNS = {"add": "+", "remove": "-", "change": "!", "rename": "!"}
_HITS = {True: "hit", False: "miss", None: "not known"}


def markdown(plan: Plan, forecasts: Sequence[Forecast] = (), limit: int = LIMIT) -> str:
    """`limit` is in characters; details beyond it are left out, and counted."""
    head = [f"### `{plan.pipeline}` in `{plan.environment}`: {_headline(plan)}", ""]
    if plan.untold:
        said = plan_text.untold(plan)
        head += ["> [!WARNING]", f"> {_cell(said[0].upper() + said[1:])}.", ""]
    if plan.drift and plan.there:
        head += [
            "> [!WARNING]",
            f"> Since Penstock deployed revision {_code(plan_text.named(plan.there))}, others changed what is"
            f" deployed. {_what_becomes_of_it(plan)}",
            "",
            *_details("What others changed", plan_text.drift_lines(plan), limit // 4),
        ]
    tail = list(_cache(plan, forecasts))
    left = limit - sum(len(line) + 1 for line in (*head, *tail))
    body = [] if plan.is_empty else _details("What changes", plan_text.effect_lines(plan), left)
    return "\n".join([*head, *body, *tail]).rstrip()


def _headline(plan: Plan) -> str:
    if plan.is_empty:
        return "nothing to do"
    return ", ".join(_said(plan))


def _said(plan: Plan) -> Iterator[str]:
    yield f"{plan.action} the pipeline" if plan.action != "unchanged" else "the pipeline is unchanged"
    if plan.definition:
        yield from _counts("step", plan.definition.steps)
        yield from _counts("parameter", plan.definition.parameters)
    actions = Counter(function.action for function in plan.functions if function.action != "unchanged")
    for action, count in actions.items():
        yield f"{_counted(count, 'function')} {PAST[action]}"
    if plan.publish:
        yield f"{_counted(len(plan.publish), 'file')} published"


def _counts(kind: str, named: NamedDiff) -> Iterator[str]:
    for verb, items in (
        ("added", named.added),
        ("removed", named.removed),
        ("renamed", named.renamed),
        ("changed", named.changed),
    ):
        if items:
            yield f"{_counted(len(items), kind)} {verb}"


def _what_becomes_of_it(plan: Plan) -> str:
    return "A deploy puts back what the project says." if plan.puts_back else "A deploy leaves it so."


def _details(title: str, lines: Iterable[str], room: int) -> list[str]:
    """A block that unfolds, its lines coloured as a diff's; cut where it would fill more than `room`."""
    kept, used, dropped = list[str](), 0, 0
    for line in lines:
        signed = f"{_sign(line)} {line}"
        used += len(signed) + 1
        if used > room - 200:
            dropped += 1
        else:
            kept.append(signed)
    if dropped:
        kept.append(f"  ... and {_counted(dropped, 'more line')}: run `penstock plan`")
    fence = "`" * max([3, *(len(run) + 1 for line in kept for run in re.findall("`+", line))])
    return [
        f"<details><summary>{title}</summary>",
        "",
        f"{fence}diff",
        *kept,
        fence,
        "",
        "</details>",
        "",
    ]


def _sign(line: str) -> str:
    return _SIGNS.get(line.split()[0], " ") if line.strip() else " "


def _cache(plan: Plan, forecasts: Sequence[Forecast]) -> Iterator[str]:
    if not forecasts:
        return
    when = "the next start" if plan.is_empty else "the next start after this deploy"
    yield f"| step | cache at {when} | why |"
    yield "|---|---|---|"
    for forecast in forecasts:
        yield f"| `{_cell(forecast.step)}` | {_HITS[forecast.hit]} | {_code(forecast.reason)} |"


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return printable(text.replace("\n", " ")).replace("`", "'").replace("|", "\\|")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
