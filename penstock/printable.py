"""Text of strangers (names and values in definitions, tags) as a terminal or a log may get it."""

import json


def printable(text: str) -> str:
    """The text with what is no printable character escaped, as in JSON: a terminal would act on it."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
