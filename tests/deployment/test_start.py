import pytest

from penstock.deployment.start import check, parse, start
from penstock.errors import PenstockError, UsageError

DECLARED = [
    {"Name": "DataUri", "Type": "String"},
    {"Name": "MinimumAuc", "Type": "Float", "DefaultValue": 0.85},
    {"Name": "Rounds", "Type": "Integer", "DefaultValue": 10},
    {"Name": "Fast", "Type": "Boolean", "DefaultValue": True},
    {
        "Name": "Approval",
        "Type": "String",
        "DefaultValue": "Approved",
        "EnumValues": ["Approved", "Rejected"],
    },
]


@pytest.mark.parametrize(
    "given",
    [
        ["DataUri=s3://b/k?a=b"],
        ["DataUri=x", "MinimumAuc=1e-3", "Rounds=-5", "Fast=false", "Approval=Rejected"],
    ],
)
def test_parameters_that_fit_pass(given):
    check(DECLARED, parse(given))


def test_a_parameter_without_a_type_is_a_string():
    check([{"Name": "Day"}], {"Day": "2026-11-21"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["DataUri"], "-p: 'DataUri' is not NAME=VALUE\nWrite -p Name=Value."),
        (["A=1", "A=2"], "-p A=2: A is given twice\nGive it once."),
        (
            ["MinAuc=1"],
            "-p MinAuc: the pipeline has no such parameter; did you mean MinimumAuc?\n"
            "It has DataUri, MinimumAuc, Rounds, Fast, Approval.",
        ),
        (
            ["zzz=1"],
            "-p zzz: the pipeline has no such parameter\nIt has DataUri, MinimumAuc, Rounds, Fast, Approval.",
        ),
        (
            ["Rounds=1.5"],
            "-p Rounds=1.5: '1.5' is not of type Integer\nGive a value like 42.",
        ),
        (
            ["MinimumAuc=high"],
            "-p MinimumAuc=high: 'high' is not of type Float\nGive a value like 0.85.",
        ),
        (
            ["Fast=yes"],
            "-p Fast=yes: 'yes' is not of type Boolean\nGive a value like true or false.",
        ),
        (
            ["Approval=Maybe"],
            "-p Approval=Maybe: 'Maybe' is not one of the values it can take\nThey are Approved, Rejected.",
        ),
        (
            ["DataUri="],
            "-p DataUri=: the value is empty\nGive a value, or leave it to its default.",
        ),
        (
            ["DataUri=" + "x" * 1025],
            "-p DataUri=" + "x" * 69 + "...: the value has 1025 characters, and AWS takes 1024\n"
            "Put it into a file in S3 and give its URI.",
        ),
        (["Rounds=1"], "the pipeline has no default for DataUri\nAdd -p DataUri=...."),
    ],
)
def test_parameters_that_do_not_fit_are_refused(given, message):
    with pytest.raises(UsageError) as caught:
        check(DECLARED, parse(given))
    assert str(caught.value) == message


def test_a_pipeline_without_parameters_says_so():
    with pytest.raises(UsageError) as caught:
        check([], {"A": "1"})
    assert str(caught.value) == "-p A: the pipeline has no such parameter\nIt has no parameters."


def test_an_execution_starts_with_the_given_parameters(account, aws, deployed):
    deployed()
    arn = start(aws, "scoring", {"Rounds": "3"})
    sagemaker = account("sagemaker")
    given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert given == [{"Name": "Rounds", "Value": "3"}]


def test_the_deployed_definition_decides_about_parameters(account, aws, deployed):
    deployed()
    with pytest.raises(UsageError):
        start(aws, "scoring", {"Round": "3"})
    assert (
        account("sagemaker").list_pipeline_executions(PipelineName="scoring")["PipelineExecutionSummaries"]
        == []
    )


def test_a_pipeline_that_is_not_deployed_cannot_be_started(aws):
    with pytest.raises(PenstockError) as caught:
        start(aws, "scoring", {})
    assert str(caught.value) == (
        "environment local: pipeline scoring is not deployed\nDeploy it with `penstock deploy` first."
    )
