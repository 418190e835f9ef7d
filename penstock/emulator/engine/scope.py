"""What the expressions of one execution may refer to: parameters, variables, its steps' properties."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from penstock.emulator.engine.expressions import Scope
from penstock.emulator.engine.model import Definition
from penstock.emulator.engine.record import Record


class ExecutionScope:
    """Makes the Scope of each step. A step's properties are asked for once: only steps that have ended are
    ever referred to."""

    def __init__(
        self,
        definition: Definition,
        document: dict[str, Any],
        record: Record,
        describe: Callable[[str], dict[str, Any]],
        read_object: Callable[[str], bytes],
    ) -> None:
        self._describe = describe
        self._known: dict[str, dict[str, Any]] = {}
        scope = Scope(
            parameters=document["_Parameters"],
            properties=self._properties,
            property_file=lambda step, name: definition.steps[step].property_files[name],
            read_object=read_object,
            variables={
                "StartDateTime": _timestamp(document["CreationTime"]),
                "CurrentDateTime": lambda: _timestamp(time.time()),
                "PipelineName": record.pipeline,
                "PipelineArn": record.arn.split("/execution/", 1)[0],
                "PipelineExecutionId": record.execution_id,
                "PipelineExecutionArn": record.arn,
            },
        )
        # The service resolves it when the execution starts; without it there are the defaults
        # (facts/pipeline-execution.md, section 4, "Defaults on start").
        defaults = {"ExperimentName": record.pipeline.lower(), "TrialName": record.execution_id}
        configured = document.get("PipelineExperimentConfig", {})
        self._scope = replace(scope, experiment={**defaults, **configured})

    def of_job(self, job_name: str) -> Scope:
        """The scope of a step whose job has this name; "" where it has none."""
        names = {"TrainingJobName": job_name, "ProcessingJobName": job_name} if job_name else {}
        return replace(self._scope, variables={**self._scope.variables, **names})

    def _properties(self, step: str) -> dict[str, Any]:
        if step not in self._known:
            self._known[step] = self._describe(step)
        return self._known[step]


def _timestamp(seconds: float) -> str:
    """ISO 8601, UTC, milliseconds. How SageMaker writes it inside expressions is unknown."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
