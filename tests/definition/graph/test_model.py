"""Why one step follows another, in the definitions that say it in every way."""

import pytest

from penstock.definition.graph.model import NOT_RUN, Edge, Kind, coloured, of_definition, reduced


def step(name, kind="Processing", arguments=None, **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def get(name):
    return {"Value": {"Get": f"Steps.{name}.ProcessingJobArn"}}


def edges(*steps):
    return list(of_definition({"Steps": list(steps)}).edges)


def test_a_reference_is_an_edge_of_data():
    assert edges(step("A"), step("B", arguments=get("A"))) == [Edge("A", "B", Kind.DATA)]


def test_a_property_file_is_an_edge_of_data():
    quality = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.F"}, "Path": "auc"}}
    assert edges(step("A"), step("B", arguments={"Value": quality})) == [Edge("A", "B", Kind.DATA)]


def test_depends_on_is_an_edge_of_dependency_labelled_by_its_trigger():
    assert edges(step("A"), step("B"), step("C", DependsOn=["A", {"Step": "B", "Trigger": "Failed"}])) == [
        Edge("A", "C", Kind.DEPENDENCY),
        Edge("B", "C", Kind.DEPENDENCY, "failed"),
    ]


def test_of_several_reasons_for_one_edge_the_data_counts():
    assert edges(step("A"), step("B", arguments=get("A"), DependsOn=["A"])) == [Edge("A", "B", Kind.DATA)]


def test_a_condition_leads_to_where_its_branches_begin():
    branches = {"IfSteps": [step("B"), step("C", arguments=get("B"))], "ElseSteps": [step("D", "Fail")]}
    assert edges(step("A", "Condition", branches)) == [
        Edge("B", "C", Kind.DATA),
        Edge("A", "B", Kind.BRANCH, "true"),
        Edge("A", "D", Kind.BRANCH, "false"),
    ]


def test_a_loop_leads_to_its_body():
    assert edges(step("A", "ForEach", {"ForEachBody": [step("B")]})) == [Edge("A", "B", Kind.BRANCH, "each")]


def test_what_is_not_there_is_not_drawn():
    assert edges(step("A", arguments=get("A")), step("B", arguments=get("Gone"), DependsOn=["Gone"])) == []


def test_reducing_leaves_out_what_a_longer_way_implies_but_neither_branches_nor_labels():
    steps = (
        step("A"),
        step("B", arguments=get("A")),
        step("C", arguments={"One": get("A"), "Two": get("B")}),
        step("D", arguments=get("C"), DependsOn=[{"Step": "A", "Trigger": "Any"}]),
    )
    graph = of_definition({"Steps": list(steps)})
    assert [(edge.source, edge.target) for edge in reduced(graph).edges] == [
        ("A", "B"),
        ("B", "C"),
        ("C", "D"),
        ("A", "D"),
    ]
    assert len(graph.edges) == 5


def test_steps_go_by_their_display_names():
    (node,) = of_definition({"Steps": [step("A", DisplayName="Prepare data")]}).nodes
    assert (node.name, node.type, node.title, node.status) == ("A", "Processing", "Prepare data", "")


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ({"A": "Succeeded"}, "Succeeded"),
        ({"A-0": "Succeeded", "A-1": "Failed", "A-10": "Executing"}, "Failed"),
        ({"A-x": "Failed", "AA": "Failed"}, NOT_RUN),
        ({"A": "Pondering"}, "Pondering"),
        ({}, NOT_RUN),
    ],
)
def test_a_step_is_coloured_by_its_status_or_the_worst_of_its_iterations(statuses, status):
    graph = coloured(of_definition({"Steps": [step("A")]}), statuses)
    assert [node.status for node in graph.nodes] == [status]
