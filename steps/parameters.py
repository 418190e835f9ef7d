"""Parameters: what a person chooses when starting an execution.

The SDK's parameters have no description, which is what Studio's start dialog shows beside a value; these
have one, and refuse a default that the service would refuse at start.
"""

from collections.abc import Sequence
from typing import Any

from sagemaker.core.workflow import parameters

from penstock.errors import PenstockError
from steps.request import check_text


class _Described(parameters.Parameter):
    """A parameter with a description. Without a default, a value has to be given at every start."""

    kind: parameters.ParameterTypeEnum
    accepts: type

    def __init__(
        self,
        name: str,
        default_value: Any = None,
        *,
        description: str,
        enum_values: Sequence[str] = (),
    ) -> None:
        where = f"parameter {name}"
        check_text(where, "name", name, "PipelineParameterName")
        if not description:
            raise PenstockError("description is missing", where=where)
        _check_default(where, self.kind, self.accepts, default_value, enum_values)
        super().__init__(name=name, parameter_type=self.kind, default_value=default_value)
        self.description = description
        self.enum_values = list(enum_values)

    def to_request(self) -> dict[str, Any]:
        request: dict[str, Any] = {**super().to_request(), "Description": self.description}
        if self.enum_values:
            request["EnumValues"] = self.enum_values
        return request


class ParameterString(_Described):
    kind = parameters.ParameterTypeEnum.STRING
    accepts = str

    def to_string(self) -> "ParameterString":
        """A string parameter is a string already."""
        return self


class ParameterInteger(_Described):
    kind = parameters.ParameterTypeEnum.INTEGER
    accepts = int


class ParameterFloat(_Described):
    kind = parameters.ParameterTypeEnum.FLOAT
    accepts = float


class ParameterBoolean(_Described):
    kind = parameters.ParameterTypeEnum.BOOLEAN
    accepts = bool


def _check_default(
    where: str, kind: parameters.ParameterTypeEnum, accepts: type, default: Any, enum: Sequence[str]
) -> None:
    if enum and accepts is not str:
        raise PenstockError("only a String parameter can have enum_values", where=where)
    if default is None:
        return
    if type(default) is not accepts:
        raise PenstockError(f"default_value {default!r} is not of type {kind.value}", where=where)
    if default == "":
        # The service refuses an empty value at start (facts/pipeline-execution.md, section 1).
        raise PenstockError("default_value is empty, which SageMaker refuses", where=where)
    if enum and default not in enum:
        raise PenstockError(f"default_value {default!r} is not one of {', '.join(enum)}", where=where)
