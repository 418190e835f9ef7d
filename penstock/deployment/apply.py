"""Doing what a plan says: publish, create or update, tag.

Everything that a pipeline refers to is there first: files, under names made of their content, and functions.
The pipeline itself changes in one call: a deploy that ends in the middle is completed by the next. A tag says
before the first change what is on its way, and at the end that it is there: until then the next plan has
something to do, and does not take what it finds for the work of others.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from botocore.exceptions import ClientError

from penstock.deployment.assets import Progress, publish
from penstock.deployment.aws import Aws, is_conflict, is_missing
from penstock.deployment.drift import There
from penstock.deployment.functions.apply import apply as apply_function
from penstock.deployment.plan import Plan
from penstock.deployment.tags import as_list, under_way
from penstock.errors import PenstockError

# Seconds between attempts while another deploy of the same pipeline is at work.
_PAUSES = (0.2, 0.5, 1, 2, 4)


def deploy(
    aws: Aws,
    make_plan: Callable[[], Plan],
    progress: Progress,
    announce: Callable[[Plan], None],
    pauses: Sequence[float] = _PAUSES,
) -> tuple[Plan, str]:
    """Make a plan, announce it and apply it; return the plan and the pipeline's ARN.

    When another deploy changes the pipeline at the same moment, or somebody removes what was planned to be
    changed, plan anew from what they left: the last one decides, and each has either all of its effect or
    none. Raises PenstockError if that does not end.
    """
    for pause in (*pauses, None):
        plan = make_plan()
        announce(plan)
        try:
            return plan, apply(aws, plan, progress)
        except ClientError as error:
            if not is_conflict(error) and (pause is None or not is_missing(error)):
                raise
            if pause is None:
                raise PenstockError(
                    f"another deploy is changing pipeline {plan.pipeline} at this moment, and goes on",
                    where=f"environment {plan.environment}",
                    remedy="Wait until it has ended and deploy again.",
                ) from error
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def apply(aws: Aws, plan: Plan, progress: Progress) -> str:
    """Do what the plan says and return the pipeline's ARN."""
    for upload in (*plan.publish, *plan.keep):
        publish(aws, upload, progress)
    if plan.there is not None and plan.there.revision not in ("", plan.revision.id):
        _stamp(aws, plan.there, under_way(plan.there.revision, plan.revision.id))
    for function in plan.functions:
        if function.action in ("create", "update"):
            apply_function(aws, function)
    arn = _apply_pipeline(aws, plan)
    for function in plan.functions:
        if function.action == "remove":  # last: until the pipeline is updated, its executions use them
            apply_function(aws, function)
    return arn


def _apply_pipeline(aws: Aws, plan: Plan) -> str:
    if plan.there is None:
        return str(aws.sagemaker.create_pipeline(**plan.request)["PipelineArn"])
    arn = str(plan.there.described["PipelineArn"])
    if plan.changes or plan.definition or plan.rewritten:
        update = {key: value for key, value in plan.request.items() if key != "Tags"}
        aws.sagemaker.update_pipeline(**update)
    if plan.tags_to_remove:  # first: a marker that no longer lists them makes them another's
        aws.sagemaker.delete_tags(ResourceArn=arn, TagKeys=plan.tags_to_remove)
    if plan.tags_to_add:
        _stamp(aws, plan.there, plan.tags_to_add)
    return arn


def _stamp(aws: Aws, there: There, tags: Mapping[str, str]) -> None:
    aws.sagemaker.add_tags(ResourceArn=there.described["PipelineArn"], Tags=as_list(tags))
