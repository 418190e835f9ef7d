"""The operations that are served, one module for each family of them.

An operation is a function of its own name in snake case, as in boto3: `describe_model(context, request)`.
`request` is a validated request; what it returns is cut to the operation's output shape on its way out, so a
family may hand over a whole document. It raises ServiceError.
"""

from collections.abc import Callable
from types import ModuleType

from botocore import xform_name

from penstock.emulator.sagemaker.context import Context, Document
from penstock.service_model import service_model

Operation = Callable[[Context, Document], Document | None]

FAMILIES: tuple[ModuleType, ...] = ()


def operations() -> dict[str, Operation]:
    """The dispatch table: every operation of the model that a family has a function for."""
    table: dict[str, Operation] = {}
    for name in service_model("sagemaker").operation_names:
        for family in FAMILIES:
            function = vars(family).get(xform_name(name))
            if function is not None:
                table[name] = function
    return table
