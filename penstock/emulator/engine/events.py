"""The event stream of an execution: its vocabulary, and the fold behind ListPipelineExecutionSteps.

Every change of state of an execution is one event, a JSON object with `Type` and `Time` (seconds since
the epoch), appended to the store under the execution's ARN. The engine writes them; the listing, the log
and the tests read them. This module knows how events look, and nothing of stores, definitions or jobs.

- `ExecutionStatus`: Status; FailureReason where it failed.
- `StepStarted`: StepName, AttemptCount; StepDisplayName and StepDescription where given. It begins the
  step's entry anew, so a retried execution's step still has one entry.
- `StepChanged`: StepName and what changed: StepStatus, Metadata, AttemptCount, CacheHitResult; Handle,
  CacheKey, NextAttempt.
- `StepEnded`: as StepChanged, with StepStatus Succeeded, Failed or Stopped; FailureReason where it failed.

`Handle` is what the engine needs to find the step's work again (`{"TransformJobName": ...}`), so that a
retried execution resolves references to steps that succeeded before. `CacheKey` is what a later
execution's lookup compares (cache.py). `NextAttempt` says that the step has failed (FailureReason) and in
how many seconds (Delay) it will be tried again. None of them is a member of the listing.
"""

import time
from typing import Any

Event = dict[str, Any]
Entry = dict[str, Any]

EXECUTION_STATUS = "ExecutionStatus"
STEP_STARTED = "StepStarted"
STEP_CHANGED = "StepChanged"
STEP_ENDED = "StepEnded"

# What a PipelineExecutionStep holds (botocore's model); StartTime and EndTime come from the events' Time.
ENTRY_MEMBERS = (
    "StepName",
    "StepDisplayName",
    "StepDescription",
    "StepStatus",
    "CacheHitResult",
    "FailureReason",
    "Metadata",
    "AttemptCount",
)
# The API's limits of FailureReason: a step's in the listing, an execution's in Describe
# (facts/pipeline-execution.md, section 4).
STEP_REASON_LIMIT = 1024
EXECUTION_REASON_LIMIT = 1300


def execution_status(status: str, failure_reason: str | None = None) -> Event:
    event = _event(EXECUTION_STATUS, Status=status)
    if failure_reason is not None:
        event["FailureReason"] = failure_reason[:EXECUTION_REASON_LIMIT]
    return event


def step_started(
    name: str, *, display_name: str | None = None, description: str | None = None, attempt: int = 1
) -> Event:
    """`attempt` counts from 1, as the service does since 2024 (facts/pipeline-execution.md, section 4)."""
    event = _event(STEP_STARTED, StepName=name, AttemptCount=attempt)
    if display_name is not None:
        event["StepDisplayName"] = display_name
    if description is not None:
        event["StepDescription"] = description
    return event


def step_changed(name: str, **changes: Any) -> Event:
    """`changes` are members of the entry or `Handle`, by their own names: `StepStatus="Executing"`."""
    return _event(STEP_CHANGED, StepName=name, **changes)


def step_ended(name: str, status: str, failure_reason: str | None = None, **changes: Any) -> Event:
    event = _event(STEP_ENDED, StepName=name, StepStatus=status, **changes)
    if failure_reason:
        event["FailureReason"] = failure_reason[:STEP_REASON_LIMIT]
    return event


def steps_of(events: list[Event]) -> list[Entry]:
    """The PipelineExecutionStep entries (JSON, times in epoch seconds) that a stream adds up to, in the
    order in which the steps first started. A step that never started has no entry."""
    entries: dict[str, Entry] = {}
    for event in events:
        kind = event["Type"]
        if kind == EXECUTION_STATUS:
            continue
        members = {name: event[name] for name in ENTRY_MEMBERS if name in event}
        name = event["StepName"]
        if kind == STEP_STARTED:
            entries[name] = {**members, "StartTime": event["Time"], "StepStatus": "Starting", "Metadata": {}}
        else:
            entries[name].update(members)
            if kind == STEP_ENDED:
                entries[name]["EndTime"] = event["Time"]
    return list(entries.values())


def handles_of(events: list[Event]) -> dict[str, dict[str, Any]]:
    """The latest `Handle` of each step that has one, by step name."""
    return {event["StepName"]: event["Handle"] for event in events if "Handle" in event}


def _event(kind: str, **members: Any) -> Event:
    return {"Type": kind, "Time": time.time(), **members}
