"""Random graphs of steps, some of which fail: order, cap and what is left out must always hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.emulator.engine.model import Dependency
from penstock.emulator.engine.schedule import Schedule


@st.composite
def graphs(draw):
    """Step name -> the names it depends on, earlier ones only; and the names of those that fail."""
    count = draw(st.integers(1, 9))
    graph = {
        f"S{number}": draw(
            st.lists(st.sampled_from([f"S{i}" for i in range(number)]), unique=True, max_size=3)
        )
        if number
        else []
        for number in range(count)
    }
    return graph, draw(st.sets(st.sampled_from(list(graph)), max_size=2))


@given(graphs(), st.integers(1, 4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_execution_keeps_order_cap_and_failures(new_laboratory, build, drawn, cap):
    graph, failing = drawn
    lab = new_laboratory()
    try:
        steps = [build.processing(name, after=after) for name, after in reversed(graph.items())]
        execution = lab.start(steps, cap=cap)
        while execution.status == "Executing":
            seen = lab.store.revision
            jobs = lab.service.running()
            if not jobs and execution.status == "Executing":
                lab.store.wait(seen, 5.0)
            for kind, job in jobs:
                failed = job.split("-")[2] in failing
                lab.service.finish(kind, job, "Failed" if failed else "Completed", FailureReason="x")
        check(execution, graph, failing)
        assert lab.service.most_at_once <= cap
    finally:
        lab.close()


def check(execution, graph, failing):
    statuses = execution.statuses
    started, ended = {}, {}
    for number, event in enumerate(execution.events):
        if event["Type"] == "StepStarted":
            assert event["StepName"] not in started
            started[event["StepName"]] = number
        if event["Type"] == "StepEnded":
            ended[event["StepName"]] = number
    assert set(started) == set(ended) == set(statuses)
    for name in started:
        assert (statuses[name] == "Failed") == (name in failing)
        for dependency in graph[name]:
            assert statuses[dependency] == "Succeeded"
            assert ended[dependency] < started[name]
    failures = [number for name, number in ended.items() if statuses[name] == "Failed"]
    if failures:
        assert execution.status == "Failed"
        assert all(number < min(failures) for number in started.values())
    else:
        assert execution.status == "Succeeded"
        assert set(started) == set(graph)


@given(graphs())
def test_what_waits_for_a_step_that_does_not_succeed_is_never_ready(drawn):
    graph, failing = drawn
    schedule = Schedule({name: tuple(map(Dependency, after)) for name, after in graph.items()})
    reached = set()
    while schedule.has_ready():
        name = schedule.take()
        reached.add(name)
        schedule.settle(name, ["Failed", "Any"] if name in failing else ["Completed", "Any"])

    def reachable(name):
        return all(dependency not in failing and reachable(dependency) for dependency in graph[name])

    assert reached == {name for name in graph if reachable(name)}


@pytest.mark.parametrize(
    ("trigger", "ends", "runs"),
    [
        ("Completed", ["Completed", "Any"], True),
        ("Completed", ["Failed", "Any"], False),
        ("Failed", ["Failed", "Any"], True),
        ("Failed", ["Stopped", "Any"], False),
        ("Stopped", ["Stopped", "Any"], True),
        ("Any", ["Failed", "Any"], True),
        ("Any", ["Completed", "Any"], True),
        ("True", ["Completed", "Any", "True"], True),
        ("True", ["Completed", "Any", "False"], False),
    ],
)
def test_triggers(trigger, ends, runs):
    schedule = Schedule({"A": (), "B": (Dependency("A", trigger),)})
    schedule.settle(schedule.take(), ends)
    assert schedule.has_ready() is runs


def test_a_long_chain_that_is_skipped_does_not_exhaust_the_stack():
    edges = {"S0": (), **{f"S{n}": (Dependency(f"S{n - 1}"),) for n in range(1, 5000)}}
    schedule = Schedule(edges)
    schedule.settle(schedule.take(), ["Failed", "Any"])
    assert not schedule.has_ready()
