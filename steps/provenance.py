"""Where a step is built, and which findings of `penstock check` are ignored at it: the manifest has both.

It keeps the calls that led to a step, and knows nothing of the project's folders: which of the calls is the
line to show is for compile to say.
"""

import sys
import traceback
from typing import Any, Self, TypeVar


class Traced:
    """What every step is besides: `calls` are those that built it, as (file, line), the outermost first, and
    `ignored` the codes of rules, each with the reason."""

    name: str
    calls: list[tuple[str, int]]
    ignored: dict[str, str]

    def __new__(cls, *_: Any, **__: Any) -> Self:
        step = super().__new__(cls)
        frames = traceback.walk_stack(sys._getframe(1))
        step.calls = [(frame.f_code.co_filename, line) for frame, line in frames][::-1]
        step.ignored = {}
        return step


AnyStep = TypeVar("AnyStep", bound=Traced)


def ignore(step: AnyStep, code: str, *, reason: str) -> AnyStep:
    """The step, with findings of this rule suppressed at it: `ignore(step, "PS807", reason="...")`.

    Compile refuses a code that is no rule's, and an empty reason.
    """
    step.ignored[code] = reason
    return step
