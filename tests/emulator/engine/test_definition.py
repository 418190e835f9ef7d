import copy
import json

import pytest

from penstock.emulator.engine.definition import DefinitionError, parse_definition, read_definition
from penstock.emulator.engine.model import Dependency

PREFIX = "Unable to parse pipeline definition. "

# As the SDK writes them (sagemaker 3.27.0).
CACHE = {"Enabled": True, "ExpireAfter": "P1D"}
RETRIES = [{"ExceptionType": ["Step.SERVICE_FAULT"], "MaxAttempts": 3}]


def refusal(document):
    with pytest.raises(DefinitionError) as caught:
        parse_definition(document if isinstance(document, str) else json.dumps(document))
    assert caught.value.message == str(caught.value)
    return caught.value.message


def test_reads_the_steps_of_branches_in_the_order_of_the_document(build):
    document = build.definition(
        [
            build.processing("A"),
            build.condition(
                "Gate",
                [build.equals({"Get": "Steps.A.ProcessingJobStatus"}, "Completed")],
                [build.processing("Yes")],
                [build.fail("No", {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Why"}]}})],
            ),
        ],
        [{"Name": "Why", "Type": "String", "DefaultValue": "because"}],
    )
    definition = parse_definition(json.dumps(document))
    assert definition.document == document
    assert list(definition.steps) == ["A", "Gate", "Yes", "No"]
    assert definition.steps["No"].where == "Steps[1].Arguments.ElseSteps[0]"
    assert definition.edges == {
        "A": (),
        "Gate": (Dependency("A"),),
        "Yes": (Dependency("Gate", "True"),),
        "No": (Dependency("Gate", "False"),),
    }


@pytest.mark.parametrize("version", [{}, {"Version": "2020-12-01"}])
def test_a_definition_needs_its_steps_and_no_more(build, version):
    document = {**version, "Steps": [build.fail("Stop")]}
    assert list(parse_definition(json.dumps(document)).steps) == ["Stop"]


def test_a_parameter_without_a_type_is_a_string_and_a_default_may_be_empty(build):
    parameters = [
        {"Name": "Uri"},
        {"Name": "Mode", "EnumValues": ["a", "b"], "DefaultValue": "a"},
        {"Name": "Note", "Type": "String", "DefaultValue": ""},
    ]
    read = parse_definition(json.dumps(build.definition([build.fail("A")], parameters))).parameters
    assert read == {
        "Uri": build.Parameter("Uri", "String"),
        "Mode": build.Parameter("Mode", "String", "a", ("a", "b")),
        "Note": build.Parameter("Note", "String", ""),
    }


@pytest.mark.parametrize("kind", ["Athena", "HubContent", "BedrockModelImport"])
def test_a_type_that_nothing_documents_may_have_any_keys(build, kind):
    step = {"Name": "A", "Type": kind, "Anything": {}, "DependsOn": ["B"]}
    definition = parse_definition(json.dumps(build.definition([step, build.processing("B")])))
    assert definition.edges["A"] == (Dependency("B"),)


def test_a_dependency_with_a_trigger_is_read(build):
    steps = [build.processing("A"), build.processing("B", after=[{"Step": "A", "Trigger": "Failed"}])]
    definition = parse_definition(json.dumps(build.definition(steps)))
    assert definition.edges["B"] == (Dependency("A", "Failed"),)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("EndpointConfig", {"RetryPolicies": RETRIES, "CacheConfig": CACHE}),
        ("Endpoint", {"CacheConfig": CACHE}),
        ("EMRServerless", {"RetryPolicies": RETRIES, "CacheConfig": CACHE}),
    ],
)
def test_what_the_sdk_writes_on_a_step_is_read(build, kind, settings):
    step = {"Name": "A", "Type": kind, "Arguments": {}, **settings}
    definition = parse_definition(json.dumps(build.definition([step])))
    assert definition.steps["A"].cache_config == CACHE


def test_the_expressions_of_a_foreach_body_are_left_to_the_step(build):
    body = build.processing("Body")
    body["Arguments"]["Environment"] = {"X": {"Get": "ForEach.CurrentItem.a"}}
    loop = {
        "Name": "Loop",
        "Type": "ForEach",
        "Arguments": {"IterableItems": [1, 2], "MaxConcurrency": 1, "ForEachBody": [body]},
    }
    assert list(parse_definition(json.dumps(build.definition([loop]))).steps) == ["Loop"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Version": "2020-12-01",\n "Steps": [}', "Invalid JSON at line 2, column 12: Expecting value."),
        ("[]", "Expecting start of Json Object. Found []."),
        ("[" * 100_000, "The JSON is nested too deeply."),
    ],
)
def test_refuses_what_is_no_json_object(text, message):
    assert refusal(text) == PREFIX + message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"Version": "2021-01-01"},
            "Version '2021-01-01' is not supported: write '2020-12-01'. At Version.",
        ),
        (
            {"Step": []},
            "Cannot parse object, unknown property 'Step'. Known here: Version, Metadata, Parameters, "
            "PipelineExperimentConfig, MlflowConfig, Steps.",
        ),
        ({"Steps": {}}, "Expecting start of Json Array. Found {}. At Steps."),
        ({"Steps": ["A"]}, 'Expecting start of Json Object. Found "A". At Steps[0].'),
        ({"Parameters": "A"}, 'Expecting start of Json Array. Found "A". At Parameters.'),
        (
            {"PipelineExperimentConfig": {"Experiment": "A"}},
            "Cannot parse object, unknown property 'Experiment'. Known here: ExperimentName, TrialName. "
            "At PipelineExperimentConfig.",
        ),
        (
            {"PipelineExperimentConfig": {"TrialName": ["A"]}},
            'Expecting start of Json String. Found ["A"]. At PipelineExperimentConfig.TrialName.',
        ),
        (
            {"MlflowConfig": "A"},
            'Expecting start of Json Object. Found "A". At MlflowConfig.',
        ),
    ],
)
def test_refuses_a_wrong_document(build, change, message):
    assert refusal({**build.definition([build.fail("A")]), **change}) == PREFIX + message


