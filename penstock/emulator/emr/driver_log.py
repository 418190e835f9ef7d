"""The last meaningful lines of what a failed step wrote to stderr: Python's exception, or Java's.

Spark writes a page of frames and warnings around the one line that says what happened. Pure text in and out.
"""

import re

# A line of log4j: `26/11/21 14:06:43 WARN NativeCodeLoader: ...`
_LOG = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d (?P<level>[A-Z]+) ")
_NOISE = re.compile(r"^(\s+at |\s*\.\.\. \d+ (more|elided)|Driver stacktrace:|\s*$|\s+\^+\s*$)")
_TRACEBACK = "Traceback (most recent call last):"
_JAVA = re.compile(r"^(Exception in thread|Caused by:|Error: |org\.apache\.\S+(Exception|Error))")
_MOST_LINES = 8


def last_words(text: str, limit: int = 900) -> str:
    """At most `limit` characters, the end of them where there are more; empty if nothing was written."""
    lines = [line.rstrip() for line in text.splitlines()]
    told = [line for line in lines if not _LOG.match(line)]
    chosen = _python(told) or _java(told) or _errors(lines) or _tail(told) or _tail(lines)
    said = "\n".join(chosen).strip()
    return said if len(said) <= limit else "..." + said[-(limit - 3) :]


def _python(lines: list[str]) -> list[str]:
    """The last traceback's innermost frame of the user's code and its exception."""
    if _TRACEBACK not in lines:
        return []
    start = len(lines) - 1 - lines[::-1].index(_TRACEBACK)
    frames: list[str] = []
    rest: list[str] = []
    for line in lines[start + 1 :]:
        if not rest and line.startswith(" "):
            frames.append(line)
        elif not _NOISE.match(line):
            rest.append(line)
    own = [line for line in frames if line.startswith("  File ") and "site-packages" not in line]
    return [*(line.strip() for line in own[-1:]), *rest[:_MOST_LINES]]


def _java(lines: list[str]) -> list[str]:
    return [line for line in lines if _JAVA.match(line)][:_MOST_LINES]


def _errors(lines: list[str]) -> list[str]:
    found = [line for line in lines if (log := _LOG.match(line)) and log["level"] in ("ERROR", "FATAL")]
    return found[-_MOST_LINES:]


def _tail(lines: list[str]) -> list[str]:
    return [line for line in lines if not _NOISE.match(line)][-_MOST_LINES:]
