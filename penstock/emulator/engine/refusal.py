"""How a definition is refused: one form for every message, and the checks of a JSON value's form."""

import json
from typing import Any, NoReturn

from penstock.emulator.engine.model import DefinitionError

_JSON_NAMES: dict[type, str] = {dict: "Object", list: "Array", str: "String"}


def refuse(what: str, where: str) -> NoReturn:
    """Raises DefinitionError. `where` is the JSON path of the place, "" for the document itself."""
    place = f" At {where}." if where else ""
    raise DefinitionError(f"Unable to parse pipeline definition. {what}.{place}")


def expect(value: Any, kind: type, where: str) -> None:
    """Refuse a value that is not a JSON object (dict), array (list) or string (str)."""
    if not isinstance(value, kind):
        text = json.dumps(value)
        found = text if len(text) <= 60 else text[:57] + "..."
        # The service's words for it, as far as they are known (facts/pipeline-execution.md, section 4).
        refuse(f"Expecting start of Json {_JSON_NAMES[kind]}. Found {found}", where)


def expect_keys(
    value: dict[str, Any], allowed: tuple[str, ...], required: tuple[str, ...], where: str
) -> None:
    for key in value:
        if key not in allowed:
            refuse(f"Cannot parse object, unknown property '{key}'. Known here: {', '.join(allowed)}", where)
    for key in required:
        if key not in value:
            refuse(f"Required property '{key}' is missing", where)
