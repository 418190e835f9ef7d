import pytest

from penstock.emulator.engine.definition import DefinitionError, read_definition, resolve_parameters

PARAMETERS = [
    {"Name": "Uri", "Type": "String"},
    {"Name": "Size", "Type": "Integer", "DefaultValue": 3},
    {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Go", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Mode", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
]


def resolve(build, parameters=PARAMETERS, **given):
    definition = read_definition(build.definition([build.fail("A")], parameters))
    return resolve_parameters(definition, [{"Name": name, "Value": value} for name, value in given.items()])


def refusal(build, *arguments, **given):
    with pytest.raises(DefinitionError) as caught:
        resolve(build, *arguments, **given)
    return caught.value.message


def test_values_are_typed_and_defaults_fill_the_rest(build):
    assert resolve(build, Uri="s3://b", Size="-7", Go="True") == {
        "Uri": "s3://b",
        "Size": -7,
        "Rate": 0.5,
        "Go": True,
        "Mode": "a",
    }


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5.0), ("-.5", -0.5), ("5.", 5.0), ("1e3", 1000.0), ("+1.5E-1", 0.15)]
)
def test_numbers_are_written_in_any_of_the_usual_ways(build, text, value):
    assert resolve(build, Uri="x", Rate=text)["Rate"] == value


def test_a_default_may_be_empty_and_a_parameter_without_a_type_takes_text(build):
    parameters = [{"Name": "Note", "Type": "String", "DefaultValue": ""}, {"Name": "Uri"}]
    assert resolve(build, parameters, Uri="5") == {"Note": "", "Uri": "5"}
    assert refusal(build, parameters, Uri="5", Note="") == (
        "Value of parameter 'Note' is too short (length: 0, required minimum: 1)."
    )


def test_an_unknown_parameter_is_refused(build):
    assert refusal(build, Uri="x", Other="x") == (
        "Unknown parameter 'Other'. The parameters of this pipeline are: Uri, Size, Rate, Go, Mode."
    )


def test_a_pipeline_without_parameters_says_so(build):
    assert refusal(build, [], Other="x") == (
        "Unknown parameter 'Other'. The parameters of this pipeline are: none."
    )


def test_a_parameter_given_twice_is_refused(build):
    definition = read_definition(build.definition([build.fail("A")], PARAMETERS))
    with pytest.raises(DefinitionError, match=r"^Parameter 'Uri' is given more than once\.$"):
        resolve_parameters(definition, [{"Name": "Uri", "Value": "x"}] * 2)


def test_a_missing_value_is_refused(build):
    assert refusal(build) == "Parameter 'Uri' is undefined: no default value, and no value was given."


def test_all_missing_values_are_told_at_once(build):
    parameters = [{"Name": "A", "Type": "String"}, {"Name": "B", "Type": "String"}]
    assert refusal(build, parameters) == (
        "Parameters 'A', 'B' are undefined: no default value, and no value was given."
    )


def test_an_empty_value_is_refused(build):
    assert refusal(build, Uri="") == (
        "Value of parameter 'Uri' is too short (length: 0, required minimum: 1)."
    )


@pytest.mark.parametrize(
    ("name", "value", "kind", "allowed"),
    [
        ("Size", "3.5", "Integer", "a whole number such as 5"),
        ("Size", "five", "Integer", "a whole number such as 5"),
        ("Size", "1_000", "Integer", "a whole number such as 5"),
        ("Rate", "half", "Float", "a number such as 0.5"),
        ("Rate", "nan", "Float", "a number such as 0.5"),
        ("Rate", "1e999", "Float", "a number such as 0.5"),
        ("Rate", "1_0.5", "Float", "a number such as 0.5"),
        ("Rate", " 0.5", "Float", "a number such as 0.5"),
        ("Go", "yes", "Boolean", "true or false"),
    ],
)
def test_a_value_of_another_type_is_refused(build, name, value, kind, allowed):
    assert refusal(build, Uri="x", **{name: value}) == (
        f"Value '{value}' of parameter '{name}' is not of type {kind}: give {allowed}."
    )


def test_a_value_outside_the_enum_is_refused(build):
    assert refusal(build, Uri="x", Mode="c") == (
        "Value 'c' of parameter 'Mode' is not in its EnumValues: a, b."
    )
