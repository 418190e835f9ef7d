import pytest

from penstock.definition.structure import all_steps, assets, check_structure
from penstock.errors import PenstockError


def step(name, kind="Processing", **keywords):
    return {"Name": name, "Type": kind, "Arguments": {}, **keywords}


def definition(*steps, parameters=()):
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}


def gate(name, if_steps=(), else_steps=(), left="Parameters.Mode"):
    condition = {"Type": "Equals", "LeftValue": {"Get": left}, "RightValue": "a"}
    arguments = {"Conditions": [condition], "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return step(name, "Condition", Arguments=arguments)


MODE = {"Name": "Mode", "Type": "String"}


def refusal(document):
    with pytest.raises(PenstockError) as error:
        check_structure(document)
    return str(error.value)


def test_steps_inside_steps_are_found():
    body = step("Each", "ForEach", Arguments={"ForEachBody": [step("Body")]})
    document = definition(gate("Gate", [step("A")], [gate("Inner", [step("B")])]), body)
    assert [one["Name"] for one in all_steps(document)] == ["Gate", "A", "Inner", "B", "Each", "Body"]


def test_a_sound_definition_is_accepted():
    report = {"PropertyFileName": "Report", "OutputName": "o", "FilePath": "f.json"}
    document = definition(
        step("A", PropertyFiles=[report], Arguments={"X": {"Get": "Parameters.Mode"}}),
        step("B", DependsOn=["A"], Arguments={"Y": {"Get": "Steps.A.Outputs['o'].S3Uri"}}),
        step("C", DependsOn=[{"Step": "B", "Trigger": "Failed"}], Arguments={"Z": {"Get": "Execution.Id"}}),
        gate("Gate", [step("D")], [step("End", "Fail")], left="Steps.A.PropertyFiles.Report"),
        parameters=[MODE],
    )
    check_structure(document)


def test_assets_are_found_with_the_place_that_needs_them():
    document = definition(
        step("A", Arguments={"S3Uri": '{{ asset("jobs/a.py") }}', "More": ["x {{asset('jobs/b.zip')}}"]}),
        gate("Gate", [step("B", Arguments={"S3Uri": '{{ asset("jobs/a.py") }}'})]),
        parameters=[{"Name": "Code", "Type": "String", "DefaultValue": '{{ asset("jobs/c.py") }}'}],
    )
    assert assets(document) == {
        "jobs/a.py": "step A",
        "jobs/b.zip": "step A",
        "jobs/c.py": "parameter Code",
    }


def test_an_over_long_name_is_refused():
    message = f"step {'A' * 65}: a name has at most 64 letters, digits, hyphens and underscores"
    assert refusal(definition(step("A" * 65))) == message


def test_a_name_used_twice_is_refused():
    assert refusal(definition(step("A"), gate("Gate", [step("A")]), parameters=[MODE])) == (
        "step A: 2 steps have this name\n"
        "Name each step once; a step of a branch is not listed again outside it."
    )


def test_a_parameter_declared_twice_is_refused():
    message = "parameter Mode: 2 parameters have this name"
    assert refusal(definition(step("A"), parameters=[MODE, MODE])) == message


def test_an_undeclared_parameter_is_refused():
    assert refusal(definition(step("A", Arguments={"X": {"Get": "Parameters.Mode"}}))) == (
        "step A: refers to parameter 'Mode', which the pipeline does not declare\n"
        "Add it to the pipeline's parameters."
    )


def test_a_reference_to_an_unknown_step_is_refused():
    assert refusal(definition(step("A", Arguments={"X": {"Get": "Steps.B.ModelName"}}))) == (
        "step A: refers to step 'B', which the pipeline does not have\nThe steps are A."
    )


def test_an_unknown_step_in_depends_on_is_refused():
    assert refusal(definition(step("A", DependsOn=["B"]))) == (
        "step A: depends on step 'B', which the pipeline does not have\nThe steps are A."
    )


def test_an_unknown_property_file_is_refused():
    document = definition(step("A"), step("B", Arguments={"X": {"Get": "Steps.A.PropertyFiles.Report"}}))
    assert refusal(document) == (
        "step B: refers to property file 'Report', which step A does not have\n"
        "Add it to that step's property_files."
    )


def test_nothing_can_depend_on_a_fail_step():
    document = definition(step("End", "Fail"), step("A", DependsOn=["End"]))
    assert refusal(document) == "step A: depends on End, a Fail step: nothing runs after one"


def test_a_cycle_is_refused():
    document = definition(
        step("A", DependsOn=["C"]),
        step("B", Arguments={"X": {"Get": "Steps.A.Name"}}),
        step("C", DependsOn=["B"]),
    )
    assert refusal(document) == (
        "the steps wait for one another: A -> B -> C -> A\nRemove one of these dependencies."
    )


def test_a_condition_on_its_own_branch_is_a_cycle():
    document = definition(gate("Gate", [step("A")], left="Steps.A.Name"))
    assert refusal(document) == (
        "the steps wait for one another: Gate -> A -> Gate\nRemove one of these dependencies."
    )
