"""Members that are written as before and yet mean something else: what references lead to in each definition.

It follows a reference to the parameter, or to the member of the step's own JSON that determines the value,
and from there on. What a job finds out when it runs is determined by nothing written.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from penstock.definition.check.document import Document, PlacedStep
from penstock.definition.diff.model import Change, Followed
from penstock.definition.diff.values import Same, compare, located
from penstock.definition.expressions import get, parse_path, references
from penstock.service_model import Path

# A reference, and the ForEach step that it is about if it is one to the current item.
_Target = tuple[str, str | None]
# A parameter or a step, by its kind and name, and the path into it.
_Owner = tuple[str, str, Path]

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
        self._led: dict[_Owner, list[Change | Same]] = {}
        self._unchanged: set[_Target] = set()  # and all that they lead to

    def follow(self, step: PlacedStep, same: Same) -> Iterator[Followed]:
        """Why an expression that a step has in both definitions means something else, once for each cause."""
        ways: deque[tuple[_Target, tuple[str, ...]]] = deque()
        ways += [(target, ()) for target in _targets(step, same.expression)]
        seen: set[_Target] = set()
        told: set[tuple[Any, str]] = set()
        while ways:
            target, through = ways.popleft()
            if target in seen or target in self._unchanged:
                continue
            seen.add(target)
            owner = _owner(*target)
            if owner is None:
                continue
            for found in self._lead(owner):
                if isinstance(found, Same):
                    reached = self._after.by_name[owner[1]]
                    further = _targets(reached, found.expression)
                    ways += [(next_target, (*through, target[0])) for next_target in further]
                elif (owner[:2], found.path) not in told:
                    told.add((owner[:2], found.path))
                    yield Followed(same.path, target[0], found, list(through))
        if not told:
            self._unchanged |= seen

    def _lead(self, owner: _Owner) -> list[Change | Same]:
        if owner not in self._led:
            kind, name, path = owner
            self._led[owner] = [*(self._parameter(name) if kind == "Parameters" else self._step(name, path))]
        return self._led[owner]

    def _parameter(self, name: str) -> Iterator[Change]:
        before, after = self._before.parameters.get(name), self._after.parameters.get(name)
        if before is None or after is None:
            yield from _came_or_went(before, after)
            return
        for key in ("Type", "DefaultValue"):
            for found in compare(before.get(key), after.get(key), key):
                if isinstance(found, Change):  # a default holds no expressions
                    yield found

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


def _owner(reference: str, loop: str | None) -> _Owner | None:
    match parse_path(reference):
        case ("Parameters", str(name)):
            return "Parameters", name, ()
        case ("ForEach", "CurrentItem", *_) if loop is not None:
            return "Steps", loop, ("IterableItems",)
        case ("Steps", str(_), "IterationOutputs", int(_), str(name), *rest):
            return "Steps", name, tuple(rest)
        case ("IterationOutput" | "Steps", str(name), *rest):
            return "Steps", name, tuple(rest)
    return None


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
