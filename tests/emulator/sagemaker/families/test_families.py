"""The dispatch table."""

import inspect

from botocore import xform_name

from penstock.emulator.sagemaker.families import FAMILIES, operations


def test_every_operation_that_a_family_writes_is_served():
    verbs = (
        "add",
        "batch",
        "create",
        "delete",
        "describe",
        "list",
        "retry",
        "send",
        "start",
        "stop",
        "update",
    )
    written = {
        name
        for family in FAMILIES
        for name, function in vars(family).items()
        if inspect.isfunction(function) and name.split("_")[0] in verbs
    }
    assert written == {xform_name(name) for name in operations()}
