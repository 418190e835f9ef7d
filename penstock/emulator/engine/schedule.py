"""Which step may start: the graph of an execution, kept as counts of what each step still waits for.

It knows names, edges and how steps ended, and nothing of what steps do. Every edge is looked at once, so
an execution's bookkeeping is linear in the size of its definition.
"""

from collections import deque
from collections.abc import Iterable

from penstock.emulator.engine.model import ANY, FAILED, STOPPED, Dependency

# The ways to end that only steps with a Trigger can follow.
_TRIGGERED = (FAILED, STOPPED, ANY)


class Schedule:
    """`edges` says for each step, in the document's order, what it waits for.

    A step whose dependency ends otherwise than its trigger says is skipped, and so is all that waits for
    it, transitively: that is how the branch not taken, and what depends on it, never runs. SageMaker's
    documents do not say what becomes of a step that depends on a branch not taken; the SDK's local mode
    blocks it, too.
    """

    def __init__(self, edges: dict[str, tuple[Dependency, ...]]) -> None:
        self._edges = edges
        self._waiting_for = {name: len(dependencies) for name, dependencies in edges.items()}
        self._dependents: dict[str, list[tuple[str, str]]] = {name: [] for name in edges}
        for name, dependencies in edges.items():
            for dependency in dependencies:
                self._dependents[dependency.step].append((name, dependency.trigger))
        self._settled: set[str] = set()
        self._skipped: set[str] = set()
        self._halted = False
        self._ready = deque(name for name, count in self._waiting_for.items() if count == 0)

    def has_ready(self) -> bool:
        while self._ready and self._ready[0] in self._settled:
            self._ready.popleft()
        return bool(self._ready)

    def take(self) -> str:
        """The next step to start; only to be called where `has_ready()`."""
        return self._ready.popleft()

    def settle(self, name: str, ends: Iterable[str]) -> None:
        """Step `name` has ended, or had before: `ends` are the triggers that its end sets off."""
        self._settled.add(name)
        ends = set(ends)
        skipped = []
        for dependent, trigger in self._dependents[name]:
            if dependent in self._settled:
                continue
            if trigger not in ends:
                skipped.append(dependent)
                continue
            self._waiting_for[dependent] -= 1
            if self._waiting_for[dependent] == 0 and self._may_start(dependent):
                self._ready.append(dependent)
        while skipped:
            dropped = skipped.pop()
            if dropped not in self._settled:
                self._settled.add(dropped)
                self._skipped.add(dropped)
                skipped += [dependent for dependent, _ in self._dependents[dropped]]

    def handles(self, name: str, end: str) -> bool:
        """Whether some step is there for this end of step `name`: it has the trigger, or Any, and was not
        skipped."""
        return any(
            trigger in (end, ANY) and dependent not in self._skipped
            for dependent, trigger in self._dependents[name]
        )

    def halt(self) -> None:
        """Start nothing more but steps whose trigger is a failure, a stop or any end."""
        self._halted = True
        self._ready = deque(name for name in self._ready if self._may_start(name))

    def close(self) -> None:
        """Start nothing more at all."""
        self._ready.clear()
        self._settled.update(self._edges)

    def _may_start(self, name: str) -> bool:
        return not self._halted or any(edge.trigger in _TRIGGERED for edge in self._edges[name])