def test_refuses_a_document_without_steps():
    assert refusal({"Version": "2020-12-01"}) == PREFIX + "Required property 'Steps' is missing."


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (
            {"Name": "a b", "Type": "String"},
            "Parameter name 'a b' is not 1 to 256 letters, digits, hyphens and underscores.",
        ),
        (
            {"Name": "P", "Type": "Text"},
            "Type 'Text' of parameter 'P' is not one of String, Integer, Float, Boolean.",
        ),
        ({"Type": "String"}, "Required property 'Name' is missing."),
        (
            {"Name": "P", "DefaultValue": 5},
            "DefaultValue 5 of parameter 'P' is not of type String.",
        ),
        (
            {"Name": "P", "Type": "String", "Default": "x"},
            "Cannot parse object, unknown property 'Default'. Known here: Name, Type, DefaultValue, "
            "EnumValues, Description.",
        ),
        (
            {"Name": "P", "Type": "Integer", "DefaultValue": "5"},
            "DefaultValue \"5\" of parameter 'P' is not of type Integer.",
        ),
        (
            {"Name": "P", "Type": "Integer", "DefaultValue": True},
            "DefaultValue true of parameter 'P' is not of type Integer.",
        ),
        (
            {"Name": "P", "Type": "Integer", "EnumValues": [1]},
            "Parameter 'P' of type Integer has EnumValues; only a String may.",
        ),
        (
            {"Name": "P", "Type": "String", "EnumValues": ["a", 1]},
            "EnumValues of parameter 'P' has 1, which is no string.",
        ),
        (
            {"Name": "P", "Type": "String", "EnumValues": ["a", "b"], "DefaultValue": "c"},
            "DefaultValue 'c' of parameter 'P' is not in its EnumValues: a, b.",
        ),
    ],
)
def test_refuses_a_wrong_parameter(build, parameter, message):
    document = build.definition([build.fail("A")], [parameter])
    assert refusal(document) == f"{PREFIX}{message} At Parameters[0]."


def test_refuses_two_parameters_of_one_name(build):
    parameter = {"Name": "P", "Type": "String"}
    message = refusal(build.definition([build.fail("A")], [parameter, parameter]))
    assert message == f"{PREFIX}Parameter name 'P' is used more than once. At Parameters[1]."


@pytest.mark.parametrize("name", ["", "a b", "x" * 65])
def test_refuses_a_wrong_step_name(build, name):
    assert refusal(build.definition([build.fail(name)])) == (
        f"{PREFIX}Step name '{name}' is not 1 to 64 letters, digits, hyphens and underscores. At Steps[0]."
    )


def test_refuses_two_steps_of_one_name(build):
    steps = [build.fail("A"), build.condition("Gate", [], [build.fail("A")])]
    assert refusal(build.definition(steps)) == (
        f"{PREFIX}Step name 'A' is used more than once, first at Steps[0]. At Steps[1].Arguments.IfSteps[0]."
    )


