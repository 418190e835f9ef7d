"""Doing what a FunctionPlan says. Each call waits until Lambda has taken the one before it in."""

import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from penstock.deployment import assets
from penstock.deployment.aws import Aws, is_missing, message
from penstock.deployment.functions.plan import BATCH_SIZE, FunctionPlan, Source
from penstock.deployment.functions.wanted import Wanted
from penstock.errors import PenstockError

# Seconds between attempts while Lambda has not heard of a role that was made just now.
_PAUSES = (1, 2, 4, 8)


class _Failed(PenstockError):
    """Lambda has given up, or takes too long."""


def apply(aws: Aws, plan: FunctionPlan, pauses: Iterable[float] = _PAUSES) -> None:
    """Create, update or remove the function and its event source mappings.

    Raises PenstockError if Lambda cannot make it work; ClientError (is_conflict) if another deploy is at it.
    """
    if plan.wanted is None:
        for source in plan.sources:
            _set_source(aws, plan.name, source)
        _delete(aws, plan.name)
        return
    if plan.action == "create":
        _create(aws, plan.wanted, pauses)
        _wait(aws, plan.name, "function_active_v2")
    elif plan.action == "update":
        _update(aws, plan, plan.wanted)
    for source in plan.sources:
        _set_source(aws, plan.name, source)


def _create(aws: Aws, wanted: Wanted, pauses: Iterable[float]) -> None:
    request = wanted.request(assets.content(aws, wanted.code))
    for pause in chain(pauses, (None,)):
        try:
            aws.functions.create_function(**request)
            return
        except ClientError as error:
            if pause is None or "cannot be assumed" not in message(error):
                raise
            time.sleep(pause)


def _update(aws: Aws, plan: FunctionPlan, wanted: Wanted) -> None:
    with suppress(_Failed):  # what an earlier deploy could not do is what this one mends
        _wait(aws, plan.name, "function_updated_v2")
    if plan.code:
        code = assets.content(aws, wanted.code)
        aws.functions.update_function_code(FunctionName=plan.name, ZipFile=code)
        _wait(aws, plan.name, "function_updated_v2")
    if plan.changes:
        aws.functions.update_function_configuration(FunctionName=plan.name, **wanted.configuration)
        _wait(aws, plan.name, "function_updated_v2")
    arn = aws.environment.arn("lambda", f"function:{plan.name}")
    if plan.tags_to_remove:  # first: a marker that no longer lists them makes them another's
        aws.functions.untag_resource(Resource=arn, TagKeys=plan.tags_to_remove)
    if plan.tags_to_add:
        aws.functions.tag_resource(Resource=arn, Tags=plan.tags_to_add)


def _set_source(aws: Aws, name: str, source: Source) -> None:
    settings: dict[str, Any] = {"FunctionName": name, "BatchSize": BATCH_SIZE, "Enabled": True}
    match source.action:
        case "add":
            aws.functions.create_event_source_mapping(EventSourceArn=source.queue, **settings)
        case "update":
            aws.functions.update_event_source_mapping(UUID=source.uuid, **settings)
        case "remove":
            try:
                aws.functions.delete_event_source_mapping(UUID=source.uuid)
            except ClientError as error:
                if not is_missing(error):
                    raise


def _delete(aws: Aws, name: str) -> None:
    try:
        aws.functions.delete_function(FunctionName=name)
    except ClientError as error:
        if not is_missing(error):
            raise


def _wait(aws: Aws, name: str, state: str) -> None:
    try:
        aws.functions.get_waiter(state).wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    except WaiterError as error:
        found = error.last_response.get("Configuration")
        if found is None:  # no state, but an error of AWS
            raise ClientError(error.last_response, "GetFunction") from error
        reason = found.get("LastUpdateStatusReason") or found.get("StateReason")
        raise _Failed(
            f"Lambda cannot make it work: {reason or 'it is not ready after 5 minutes'}",
            where=f"function {name}",
            remedy="Mend that and deploy again.",
        ) from error
