"""Failures that a user can cause and mend: where, what, and what to do, in one or two lines.

Anything else that reaches a command is a bug in Penstock and exits with 3 (scripts/cli.py).
"""

DONE = 0
KNOWN_FAILURE = 1
USAGE = 2
BUG = 3
INTERRUPTED = 130


class PenstockError(Exception):
    """A known failure: `where` it is, `what` is wrong, and the `remedy`.

    Its text is `where: what` on the first line and the remedy, if there is one, on the second.
    """

    exit_code = KNOWN_FAILURE

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        first = f"{self.where}: {self.what}" if self.where else self.what
        return f"{first}\n{self.remedy}" if self.remedy else first


class UsageError(PenstockError):
    """What was asked for does not exist or does not fit: a name, an option, a parameter."""

    exit_code = USAGE
