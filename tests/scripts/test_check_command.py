"""`penstock check`: what it reads, what it prints, and what it exits with."""

import json
from pathlib import Path

import pytest

from penstock.definition.compiled import BuiltStep
from scripts.cli import main

ROOT = Path(__file__).parents[2]
BROKEN = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "Stop", "Type": "Fail", "DisplayName": "Stop", "Arguments": {"ErrorMessage": 1}}],
}
USAGE = "penstock: give either a pipeline, a file or -, or --from-aws\nSee --help.\n"


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    def run(*arguments):
        code = main(["check", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(BROKEN), encoding="utf-8")
    return file


def test_a_clean_pipeline_exits_with_0(run):
    assert run("automl_scoring") == (0, "compiled/automl_scoring.json: 0 errors, 0 warnings\n", "")


def test_the_only_pipeline_needs_no_name(run):
    assert run() == run("automl_scoring")


def test_a_pipeline_as_an_environment_deploys_it_has_no_error(run):
    code, out, _ = run("automl_scoring", "--env", "prod", "--output", "json")
    assert (code, json.loads(out)["errors"]) == (0, 0)


def test_errors_exit_with_1(run, broken):
    code, out, err = run(broken, "--output", "json")
    assert (code, err) == (1, "")
    assert [finding["message"] for finding in json.loads(out)["findings"]] == ["1 is not a string"]


def test_warnings_alone_are_no_failure(run, tmp_path):
    file = tmp_path / "d.json"
    steps = [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}), encoding="utf-8")
    code, out, _ = run(file)
    assert (code, out.splitlines()[-1]) == (0, f"{file}: 0 errors, 1 warning")


def test_stdin_is_checked(run, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(BROKEN)))
    code, out, _ = run("-", "--output", "github")
    assert (code, out) == (
        1,
        "::error file=stdin,line=1,endLine=1,title=PS103 wrong JSON type::step Stop: 1 is not a string\n",
    )


def test_sarif_is_one_document(run, broken):
    code, out, _ = run(broken, "--output", "sarif")
    assert (code, json.loads(out)["runs"][0]["results"][0]["ruleId"]) == (1, "PS103")


def test_a_rules_page_is_printed(run):
    assert run("--explain", "PS105") == (
        0,
        "PS105 unsupported version (error, grammar)\n\n"
        "Version is not 2020-12-01, the only version of the grammar.\n\n"
        "Why: The service refuses the definition.\n\n"
        'Example:\n  {"Version": "2021-01-01", "Steps": []}\n\n'
        "Source: pipeline definition JSON schema (aws-sagemaker-mlops)\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("automl_scoring", "--from-aws", "x"), (2, "", USAGE)),
        (
            ("--explain", "nonsense"),
            (2, "", "penstock: there is no rule 'nonsense'\nRules go from PS101 to PS905.\n"),
        ),
        (
            ("nothing.json",),
            (
                2,
                "",
                "penstock: nothing.json: there is no such file\n"
                "Name a pipeline, a JSON file, or - for standard input.\n",
            ),
        ),
        (
            ("tests/definition/check/base.json", "--env", "prod"),
            (
                2,
                "",
                "penstock: tests/definition/check/base.json: --env is for a pipeline of the project\n"
                "See --help.\n",
            ),
        ),
        (
            ("nothing",),
            (2, "", "penstock: there is no pipeline 'nothing'\npipelines/ has automl_scoring.\n"),
        ),
    ],
)
def test_what_cannot_be_checked_is_refused(run, arguments, expected):
    assert run(*arguments) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not a pipeline definition: it is not an object\n"
               "Give the document that CreatePipeline takes as PipelineDefinition.\n"),
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
              "Give a pipeline definition.\n"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_definition_is_refused(run, tmp_path, text, message):
    file = tmp_path / "d.json"
    file.write_text(text, encoding="utf-8")
    assert run(file) == (1, "", f"penstock: {file}: {message}")


def test_a_deployed_pipeline_is_fetched_and_checked(project, account, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    request = {
        "PipelineName": "deployed",
        "RoleArn": "arn:aws:iam::123456789012:role/pipelines",
        "ClientRequestToken": "0" * 32,
        "PipelineDefinition": json.dumps(BROKEN),
    }
    account("sagemaker").create_pipeline(**request)
    assert main(["check", "--from-aws", "deployed"]) == 1
    assert capsys.readouterr().out == (
        "deployed:9: error PS103: step Stop: 1 is not a string\n"
        "  at Steps[0].Arguments.ErrorMessage\n"
        '      9 |         "ErrorMessage": 1\n'
        "\n"
        "deployed: 1 error, 0 warnings\n"
    )


def test_a_pipeline_that_may_not_be_read_is_told(project, scripted_aws, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    refusal = scripted_aws.refusal("AccessDeniedException", "not authorized to perform DescribePipeline")
    scripted_aws.answers["DescribePipeline"] = [refusal]
    assert main(["check", "--from-aws", "deployed"]) == 1
    assert capsys.readouterr().err == (
        "penstock: DescribePipeline (environment local): access denied:"
        " not authorized to perform DescribePipeline\n"
        "Ask whoever looks after account 123456789012 for the permission.\n"
    )


def test_what_is_deployed_and_no_definition_is_told(project, scripted_aws, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    scripted_aws.answers["DescribePipeline"] = [{"PipelineDefinition": "[]"}]
    assert main(["check", "--from-aws", "deployed"]) == 1
    assert capsys.readouterr().err == (
        "penstock: deployed: is not a pipeline definition: it is not an object\n"
        "Give the document that CreatePipeline takes as PipelineDefinition.\n"
    )


def built(ignore=None):
    return {"Reject": BuiltStep("pipelines/scoring.py", 4, ignore or {})}


def found(run, *arguments):
    document = json.loads(run("scoring", "--output", "json", *arguments)[1])
    return [
        [(one["code"], one["source"], one.get("reason")) for one in document[kind] if one["step"] == "Reject"]
        for kind in ("findings", "suppressed")
    ]


SOURCE = {"file": "pipelines/scoring.py", "line": 4}


@pytest.mark.parametrize("env", [(), ("--env", "local")])
def test_a_finding_names_the_line_that_builds_its_step(project, definition, run, monkeypatch, env):
    monkeypatch.chdir(project.root)
    project.compile(definition, steps=built())
    assert found(run, *env) == [[("PS803", SOURCE, None)], []]


@pytest.mark.parametrize("env", [(), ("--env", "local")])
def test_what_is_ignored_at_the_step_is_suppressed(project, definition, run, monkeypatch, env):
    monkeypatch.chdir(project.root)
    project.compile(definition, steps=built({"PS803": "Nobody looks at it."}))
    assert found(run, *env) == [[], [("PS803", SOURCE, "Nobody looks at it.")]]


def test_what_is_ignored_in_vain_is_told(project, definition, run, monkeypatch):
    monkeypatch.chdir(project.root)
    project.compile(definition, steps=built({"PS807": "It may fail."}))
    assert run("scoring")[2] == (
        "pipelines/scoring.py:4: note: step Reject ignores PS807, which this check does not find\n"
    )


def test_a_pipeline_that_is_not_deployed_is_told(project, account, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    assert main(["check", "--from-aws", "nothing"]) == 1
    assert capsys.readouterr().err == (
        "penstock: DescribePipeline (environment local): AWS refuses the request: ValidationException: "
        "Could not find pipeline with PipelineName nothing.\n"
        "Correct what it names and run the command again.\n"
    )
