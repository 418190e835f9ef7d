"""The last meaningful lines of what a failed step wrote: Python's exception, or Java's, or its own words.

Spark writes a page of frames and warnings around the one line that says what happened, and what a Python
driver writes to stderr, spark-submit passes on to stdout. Pure text in and out.
"""

import re
from collections.abc import Mapping

# A line of log4j: `26/11/21 14:06:43 WARN NativeCodeLoader: ...`
_LOG = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d (?P<level>[A-Z]+) ")
_NOISE = re.compile(r"^(\s+at |\s*\.\.\. \d+ (more|elided)|Driver stacktrace:|\s*$|\s+\^+\s*$)")
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^  File "(?P<path>[^"]*?)(?P<name>[^"/]+)"(?P<place>, line .*)$')
_JAVA = re.compile(r"^(Exception in thread|Caused by:|Error: |org\.apache\.\S+(Exception|Error))")
_MOST_LINES = 8


def last_words(logs: Mapping[str, str], limit: int = 900) -> tuple[str, str]:
    """The name of the log that tells what happened, and its words; the first name and "" if there are none.

    `logs` are texts, the likelier first. Of more than `limit` characters the last ones are kept.
    """
    for words_of in (_python, _java, _errors, _tail):
        for name, text in logs.items():
            said = "\n".join(words_of([line.rstrip() for line in text.splitlines()])).strip()
            if said:
                return name, said if len(said) <= limit else "..." + said[-(limit - 3) :]
    return next(iter(logs)), ""


def _python(lines: list[str]) -> list[str]:
    """Of the last traceback the innermost frame that is not a library's, and the exception."""
    if _TRACEBACK not in lines:
        return []
    start = len(lines) - lines[::-1].index(_TRACEBACK)
    frame: list[str] = []
    exception: list[str] = []
    for line in _told(lines[start:]):
        found = _FRAME.match(line)
        if found and not exception:
            if "site-packages" not in found["path"]:
                frame = [f'File "{found["name"]}"{found["place"]}']
        elif exception or not line.startswith(" "):
            exception.append(line)
    return [*frame, *exception[:_MOST_LINES]]


def _java(lines: list[str]) -> list[str]:
    return [line for line in lines if _JAVA.match(line)][:_MOST_LINES]


def _errors(lines: list[str]) -> list[str]:
    found = [line for line in lines if (log := _LOG.match(line)) and log["level"] in ("ERROR", "FATAL")]
    return found[-_MOST_LINES:]


def _tail(lines: list[str]) -> list[str]:
    return _told(lines)[-_MOST_LINES:]


def _told(lines: list[str]) -> list[str]:
    return [line for line in lines if not _LOG.match(line) and not _NOISE.match(line)]