def test_refuses_a_step_in_both_branches(build):
    steps = [build.condition("Gate", [], [build.fail("A")], [build.fail("A")])]
    assert refusal(build.definition(steps)) == (
        f"{PREFIX}Step name 'A' is used more than once, first at Steps[0].Arguments.IfSteps[0]. "
        "At Steps[0].Arguments.ElseSteps[0]."
    )


_CONDITION_TYPES = (
    "Equals, NotEquals, GreaterThan, GreaterThanOrEqualTo, LessThan, LessThanOrEqualTo, In, NotIn, Not, Or"
)


@pytest.mark.parametrize(
    ("condition", "message", "where"),
    [
        ({"Type": "Same"}, f"Type 'Same' is not a condition: {_CONDITION_TYPES}.", ""),
        (
            {"Type": "Not", "Expression": {}},
            "Cannot parse object, unknown property 'Expression'. Known here: Type, Condition.",
            "",
        ),
        ({"Type": "Equals", "LeftValue": 1}, "Required property 'RightValue' is missing.", ""),
        (
            {"Type": "In", "QueryValue": 1, "Values": 1},
            "Expecting start of Json Array. Found 1.",
            ".Values",
        ),
        (
            {"Type": "Equals", "LeftValue": [1], "RightValue": 1},
            "An Array cannot be compared: give a string, a number, a Boolean or a reference.",
            ".LeftValue",
        ),
        (
            {"Type": "In", "QueryValue": 1, "Values": [1, {"Std:Sum": []}]},
            "An Object cannot be compared: give a string, a number, a Boolean or a reference.",
            ".Values[1]",
        ),
        (
            {"Type": "Or", "Conditions": [{"Type": "Xor"}]},
            f"Type 'Xor' is not a condition: {_CONDITION_TYPES}.",
            ".Conditions[0]",
        ),
    ],
)
def test_refuses_a_wrong_condition(build, condition, message, where):
    assert refusal(build.definition([build.condition("Gate", [condition])])) == (
        f"{PREFIX}{message} At Steps[0].Arguments.Conditions[0]{where}."
    )


_PROCESSING_KEYS = (
    "Name, Type, Arguments, DisplayName, Description, DependsOn, PropertyFiles, RetryPolicies, CacheConfig"
)
_EXCEPTION_TYPES = (
    "Step.SERVICE_FAULT, Step.THROTTLING, SageMaker.JOB_INTERNAL_ERROR, SageMaker.CAPACITY_ERROR, "
    "SageMaker.RESOURCE_LIMIT, Emr.RESOURCE_LIMIT"
)


@pytest.mark.parametrize(
    ("keys", "message", "where"),
    [
        ({"Type": "Magic"}, "Type 'Magic' of step 'A' is not a step type.", ""),
        (
            {"Depends": []},
            f"Cannot parse object, unknown property 'Depends'. Known here: {_PROCESSING_KEYS}.",
            "",
        ),
        ({"Arguments": []}, "Expecting start of Json Object. Found [].", ".Arguments"),
        ({"DisplayName": 5}, "Expecting start of Json String. Found 5.", ".DisplayName"),
        ({"DisplayName": "x" * 257}, "DisplayName has 257 characters; 256 are allowed.", ""),
        ({"DependsOn": ["Nobody"]}, "Step 'A' depends on step 'Nobody', which is not there.", ""),
        ({"DependsOn": [5]}, "Expecting start of Json Object. Found 5.", ".DependsOn[0]"),
        (
            {"DependsOn": [{"Step": "A", "Trigger": "Late"}]},
            "Trigger 'Late' is not one of Completed, Failed, Stopped, Any.",
            ".DependsOn[0]",
        ),
        (
            {"CacheConfig": {"Enabled": "yes"}},
            'Enabled "yes" is not true or false.',
            ".CacheConfig",
        ),
        (
            {"CacheConfig": {"Enabled": True, "ExpireAfter": "soon"}},
            'ExpireAfter "soon" is not an ISO 8601 duration such as P30D or PT1H.',
            ".CacheConfig",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": ["All"]}]},
            f"ExceptionType 'All' is not one of {_EXCEPTION_TYPES}.",
            ".RetryPolicies[0]",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": [], "MaxAttempts": 1, "ExpireAfterMin": 1}]},
            "A retry policy has MaxAttempts or ExpireAfterMin, not both.",
            ".RetryPolicies[0]",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": [], "MaxAttempts": 21}]},
            "MaxAttempts 21 is not a whole number from 0 to 20.",
            ".RetryPolicies[0]",
        ),
        (
            {"RetryPolicies": [{"ExceptionType": [], "BackoffRate": -1}]},
            "BackoffRate -1 is not a number from 0 up.",
            ".RetryPolicies[0]",
        ),
        (
            {"PropertyFiles": [{"PropertyFileName": "F", "OutputName": "o"}]},
            "Required property 'FilePath' is missing.",
            ".PropertyFiles[0]",
        ),
        (
            {"PropertyFiles": [{"PropertyFileName": "F", "OutputName": "other", "FilePath": "f"}]},
            "Property file 'F' of step 'A' is in output 'other', which is not there. The step's outputs are: "
            "o.",
            ".PropertyFiles",
        ),
        (
            {"PropertyFiles": [{"PropertyFileName": "F", "OutputName": "o", "FilePath": "f"}] * 2},
            "Property file name 'F' is used more than once in step 'A'.",
            ".PropertyFiles[1]",
        ),
    ],
)
def test_refuses_a_wrong_step(build, keys, message, where):
    step = {**build.processing("A", outputs=["o"]), **keys}
    assert refusal(build.definition([step])) == f"{PREFIX}{message} At Steps[0]{where}."


