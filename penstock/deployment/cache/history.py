"""The earlier executions of a pipeline, read from AWS as far as they are asked for, and once."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from penstock.deployment.aws import Aws, code, is_denied, is_missing
from penstock.deployment.cache.model import Content, StepRun, Unreadable


class AwsHistory:
    """List and Describe calls only. What AWS answers with an error makes it Unreadable: nobody needs a
    forecast so much that a plan should fail for it."""

    def __init__(self, aws: Aws, pipeline: str, limit: int) -> None:
        self.limit = limit
        self._sagemaker = aws.sagemaker
        self._unread = self._list(pipeline)
        self._executions: list[tuple[str, datetime]] = []
        self._steps: dict[str, Mapping[str, StepRun]] = {}
        self._contents: dict[str, Content | None] = {}

    def executions(self) -> Iterator[tuple[str, datetime]]:
        index = 0
        while True:
            if index == len(self._executions):
                following = next(self._unread, None)
                if following is None:
                    return
                self._executions.append(following)
            yield self._executions[index]
            index += 1

    def steps(self, arn: str) -> Mapping[str, StepRun]:
        if arn not in self._steps:
            entries = self._all("list_pipeline_execution_steps", "PipelineExecutionSteps", arn)
            # Newest first; a step that was tried again counts as it ended.
            self._steps[arn] = {entry["StepName"]: _step_run(entry) for entry in reversed(entries)}
        return self._steps[arn]

    def content(self, arn: str) -> Content | None:
        if arn not in self._contents:
            self._contents[arn] = self._read_content(arn)
        return self._contents[arn]

    def _list(self, pipeline: str) -> Iterator[tuple[str, datetime]]:
        pages = self._sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=pipeline,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"MaxItems": self.limit, "PageSize": min(self.limit, 100)},
        )
        with _told("ListPipelineExecutions"):
            for page in pages:
                for summary in page["PipelineExecutionSummaries"]:
                    yield summary["PipelineExecutionArn"], summary["StartTime"]

    def _read_content(self, arn: str) -> Content | None:
        text = None
        with _told("DescribePipelineDefinitionForExecution"):
            answer = self._sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
            text = answer["PipelineDefinition"]
        if text is None:
            return None
        parameters = self._all("list_pipeline_parameters_for_execution", "PipelineParameters", arn)
        return Content(json.loads(text), {item["Name"]: item["Value"] for item in parameters})

    def _all(self, operation: str, items: str, arn: str) -> list[dict[str, Any]]:
        """The items of all pages; none where the execution is not there any more."""
        found: list[dict[str, Any]] = []
        with _told(self._sagemaker.meta.method_to_api_mapping[operation]):
            for page in self._sagemaker.get_paginator(operation).paginate(PipelineExecutionArn=arn):
                found += page.get(items, [])
        return found


def _step_run(entry: Mapping[str, Any]) -> StepRun:
    # Older entries have an empty source where nothing was found (facts/pipeline-execution.md, 5).
    sources = (entry.get(key, {}) for key in ("CacheHitResult", "SelectiveExecutionResult"))
    source = next(filter(None, (each.get("SourcePipelineExecutionArn") for each in sources)), "")
    return StepRun(entry["StepStatus"], entry.get("EndTime"), source)


@contextmanager
def _told(operation: str) -> Iterator[None]:
    """What is not there leaves quietly; any other error of AWS as Unreadable."""
    try:
        yield
    except ClientError as error:
        if is_missing(error):
            return
        why = "is denied" if is_denied(error) else f"fails: {code(error)}"
        raise Unreadable(f"{operation} {why}") from None
    except NotImplementedError:  # moto in this process; its server answers 500
        raise Unreadable(f"{operation} is not served") from None
