import pytest

from penstock.errors import PenstockError
from steps import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString


def test_a_parameter_is_requested_with_its_description():
    assert ParameterInteger("Rounds", 5, description="How often.").to_request() == {
        "Name": "Rounds",
        "Type": "Integer",
        "DefaultValue": 5,
        "Description": "How often.",
    }


def test_a_parameter_without_a_default_has_to_be_given_at_start():
    assert "DefaultValue" not in ParameterString("Data", description="Where.").to_request()


def test_false_and_zero_are_defaults():
    assert ParameterBoolean("Fast", False, description="Hurry.").to_request()["DefaultValue"] is False
    assert ParameterFloat("Least", 0.0, description="Least.").to_request()["DefaultValue"] == 0.0


def test_an_enumeration_is_requested():
    parameter = ParameterString("Status", "Approved", enum_values=["Approved", "Rejected"], description="x")
    assert parameter.to_request()["EnumValues"] == ["Approved", "Rejected"]


def test_a_parameter_refers_to_itself_by_name():
    assert ParameterString("Data", description="Where.").expr == {"Get": "Parameters.Data"}


def refusal(kind, *arguments, **keywords):
    with pytest.raises(PenstockError) as error:
        kind(*arguments, **keywords)
    return str(error.value)


def test_a_description_is_required():
    assert refusal(ParameterString, "Data", description="") == "parameter Data: description is missing"


def test_a_default_of_another_type_is_refused():
    message = "parameter Rounds: default_value '5' is not of type Integer"
    assert refusal(ParameterInteger, "Rounds", "5", description="x") == message


def test_a_boolean_is_not_an_integer():
    message = "parameter Rounds: default_value True is not of type Integer"
    assert refusal(ParameterInteger, "Rounds", True, description="x") == message


def test_an_empty_default_is_refused_as_sagemaker_does():
    message = "parameter Data: default_value is empty, which SageMaker refuses"
    assert refusal(ParameterString, "Data", "", description="x") == message


def test_a_default_outside_the_enumeration_is_refused():
    message = "parameter Status: default_value 'Maybe' is not one of Yes, No"
    assert refusal(ParameterString, "Status", "Maybe", enum_values=["Yes", "No"], description="x") == message


def test_only_strings_have_enumerations():
    message = "parameter Rounds: only a String parameter can have enum_values"
    assert refusal(ParameterInteger, "Rounds", 1, enum_values=["1"], description="x") == message


def test_a_name_with_a_blank_is_refused():
    message = r"parameter My data: name 'My data' does not match [A-Za-z0-9\-_]*"
    assert refusal(ParameterString, "My data", description="x") == message
