"""Reads a pipeline definition document into a `Definition`, refusing what SageMaker refuses.

The service calls it when a pipeline is created or updated and when an execution starts.
"""

from typing import Any

from penstock.emulator.engine.model import Definition, DefinitionError, Parameter
from penstock.emulator.engine.parameters import resolve_parameters

__all__ = ["Definition", "DefinitionError", "Parameter", "parse_definition", "resolve_parameters"]


def parse_definition(text: str) -> Definition:
    """Read a definition's text, with every check that CreatePipeline makes. Raises DefinitionError."""
    raise DefinitionError("...")


def read_definition(document: dict[str, Any]) -> Definition:
    """Read a parsed definition without the limits on its size: what the engine runs, and benchmarks."""
    raise DefinitionError("...")