def test_refuses_a_dependency_on_a_fail_step(build):
    steps = [build.fail("Stop"), build.processing("A", after=["Stop"])]
    assert refusal(build.definition(steps)) == (
        f"{PREFIX}A can not depends on Stop: nothing runs after a Fail step. At Steps[1]."
    )


def test_refuses_a_reference_to_a_fail_step(build):
    step = build.processing("A")
    step["Arguments"]["Environment"] = {"X": {"Get": "Steps.Stop.ErrorMessage"}}
    assert refusal(build.definition([build.fail("Stop"), step])) == (
        f"{PREFIX}A can not depends on Stop: nothing runs after a Fail step. At Steps[1]."
    )


def test_refuses_a_cycle_and_shows_it(build):
    step = build.processing("C", after=["B"])
    step["Arguments"]["Environment"] = {"X": {"Get": "Steps.A.ProcessingJobArn"}}
    steps = [build.processing("A", after=["C"]), build.processing("B"), step]
    assert refusal(build.definition(steps)) == (
        f"{PREFIX}Cycle detected in pipeline definition, each step depends on the next: A -> C -> A. "
        "At Steps."
    )


def test_refuses_a_step_that_depends_on_itself(build):
    assert refusal(build.definition([build.processing("A", after=["A"])])) == (
        f"{PREFIX}Cycle detected in pipeline definition, each step depends on the next: A -> A. At Steps."
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("Image",), "x", "Unknown Argument member 'Image'. At Steps[0].Arguments."),
        (
            ("AppSpecification", "Image"),
            "x",
            "Unknown Argument member 'Image'. At Steps[0].Arguments.AppSpecification.",
        ),
        (
            ("Environment",),
            ["x"],
            'Expecting start of Json Object. Found ["x"]. At Steps[0].Arguments.Environment.',
        ),
        (
            ("ProcessingOutputConfig",),
            {"Outputs": "x"},
            'Expecting start of Json Array. Found "x". At Steps[0].Arguments.ProcessingOutputConfig.Outputs.',
        ),
        (
            ("ProcessingInputs",),
            [{"InputName": "i", "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "File"}}],
            "Model Validation failed: Value 'File' for 'S3DataType' failed to satisfy enum value set: "
            "[ManifestFile, S3Prefix]. At Steps[0].Arguments.ProcessingInputs[0].S3Input.S3DataType.",
        ),
    ],
)
def test_refuses_arguments_that_the_request_does_not_have(build, path, value, message):
    step = copy.deepcopy(build.processing("A"))
    place = step["Arguments"]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert refusal(build.definition([step])) == PREFIX + message


def test_refuses_the_name_of_a_model_package(build):
    step = {"Name": "R", "Type": "RegisterModel", "Arguments": {"ModelPackageName": "m"}}
    assert refusal(build.definition([step])) == (
        f"{PREFIX}Unknown Argument member 'ModelPackageName'. At Steps[0].Arguments."
    )


def test_refuses_too_many_steps_and_parameters_but_can_read_them(build):
    steps = [build.fail(f"S{number}") for number in range(51)]
    assert refusal(build.definition(steps)) == "The pipeline has 51 steps; at most 50 are allowed."
    assert len(read_definition(build.definition(steps)).steps) == 51
    parameters = [{"Name": f"P{number}", "Type": "String"} for number in range(201)]
    assert refusal(build.definition(steps[:1], parameters)) == (
        "The pipeline has 201 parameters; at most 200 are allowed."
    )
