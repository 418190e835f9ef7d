"""The values of an execution's parameters: what was given at start, else the definition's defaults.

Values come as strings on the wire and leave typed (facts/pipeline-execution.md, section 1). It knows the
definition's parameters, and nothing of steps.
"""

import math
import re
from typing import Any

from penstock.emulator.engine.model import Definition, DefinitionError, Parameter

_BOOLEANS = {"true": True, "false": False}
# int() and float() also read `1_000`, blanks around a number and digits of other scripts.
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def resolve_parameters(definition: Definition, given: list[dict[str, str]]) -> dict[str, Any]:
    """The typed value (str, int, float, bool) of every parameter of the definition.

    `given` is StartPipelineExecution's PipelineParameters: `[{"Name": ..., "Value": ...}]`, values as
    strings. Raises DefinitionError: a name that the definition does not have, or that is given twice, a
    value that is missing, empty, of another type or not in the enum.
    """
    values: dict[str, Any] = {}
    for item in given:
        name = item["Name"]
        if name not in definition.parameters:
            known = ", ".join(definition.parameters) or "none"
            raise DefinitionError(
                f"Unknown parameter '{name}'. The parameters of this pipeline are: {known}."
            )
        if name in values:
            raise DefinitionError(f"Parameter '{name}' is given more than once.")
        values[name] = _read(definition.parameters[name], item["Value"])
    missing = [
        name
        for name, parameter in definition.parameters.items()
        if name not in values and parameter.default is None
    ]
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        subject = f"Parameter {names} is" if len(missing) == 1 else f"Parameters {names} are"
        raise DefinitionError(f"{subject} undefined: no default value, and no value was given.")
    return {name: values.get(name, parameter.default) for name, parameter in definition.parameters.items()}


def _read(parameter: Parameter, text: str) -> Any:
    if not text:
        # The service's own words for it (facts/pipeline-execution.md, section 1).
        raise DefinitionError(
            f"Value of parameter '{parameter.name}' is too short (length: 0, required minimum: 1)."
        )
    value = read_text(parameter.type, text)
    if value is None:
        allowed = {
            "Integer": "a whole number such as 5",
            "Float": "a number such as 0.5",
            "Boolean": "true or false",
        }[parameter.type]
        raise DefinitionError(
            f"Value '{text}' of parameter '{parameter.name}' is not of type {parameter.type}: give {allowed}."
        )
    if parameter.enum and value not in parameter.enum:
        allowed = ", ".join(map(str, parameter.enum))
        raise DefinitionError(
            f"Value '{text}' of parameter '{parameter.name}' is not in its EnumValues: {allowed}."
        )
    return value


def read_text(kind: str, text: str) -> Any:
    """The typed value, or None where the text is none of that type."""
    match kind:
        case "String":
            return text
        case "Integer":
            return int(text) if _INTEGER.fullmatch(text) else None
        case "Float":
            value = float(text) if _FLOAT.fullmatch(text) else math.inf
            return value if math.isfinite(value) else None
        case _:
            return _BOOLEANS.get(text.lower())
