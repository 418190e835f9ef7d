"""The operations that are served, one module for each family of them.

An operation is a function of its own name in snake case, as in boto3: `describe_model(context, request)`.
`request` is a validated request; what it returns is cut to the operation's output shape on its way out, so a
family may hand over a whole document. It raises ServiceError.

Quotas that an account can have raised are not enforced, so ResourceLimitExceeded never comes.
"""

from collections.abc import Callable
from types import ModuleType

from botocore import xform_name

from penstock.emulator.sagemaker.context import Context, Document
from penstock.emulator.sagemaker.families import (
    auto_ml_jobs,
    callbacks,
    endpoint_configs,
    endpoints,
    model_package_groups,
    model_packages,
    models,
    pipeline_executions,
    pipelines,
    processing_jobs,
    tags,
    transform_jobs,
)
from penstock.service_model import service_model

Operation = Callable[[Context, Document], Document | None]

FAMILIES: tuple[ModuleType, ...] = (
    pipelines,
    pipeline_executions,
    callbacks,
    processing_jobs,
    auto_ml_jobs,
    transform_jobs,
    models,
    endpoint_configs,
    endpoints,
    model_packages,
    model_package_groups,
    tags,
)


def operations() -> dict[str, Operation]:
    """The dispatch table: every operation of the model that a family has a function for."""
    table: dict[str, Operation] = {}
    for name in service_model("sagemaker").operation_names:
        for family in FAMILIES:
            function = vars(family).get(xform_name(name))
            if function is not None:
                table[name] = function
    return table
