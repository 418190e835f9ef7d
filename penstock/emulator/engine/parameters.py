"""The values of an execution's parameters: what was given at start, else the definition's defaults."""

from typing import Any

from penstock.emulator.engine.model import Definition


def resolve_parameters(definition: Definition, given: list[dict[str, str]]) -> dict[str, Any]:
    """The typed value (str, int, float, bool) of every parameter of the definition.

    `given` is StartPipelineExecution's PipelineParameters: `[{"Name": ..., "Value": ...}]`, values as
    strings. Raises DefinitionError: a name that the definition does not have, or has twice in `given`, a
    value that is missing, empty, of another type or not in the enum.
    """
    return {}
