"""Step caching: whether an earlier execution of the pipeline has done a step's work already.

It compares what the service documents (penstock/cache_keys.py): for each step type certain members of the
evaluated step, URIs and not the objects behind them. What ran under the same step name in the same
pipeline counts, whether or not that execution as a whole succeeded.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from penstock.cache_keys import compared, is_cached
from penstock.durations import parse_duration
from penstock.emulator.engine import events
from penstock.emulator.engine.model import Step
from penstock.emulator.engine.record import KIND, Record


@dataclass(frozen=True)
class Hit:
    """A step's earlier success: in which execution, and what its entry and its handle were."""

    execution_arn: str
    metadata: dict[str, Any]
    handle: dict[str, Any]


def cache_key(step_type: str, evaluated: dict[str, Any]) -> str:
    """A digest of what counts in `evaluated`, which is what the step's type makes of the step
    (steps/interface.py); "" where the type is not cached."""
    if not is_cached(step_type):
        return ""
    step = evaluated if "Arguments" in evaluated else {"Arguments": evaluated}
    members = compared(step_type, step)
    return hashlib.sha256(json.dumps(members, sort_keys=True).encode()).hexdigest()


def look_up(record: Record, step: Step, key: str) -> Hit | None:
    """The most recent success of the step with this key within ExpireAfter, in another execution.

    Without ExpireAfter nothing expires; what SageMaker does then is unknown. A success that was a hit
    itself does not count: the one that it repeats does, so that nothing is renewed by being used.
    """
    config = step.cache_config
    if not key or config is None or not config["Enabled"]:
        return None
    oldest = time.time() - (parse_duration(config["ExpireAfter"]) or 0) if "ExpireAfter" in config else 0.0
    newest, hit = oldest, None
    for document in record.store.all(KIND, f"{record.pipeline}/"):
        arn = document["PipelineExecutionArn"]
        if arn == record.arn:
            continue
        found = _success(record.store.events(arn), step.name, key)
        if found is not None and found[0]["EndTime"] >= newest:
            newest, hit = found[0]["EndTime"], Hit(arn, found[0]["Metadata"], found[1])
    return hit


def _success(stream: list[events.Event], name: str, key: str) -> tuple[events.Entry, dict[str, Any]] | None:
    """The entry and handle of step `name` if it succeeded with this key and did the work itself."""
    mine = [event for event in stream if event.get("StepName") == name]
    keys = [event["CacheKey"] for event in mine if "CacheKey" in event]
    if keys[-1:] != [key]:
        return None
    [entry] = events.steps_of(mine)
    if entry["StepStatus"] != "Succeeded" or "CacheHitResult" in entry:
        return None
    return entry, events.handles_of(mine)[name]
