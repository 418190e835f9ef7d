"""Members that are written as before and yet mean something else: what references lead to in each definition.

It follows a reference to the parameter, or to the member of the step's own JSON that determines the value,
and from there on. What a job finds out when it runs is determined by nothing written.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.check.expressions import get, parse_path, references
from penstock.definition.diff.model import Change, Followed
from penstock.definition.diff.values import Same, compare, located
from penstock.service_model import Path

# A reference, and the ForEach step that it is about if it is one to the current item.
_Target = tuple[str, str | None]

_OUTPUTS: Path = ("Arguments", "ProcessingOutputConfig", "Outputs")
_BASELINE: tuple[Path, ...] = (("RegisterNewBaseline",), ("ModelPackageGroupName",), _OUTPUTS)

# What determines a property of a step that is no member of its request (facts/pipeline-execution.md, 3, and
# monitor-and-clarify.md for the checks).
_DETERMINED_BY: dict[tuple[str, str], tuple[Path, ...]] = {
    ("Condition", "Outcome"): (("Arguments", "Conditions"),),
    ("EMR", "ClusterId"): (("Arguments", "ClusterId"), ("Arguments", "ClusterConfig")),
    ("ForEach", "Selected"): (("Arguments", "Selector"),),
    ("Training", "ModelArtifacts"): (("Arguments", "OutputDataConfig", "S3OutputPath"),),
    ("RegisterModel", "ModelPackageArn"): (("Arguments", "ModelPackageGroupName"),),
    **{
        (check, f"CalculatedBaseline{kind}"): (_OUTPUTS,)
        for check in ("QualityCheck", "ClarifyCheck")
        for kind in ("Constraints", "Statistics")
    },
    **{
        (check, f"BaselineUsedForDriftCheck{kind}"): ((f"SuppliedBaseline{kind}",), *_BASELINE)
        for check in ("QualityCheck", "ClarifyCheck")
        for kind in ("Constraints", "Statistics")
    },
}
# Where a response has members of the request under another name.
_RENAMED: dict[tuple[str, str], Path] = {
    ("EMR", "Config"): ("Arguments", "StepConfig", "HadoopJarStep"),
    ("EMRServerless", "jobRun"): ("Arguments", "JobConfig"),
}


class Meanings:
    """Both definitions, to look up what a reference leads to in each."""

    def __init__(self, before: Document, after: Document) -> None:
        self._before = before
        self._after = after
        self._led: dict[_Target, list[Change | Same]] = {}

    def follow(self, step: PlacedStep, same: Same) -> Iterator[Followed]:
        """Why an expression that a step has in both definitions means something else, once for each cause."""
        ways: deque[tuple[_Target, tuple[str, ...]]] = deque()
        ways += [(target, ()) for target in _targets(step, same.expression)]
        seen: set[_Target] = set()
        told: set[tuple[Any, str]] = set()
        while ways:
            target, through = ways.popleft()
            if target in seen:
                continue
            seen.add(target)
            owner = (parse_path(target[0]) or ())[:2]
            for found in self._lead(target):
                if isinstance(found, Same):
                    reached = self._after.by_name.get(str(owner[1])) if owner[:1] == ("Steps",) else step
                    ways += [
                        (further, (*through, target[0]))
                        for further in _targets(reached or step, found.expression)
                    ]
                elif (owner, found.path) not in told:
                    told.add((owner, found.path))
                    yield Followed(same.path, target[0], found, list(through))

    def _lead(self, target: _Target) -> list[Change | Same]:
        if target not in self._led:
            self._led[target] = list(self._compared(*target))
        return self._led[target]

    def _compared(self, reference: str, loop: str | None) -> Iterator[Change | Same]:
        match parse_path(reference):
            case ("Parameters", str(name)):
                yield from self._parameter(name)
            case ("ForEach", "CurrentItem", *_) if loop is not None:
                yield from self._step(loop, ("IterableItems",))
            case ("Steps", str(_), "IterationOutputs", int(_), str(name), *rest) | (
                "IterationOutput", str(name), *rest
            ) | ("Steps", str(name), *rest):  # fmt: skip
                yield from self._step(name, tuple(rest))

    def _parameter(self, name: str) -> Iterator[Change | Same]:
        before, after = self._before.parameters.get(name), self._after.parameters.get(name)
        if before is None or after is None:
            yield from _came_or_went(before, after)
            return
        for key in ("Type", "DefaultValue"):
            yield from compare(before.get(key), after.get(key), key)

    def _step(self, name: str, rest: Path) -> Iterator[Change | Same]:
        before, after = self._before.by_name.get(name), self._after.by_name.get(name)
        if before is None or after is None:
            yield from _came_or_went(before and before.json, after and after.json)
            return
        if before.type != after.type:
            yield Change("Type", before.type, after.type)
            return
        for place in dict.fromkeys((*_places(before, rest), *_places(after, rest))):
            old, path = located(before.own, place)
            new, new_path = located(after.own, place)
            yield from compare(old, new, path if new is None else new_path)


def _targets(step: PlacedStep, expression: Any) -> Iterator[_Target]:
    for reference in references(expression):
        yield reference.text, step.body if reference.text.startswith("ForEach.") else None


def _came_or_went(before: Any, after: Any) -> Iterator[Change]:
    if (before is None) != (after is None):
        yield Change("", before and str(before.get("Type")), after and str(after.get("Type")))


def _places(step: PlacedStep, rest: Path) -> Iterator[Path]:
    """Where a step's JSON determines the value of `Steps.<step>.<rest>`."""
    if not rest:
        return
    first = (step.type, str(rest[0]))
    if first in _DETERMINED_BY:
        yield from _DETERMINED_BY[first]
    elif first in _RENAMED:
        yield (*_RENAMED[first], *rest[1:])
    elif rest[0] == "PropertyFiles":
        yield rest[:2]
        output = get(located(step.json, rest[:2])[0], "OutputName")
        if isinstance(output, str):
            yield (*_OUTPUTS, output, "S3Output", "S3Uri")
    elif rest[0] == "OutputParameters":
        yield rest[:2]
    else:
        yield ("Arguments", *rest)
