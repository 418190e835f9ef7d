"""The outputs of Lambda and Callback steps: values as their declared types say, and as they are listed.

Nested values become JSON strings, and nothing can be referred to inside one (facts/pipeline-execution.md,
section 6). It knows values, and not where they come from.
"""

import json
from collections.abc import Mapping
from typing import Any

from penstock.emulator.engine.expressions import stringify
from penstock.emulator.engine.parameters import read_text

# An output's value in a step's Metadata (facts/pipeline-execution.md, section 6).
LONGEST_VALUE = 1024


class OutputError(Exception):
    """A declared output that is not there or is not what it was declared as. The text is a sentence."""


def typed(outputs: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each output. `outputs` are types (String, Integer, Float, Boolean) by name. Raises
    OutputError."""
    return {name: _value(name, kind, values) for name, kind in outputs.items()}


def listed(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """As a step's Metadata has them."""
    return [{"Name": name, "Value": stringify(value)} for name, value in values.items()]


def _value(name: str, kind: str, values: Mapping[str, Any]) -> Any:
    if name in values and values[name] is None:
        raise OutputError(f"Output '{name}' is null.")
    if name not in values:
        there = ", ".join(values) or "none"
        raise OutputError(f"There is no output '{name}'. There are: {there}.")
    value = values[name]
    if isinstance(value, dict | list):
        value = json.dumps(value)
    if kind == "Integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    text = stringify(value)
    if len(text) > LONGEST_VALUE:
        raise OutputError(f"Output '{name}' has {len(text)} characters; {LONGEST_VALUE} are allowed.")
    converted = read_text(kind, text)
    if converted is None:
        raise OutputError(f"Output '{name}' is {json.dumps(value)[:200]}, which is no {kind}.")
    return converted
