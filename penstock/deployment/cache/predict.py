"""The forecast itself: the cache key of each step in the next execution, compared with those of earlier ones.

The rules are the engine's (penstock/emulator/engine/cache.py) and the service's (facts/pipeline-execution.md,
5): a success of the step in the same pipeline counts if it did the work itself, ended within ExpireAfter and
had the same values; of several, that of the execution which started last. Data in, data out; of the history
no more is asked for than it takes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from math import inf
from typing import Any

from penstock.cache_keys import compared, is_cached
from penstock.definition.evaluation import NEXT, Scope, parameter_values, same
from penstock.definition.expressions import get
from penstock.definition.structure import Step, with_parents
from penstock.deployment.cache import wording
from penstock.deployment.cache.keys import Key, changes, reasons
from penstock.deployment.cache.model import Content, Forecast, History
from penstock.durations import parse_duration

# An execution ends within 672 hours (facts/pipeline-execution.md, 2), and its steps with it.
_LONGEST_EXECUTION = timedelta(hours=672).total_seconds()

_Placed = tuple[Step, Step | None]
"""A step, and the step that holds it."""


def predict(pipeline: str, definition: Mapping[str, Any], history: History, now: datetime) -> list[Forecast]:
    """One for each step whose CacheConfig is enabled, in the definition's order. Raises Unreadable."""
    oracle = _Oracle(pipeline, definition, history, now)
    return [oracle.of(name) for name in _cacheable(definition)]


def untold(definition: Mapping[str, Any], why: str) -> list[Forecast]:
    """The forecasts where the history is not known."""
    return [
        _at_once(name, placed) or Forecast(name, None, reason=why)
        for name, placed in _cacheable(definition).items()
    ]


class _Oracle:
    """The steps' forecasts. Each is made once, as others may depend on it."""

    def __init__(self, pipeline: str, definition: Mapping[str, Any], history: History, now: datetime) -> None:
        self._pipeline = pipeline
        self._definition = definition
        self._history = history
        self._now = now
        self._cacheable = _cacheable(definition)
        self._forecasts: dict[str, Forecast] = {}
        self._scopes: dict[str, Scope] = {}

    def of(self, name: str) -> Forecast:
        if name not in self._forecasts:
            # For a step that is asked for while it is looked at, which no definition that can run has.
            self._forecasts[name] = Forecast(name, None, reason=wording.IN_A_CIRCLE)
            step, parent = self._cacheable[name]
            forecast = _at_once(name, (step, parent)) or self._compare(name, step)
            if parent and parent.get("Type") == "Condition":
                forecast = replace(forecast, reason=wording.if_reached(forecast.reason))
            self._forecasts[name] = forecast
        return self._forecasts[name]

    def _compare(self, name: str, step: dict[str, Any]) -> Forecast:
        expire_after = get(step, "CacheConfig", "ExpireAfter")
        seconds = parse_duration(expire_after) if isinstance(expire_after, str) else None
        if expire_after is not None and seconds is None:
            return Forecast(name, None, reason=wording.no_duration(expire_after))
        if self._newest is None:
            return Forecast(name, False, reason=wording.NO_EXECUTION)
        oldest = -inf if seconds is None else self._now.timestamp() - seconds
        wanted = Key(compared(step["Type"], step), self._next)
        latest: Key | None = None
        perhaps = expired = False
        for arn, ended in self._successes(name, oldest):
            if ended.timestamp() < oldest:
                expired = True
                continue
            earlier = self._key_in(arn, name)
            is_same = same(earlier.values, wanted.values)
            if is_same:
                return Forecast(name, True, arn, reason=wording.hit(arn, self._now - ended))
            latest = latest or earlier
            if wanted.is_new:
                break
            perhaps = perhaps or is_same is None
        if latest is None:
            why = wording.expired(expire_after) if expired else wording.NO_SUCCESS
            return Forecast(name, False, reason=self._bounded(why, oldest))
        why = wording.together(reasons(latest, wanted))
        if not wanted.is_new:
            why = self._bounded(why, oldest)
        return Forecast(name, None if perhaps else False, changed=changes(latest, wanted), reason=why)

    def _successes(self, name: str, oldest: float) -> Iterator[tuple[str, datetime]]:
        """Executions in which the step did its work, and when it was done; some from before `oldest`."""
        for arn, started in self._history.executions():
            if started.timestamp() + _LONGEST_EXECUTION < oldest:
                return
            run = self._history.steps(arn).get(name)
            if run and run.status == "Succeeded" and run.ended and not run.source:
                yield arn, run.ended

    def _bounded(self, reason: str, oldest: float) -> str:
        """The reason, and that there may be executions which were not looked at."""
        looked_at = list(self._history.executions())
        if len(looked_at) < self._history.limit:
            return reason
        if looked_at[-1][1].timestamp() + _LONGEST_EXECUTION < oldest:
            return reason
        return wording.bounded(reason, len(looked_at))

    def _key_in(self, arn: str, name: str) -> Key:
        scope = self._scope(arn)
        step = scope.steps.get(name, {})
        return Key(compared(str(step.get("Type")), step), scope)

    @cached_property
    def _newest(self) -> str | None:
        """The ARN of the newest execution."""
        return next((arn for arn, _ in self._history.executions()), None)

    @cached_property
    def _variables(self) -> dict[str, str]:
        """The execution variables that are the same in every execution."""
        arn = (self._newest or "").partition("/execution/")[0]
        return {"PipelineName": self._pipeline, "PipelineArn": arn}

    @cached_property
    def _next(self) -> Scope:
        return Scope(
            NEXT, self._definition, parameter_values(self._definition, {}), self._variables, self._next_origin
        )

    def _next_origin(self, step: str) -> Scope | None:
        """Where the next execution has a step's results from."""
        forecast = self.of(step) if step in self._cacheable else None
        if forecast is None or forecast.hit is False:
            return self._next
        return self._scope(forecast.source) if forecast.hit else None

    def _scope(self, arn: str) -> Scope:
        """An earlier execution's; one that is not there any more has no steps."""
        if arn not in self._scopes:
            content = self._history.content(arn) or Content({"Steps": []})
            self._scopes[arn] = Scope(
                arn,
                content.definition,
                parameter_values(content.definition, content.parameters),
                self._variables
                | {"PipelineExecutionArn": arn, "PipelineExecutionId": arn.rpartition("/")[2]},
                lambda step: self._scope(self._worker(arn, step)),
            )
        return self._scopes[arn]

    def _worker(self, arn: str, step: str) -> str:
        """The execution that did the work of which an execution has the results."""
        seen = {arn}
        while (run := self._history.steps(arn).get(step)) and run.source not in ("", *seen):
            arn = run.source
            seen.add(arn)
        return arn


def _at_once(name: str, placed: _Placed) -> Forecast | None:
    """The forecast of a step where no history matters."""
    step, parent = placed
    if not is_cached(str(step.get("Type"))):
        return Forecast(name, False, reason=wording.never_cached(str(step.get("Type"))))
    if parent and parent.get("Type") == "ForEach":
        return Forecast(name, None, reason=wording.IN_A_LOOP)
    return None


def _cacheable(definition: Mapping[str, Any]) -> dict[str, _Placed]:
    """The steps that ask for it, by name, in the definition's order."""
    return {
        str(step.get("Name")): (step, parent)
        for step, parent in with_parents(definition)
        if get(step, "CacheConfig", "Enabled") is True
    }
