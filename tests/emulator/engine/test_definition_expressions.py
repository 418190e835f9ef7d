"""Expressions of a definition that are refused: their form, and what they refer to."""

import json

import pytest

from penstock.emulator.engine.definition import DefinitionError, parse_definition

PREFIX = "Unable to parse pipeline definition. "
_VARIABLES = (
    "StartDateTime, CurrentDateTime, PipelineName, PipelineArn, PipelineExecutionId, PipelineExecutionArn, "
    "TrainingJobName, ProcessingJobName"
)
_FORMS = (
    "write Parameters.<name>, Execution.<variable>, PipelineExperimentConfig.<name> or "
    "Steps.<step>.<property>"
)


@pytest.mark.parametrize(
    ("expression", "message", "where"),
    [
        (
            {"Get": "Parameters.Q"},
            "'Parameters.Q' refers to parameter 'Q', which is not there. There are: P.",
            "",
        ),
        (
            {"Get": "Steps.B.X"},
            "'Steps.B.X' refers to step 'B', which is not there. There are: A.",
            "",
        ),
        (
            {"Get": "Execution.Now"},
            "'Execution.Now' refers to execution variable 'Now', which is not there. "
            f"There are: {_VARIABLES}.",
            "",
        ),
        (
            {"Get": "PipelineExperimentConfig.Name"},
            "'PipelineExperimentConfig.Name' refers to member of PipelineExperimentConfig 'Name', "
            "which is not there. There are: ExperimentName, TrialName.",
            "",
        ),
        ({"Get": "Steps.A"}, f"Invalid reference: 'Steps.A' is not a reference: {_FORMS}.", ""),
        ({"Get": "P"}, f"Invalid reference: 'P' is not a reference: {_FORMS}.", ""),
        (
            {"Get": "Steps.A[x]"},
            "Invalid reference: 'Steps.A[x]' is not a path: cannot read it from '[x]' on.",
            "",
        ),
        ({"Get": 5}, "Expecting start of Json String. Found 5.", ".Get"),
        (
            {"Get": "Steps.A.PropertyFiles.F"},
            "'Steps.A.PropertyFiles.F' is a property file: read it with Std:JsonGet.",
            "",
        ),
        ({"Std:Join": {"On": ","}}, "Required property 'Values' is missing.", ".Std:Join"),
        (
            {"Std:Join": {"On": ",", "Values": [{"Get": "Parameters.Q"}]}},
            "'Parameters.Q' refers to parameter 'Q', which is not there. There are: P.",
            ".Std:Join.Values[0]",
        ),
        (
            {"Std:JsonGet": {"Path": "a"}},
            "Std:JsonGet reads a PropertyFile or an S3Uri: give exactly one of them.",
            ".Std:JsonGet",
        ),
        (
            {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": {"Get": "Parameters.P"}}},
            'Expecting start of Json String. Found {"Get": "Parameters.P"}.',
            ".Std:JsonGet.Path",
        ),
        (
            {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a..b"}},
            "Invalid Path: 'a..b' is not a path: cannot read it from '..b' on.",
            ".Std:JsonGet",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": "F", "Path": "a"}},
            'PropertyFile is "F", not {"Get": "Steps.<step>.PropertyFiles.<name>"}.',
            ".Std:JsonGet.PropertyFile",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.F"}, "Path": "a"}},
            "'Steps.A.F' is not Steps.<step>.PropertyFiles.<name>.",
            ".Std:JsonGet.PropertyFile",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.B.PropertyFiles.F"}, "Path": "a"}},
            "'Steps.B.PropertyFiles.F' refers to step 'B', which is not there. There are: A.",
            ".Std:JsonGet.PropertyFile",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.F"}, "Path": "a"}},
            "'Steps.A.PropertyFiles.F' refers to property file 'F', which step 'A' has not. There are: none.",
            ".Std:JsonGet.PropertyFile",
        ),
    ],
)
def test_refuses_a_wrong_expression(build, expression, message, where):
    step = build.processing("A")
    step["Arguments"]["Environment"] = {"X": expression}
    document = build.definition([step], [{"Name": "P", "Type": "String"}])
    with pytest.raises(DefinitionError) as caught:
        parse_definition(json.dumps(document))
    assert caught.value.message == f"{PREFIX}{message} At Steps[0].Arguments.Environment.X{where}."
