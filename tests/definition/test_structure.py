from penstock.definition.structure import all_steps, assets, dependencies, functions


def step(name, kind="Processing", **keywords):
    return {"Name": name, "Type": kind, "Arguments": {}, **keywords}


def definition(*steps, parameters=()):
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}


def gate(name, if_steps=(), else_steps=(), left="Parameters.Mode"):
    condition = {"Type": "Equals", "LeftValue": {"Get": left}, "RightValue": "a"}
    arguments = {"Conditions": [condition], "IfSteps": list(if_steps), "ElseSteps": list(else_steps)}
    return step(name, "Condition", Arguments=arguments)


def test_steps_inside_steps_are_found():
    body = step("Each", "ForEach", Arguments={"ForEachBody": [step("Body")]})
    document = definition(gate("Gate", [step("A")], [gate("Inner", [step("B")])]), body)
    assert [one["Name"] for one in all_steps(document)] == ["Gate", "A", "Inner", "B", "Each", "Body"]


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


def test_functions_are_found_with_the_place_that_needs_them():
    document = definition(
        step("A", "Lambda", FunctionArn='{{ function("tell") }}'),
        gate("Gate", [step("B", "Lambda", FunctionArn="{{function('ask')}}")]),
    )
    assert functions(document) == {"tell": "step A", "ask": "step B"}


def test_a_step_waits_for_what_it_refers_to_depends_on_and_stands_in():
    document = definition(
        step("A"),
        step("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}]),
        gate("Gate", [step("C", Arguments={"X": {"Get": "Steps.B.ModelName"}})], left="Steps.A.ModelName"),
    )
    assert dependencies(document) == {"A": [], "B": ["A"], "Gate": ["A"], "C": ["B", "Gate"]}
