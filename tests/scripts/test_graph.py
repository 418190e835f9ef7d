"""`penstock graph` as a command."""

import io
import json
from pathlib import Path

import pytest

from scripts.cli import main

SCORING = """\
flowchart TD
    s1["Prepare<br/>Processing"]
    s2{"Gate<br/>Condition"}
    s3(["Reject<br/>Fail"])
    s2 ==>|"true"| s3
"""


@pytest.fixture
def run(project, monkeypatch, capsys):
    monkeypatch.chdir(project.root)

    def run(*arguments):
        code = main(["graph", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_it_draws_the_only_pipeline_or_the_one_that_is_named(run):
    assert run() == run("scoring") == (0, SCORING, "")


def test_it_draws_a_definition_from_standard_input(run, definition, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(definition)))
    assert run("-") == (0, SCORING, "")


@pytest.mark.parametrize(("language", "begins"), [("svg", "<svg "), ("dot", "digraph pipeline {")])
def test_it_writes_other_languages(run, language, begins):
    code, out, err = run("--format", language)
    assert (code, err) == (0, "")
    assert out.startswith(begins)


def test_it_draws_what_an_execution_ran_coloured_by_what_became_of_it(run, scripted_aws, definition):
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring/execution/abcdefghijkl"
    steps = [{"StepName": "Prepare", "StepStatus": "Succeeded"}]
    scripted_aws.answers = {
        "DescribePipelineExecution": [{"PipelineExecutionArn": arn, "PipelineExecutionStatus": "Succeeded"}],
        "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": steps}],
        "DescribePipelineDefinitionForExecution": [{"PipelineDefinition": json.dumps(definition)}],
    }
    code, out, err = run("--execution", arn)
    assert (code, err) == (0, "")
    assert 's1["Prepare<br/>Processing · Succeeded"]' in out
    assert 's3(["Reject<br/>Fail · Not run"])' in out
    assert "class s2,s3 NotRun" in out


def test_the_picture_of_the_readme_is_what_it_draws(capsys, monkeypatch):
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    assert main(["graph", "automl_scoring", "--format", "svg", "--reduced"]) == 0
    assert capsys.readouterr().out == (root / "docs/pipeline.svg").read_text(encoding="utf-8")
    assert '<img src="docs/pipeline.svg"' in (root / "README.md").read_text(encoding="utf-8")


def test_a_pipeline_that_is_not_there(run):
    assert run("none") == (2, "", "penstock: there is no pipeline 'none'\npipelines/ has scoring.\n")
