"""What of two definitions is different, exactly, and that orders are no difference."""

from penstock.definition.diff import Change, Diff, Item, ItemChange, NamedDiff, diff
from penstock.definition.graph.model import Edge, Kind

NOTHING = NamedDiff([], [], [], [])


def step(name, kind="Processing", arguments=None, **keys):
    return {"Name": name, "Type": kind, "Arguments": arguments or {}, **keys}


def definition(*steps, parameters=(), **keys):
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps), **keys}


def gate(if_steps=(), else_steps=(), **keys):
    arguments = {"Conditions": [], "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return step("Gate", "Condition", arguments, **keys)


def difference(steps=NOTHING, parameters=NOTHING, added=(), removed=(), others=()):
    return Diff(steps, parameters, list(added), list(removed), list(others))


def changed(name, *changes):
    return NamedDiff([], [], [ItemChange(name, list(changes), [])], [])


def test_the_same_is_no_difference():
    assert diff(definition(step("A")), definition(step("A"))) is None
    assert diff({}, {}) is None


def test_orders_are_no_difference():
    first, second = {"Name": "P", "Type": "String"}, {"Name": "Q", "Type": "Float"}
    before = definition(
        step("A"), step("B"), gate([step("C"), step("D")], DependsOn=["A", "B"]), parameters=[first, second]
    )
    after = definition(
        gate([step("D"), step("C")], DependsOn=["B", "A"]), step("B"), step("A"), parameters=[second, first]
    )
    assert diff(before, after) is None


def test_a_null_is_what_is_not_there():
    before = definition(step("A", Description=None, arguments={"Rate": 2}))
    assert diff(before, definition(step("A", arguments={"Rate": 2}))) is None


def test_a_number_with_a_point_is_another_as_it_makes_another_text():
    found = diff(definition(step("A", arguments={"Rate": 2})), definition(step("A", arguments={"Rate": 2.0})))
    (changed,) = found.steps.changed
    assert changed.changes == [Change("Arguments.Rate", 2, 2.0)]


def test_a_step_comes_with_what_ties_it_to_the_others():
    more = step("More", "Lambda", {"uri": {"Get": "Steps.A.ProcessingJobArn"}}, DependsOn=["B"])
    before, after = definition(step("A"), step("B")), definition(step("A"), step("B"), more)
    assert diff(before, after) == difference(
        steps=NamedDiff([Item("More", "Lambda", more)], [], [], []),
        added=[Edge("A", "More", Kind.DATA), Edge("B", "More", Kind.DEPENDENCY)],
    )
    assert diff(after, before) == difference(
        steps=NamedDiff([], [Item("More", "Lambda", more)], [], []),
        removed=[Edge("A", "More", Kind.DATA), Edge("B", "More", Kind.DEPENDENCY)],
    )


def test_a_step_with_steps_inside_it_shows_their_names():
    found = diff(definition(), definition(gate([step("A")], [step("End", "Fail")])))
    shown = step("Gate", "Condition", {"Conditions": [], "IfSteps": ["A"], "ElseSteps": ["End"]})
    assert found.steps.added == [
        Item("Gate", "Condition", shown),
        Item("A", "Processing", step("A")),
        Item("End", "Fail", step("End", "Fail")),
    ]
    assert found.edges_added == [
        Edge("Gate", "A", Kind.BRANCH, "true"), Edge("Gate", "End", Kind.BRANCH, "false"),
    ]  # fmt: skip


def test_a_change_inside_a_branch_is_one_of_the_inner_step_alone():
    before, after = (
        definition(gate([step("A", arguments={"RoleArn": role})])) for role in ("arn:one", "arn:two")
    )
    assert diff(before, after) == difference(changed("A", Change("Arguments.RoleArn", "arn:one", "arn:two")))


def test_a_step_that_moves_into_another_branch_is_a_change_of_what_holds_it():
    before, after = definition(gate([step("A")])), definition(gate([], [step("A")]))
    assert diff(before, after) == difference(
        changed(
            "Gate",
            Change("Arguments.ElseSteps['A']", None, "A"),
            Change("Arguments.IfSteps['A']", "A", None),
        ),
        added=[Edge("Gate", "A", Kind.BRANCH, "false")],
        removed=[Edge("Gate", "A", Kind.BRANCH, "true")],
    )


def test_a_step_that_moves_out_of_a_branch_is_a_change_too():
    before, after = definition(gate([step("A")])), definition(gate(), step("A"))
    assert diff(before, after) == difference(
        changed("Gate", Change("Arguments.IfSteps['A']", "A", None)),
        removed=[Edge("Gate", "A", Kind.BRANCH, "true")],
    )


def test_a_dependency_and_its_trigger():
    before = definition(step("A"), step("B"), step("C", DependsOn=["A", "B"]))
    failed = {"Step": "B", "Trigger": "Failed"}
    after = definition(step("A"), step("B"), step("C", DependsOn=[failed]))
    assert diff(before, after) == difference(
        changed("C", Change("DependsOn['A']", "A", None), Change("DependsOn['B']", "B", failed)),
        added=[Edge("B", "C", Kind.DEPENDENCY, "failed")],
        removed=[Edge("A", "C", Kind.DEPENDENCY), Edge("B", "C", Kind.DEPENDENCY)],
    )


def test_a_member_that_is_missing_is_one_change_with_all_it_holds():
    cache = {"Enabled": True, "ExpireAfter": "P30D"}
    before, after = definition(step("A")), definition(step("A", CacheConfig=cache))
    assert diff(before, after) == difference(changed("A", Change("CacheConfig", None, cache)))
    assert diff(after, before) == difference(changed("A", Change("CacheConfig", cache, None)))


def test_the_type_of_a_step_is_a_member():
    found = diff(definition(step("A")), definition(step("A", "Training")))
    assert found == difference(changed("A", Change("Type", "Processing", "Training")))


def test_parameters():
    old, gone = {"Name": "P", "Type": "Integer", "DefaultValue": 1}, {"Name": "Gone", "Type": "String"}
    new = {"Name": "New", "Type": "Boolean", "DefaultValue": False}
    before = definition(parameters=[old, gone])
    after = definition(parameters=[{**old, "DefaultValue": True, "EnumValues": [1, 2]}, new])
    assert diff(before, after) == difference(
        parameters=NamedDiff(
            [Item("New", "Boolean", new)],
            [Item("Gone", "String", gone)],
            [ItemChange("P", [Change("DefaultValue", 1, True), Change("EnumValues", None, [1, 2])], [])],
            [],
        )
    )


def test_what_is_neither_a_step_nor_a_parameter():
    before = definition(Metadata={"Team": "a"}, MlflowConfig={"MlflowExperimentName": "e"})
    after = definition(Metadata={"Team": "b"}) | {"Version": "2030-01-01"}
    assert diff(before, after) == difference(
        others=[
            Change("Metadata.Team", "a", "b"),
            Change("MlflowConfig", {"MlflowExperimentName": "e"}, None),
            Change("Version", "2020-12-01", "2030-01-01"),
        ]
    )


def test_what_somebody_broke_by_hand_is_compared_too():
    broken = {
        "Steps": [{"Type": "Fail"}, "junk", {"Name": "A", "Arguments": [1], "DependsOn": "B"}],
        "Parameters": {"Name": "P"},
    }
    after = {"Steps": [{"Name": "A", "Type": "Fail", "Arguments": {}}], "Parameters": []}
    assert diff(broken, after) == difference(
        NamedDiff(
            [],
            [Item("Steps[0]", "Fail", {"Type": "Fail"})],
            [
                ItemChange(
                    "A",
                    [
                        Change("Arguments", [1], {}),
                        Change("DependsOn", "B", None),
                        Change("Type", None, "Fail"),
                    ],
                    [],
                )
            ],
            [],
        ),
        others=[Change("Parameters", {"Name": "P"}, None), Change("Steps", ["junk"], None)],
    )


def test_a_second_step_of_the_same_name_is_not_overlooked():
    found = diff(definition(step("A"), step("A", "Fail")), definition(step("A")))
    assert found == difference(NamedDiff([], [Item("A (2)", "Fail", step("A", "Fail"))], [], []))


def test_what_is_nested_too_deeply_to_be_shown_is_still_compared():
    def deep(leaf):
        value = leaf
        for _ in range(3000):
            value = [{"a": value}]
        return definition(step("A", arguments={"Deep": value}))

    assert diff(deep(1), deep(1)) is None
    (change,) = diff(deep(1), deep(2)).steps.changed[0].changes
    assert change.path.startswith("Arguments.Deep[0].a[0].a")
    assert change.before.startswith("nested too deeply: ")
