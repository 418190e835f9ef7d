"""Executions by the name a person gives them: stopping one, going on with one, following one to its end.

It reads what AWS says and yields it; how that is shown is terminal.py's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from penstock.definition.compiled import read, require_pipeline
from penstock.deployment.aws import Aws, is_conflict, is_missing, message, persistently
from penstock.deployment.request import pipeline_name
from penstock.errors import PenstockError
from penstock.project import Project

TERMINAL = frozenset({"Succeeded", "Failed", "Stopped", "CompletedWithFailures"})


@dataclass(frozen=True)
class Snapshot:
    """An execution at one moment: DescribePipelineExecution, and its steps in the order they started."""

    execution: dict[str, Any]
    steps: list[dict[str, Any]]

    @property
    def arn(self) -> str:
        return str(self.execution["PipelineExecutionArn"])

    @property
    def status(self) -> str:
        return str(self.execution["PipelineExecutionStatus"])

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL


def deployed_name(project: Project, name: str, aws: Aws) -> str:
    """The PipelineName of the project's pipeline `name`, compiled freshly or not.

    Raises UsageError for an unknown pipeline, PenstockError for one that was never compiled.
    """
    require_pipeline(project, name)
    compiled = read(project, name)
    if compiled is None:
        raise PenstockError(f"{name} was never compiled", remedy=f"Run `penstock compile {name}`.")
    return pipeline_name(project, compiled.manifest, aws.environment)


def find(project: Project, wanted: str, aws: Aws) -> str:
    """The ARN of an execution: `wanted` itself if it is one, else the pipeline `wanted`'s latest.

    Raises UsageError for an unknown pipeline, PenstockError if it has no execution.
    """
    if wanted.startswith("arn:"):
        return wanted
    name = deployed_name(project, wanted, aws)
    where = f"environment {aws.environment.name}"
    try:
        listed = aws.sagemaker.list_pipeline_executions(
            PipelineName=name, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )
    except ClientError as error:
        if not is_missing(error):
            raise
        raise PenstockError(
            f"pipeline {name} is not deployed", where=where, remedy="Deploy it with `penstock deploy` first."
        ) from None
    if not listed["PipelineExecutionSummaries"]:
        raise PenstockError(
            f"pipeline {name} has no execution", where=where, remedy="Start one with `penstock start`."
        )
    return str(listed["PipelineExecutionSummaries"][0]["PipelineExecutionArn"])


def stop(aws: Aws, arn: str) -> None:
    """Ask for it. Raises PenstockError if the execution is not running."""
    with _in_its_state(arn, "Nothing is left to stop."):
        aws.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)


def retry(aws: Aws, arn: str) -> None:
    """Go on with it. Raises PenstockError if the execution neither failed nor was stopped."""
    with _in_its_state(arn, "Start a new one with `penstock start`."):
        aws.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)


@contextmanager
def _in_its_state(arn: str, remedy: str) -> Iterator[None]:
    """What AWS refuses for the state that an execution is in is nothing to correct and try again."""
    try:
        yield
    except ClientError as error:
        if not is_conflict(error):
            raise
        where = f"execution {arn.rpartition('/')[2]}"
        raise PenstockError(message(error), where=where, remedy=remedy) from error


def snapshot(aws: Aws, arn: str) -> Snapshot:
    """Raises PenstockError if there is no such execution."""
    try:
        # The status first: when it is terminal, the steps that are listed after it are all there.
        execution = aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        pages = aws.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=arn, SortOrder="Ascending"
        )
        return Snapshot(execution, [step for page in pages for step in page["PipelineExecutionSteps"]])
    except ClientError as error:
        if not is_missing(error):
            raise
        raise PenstockError(
            "there is no such execution",
            where=arn,
            remedy=f"Check the ARN, and that it is of environment {aws.environment.name}.",
        ) from None


def follow(
    aws: Aws,
    arn: str,
    *,
    on_trouble: Callable[[Exception], None] = lambda _: None,
    shortest: float = 0.5,
    longest: float = 5,
) -> Iterator[Snapshot]:
    """Snapshots until one of them has ended, more often while things change (pauses in s).

    Throttling and an endpoint that does not answer for a while are waited out; `on_trouble` hears of them.
    """
    pause = shortest
    before = None
    while True:
        now = persistently(lambda: snapshot(aws, arn), on_trouble=on_trouble, pause=shortest)
        yield now
        if now.ended:
            return
        seen = (now.status, [(step["StepName"], step["StepStatus"]) for step in now.steps])
        pause = shortest if seen != before else min(pause * 1.5, longest)
        before = seen
        time.sleep(pause)
