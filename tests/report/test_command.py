"""`penstock report`, and the page that watching ends with."""

import pytest

from scripts.cli import main

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/scoring/execution/abcdefghijkl"


@pytest.fixture
def here(project, scripted_aws, monkeypatch):
    monkeypatch.chdir(project.root)
    ended = {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Succeeded"}
    scripted_aws.answers |= {
        "DescribePipelineExecution": [ended],
        "ListPipelineExecutionSteps": [{"PipelineExecutionSteps": []}],
    }
    return project


def test_the_page_is_written_and_its_path_printed(here, capsys):
    assert main(["report", ARN]) == 0
    page = here.reports / "scoring/abcdefghijkl.html"
    assert capsys.readouterr() == (f"{page}\n", "")
    assert "<title>scoring · abcdefghijkl · Succeeded</title>" in page.read_text(encoding="utf-8")


def test_the_page_is_written_where_it_is_asked_for(here, capsys):
    assert main(["report", ARN, "--file", "pages/a.html"]) == 0
    assert capsys.readouterr().out == "pages/a.html\n"
    assert (here.root / "pages/a.html").is_file()


def test_watching_ends_with_the_page(here, capsys):
    assert main(["watch", ARN]) == 0
    assert capsys.readouterr().out == f"page {here.reports / 'scoring/abcdefghijkl.html'}\n"


def test_a_page_that_cannot_be_written_does_not_change_how_the_execution_went(here, capsys):
    here.reports.write_text("a file where the folder should be")
    assert main(["watch", ARN]) == 0
    out, error = capsys.readouterr()
    assert out == ""
    page = here.reports / "scoring/abcdefghijkl.html"
    assert error.splitlines()[-2:] == [
        f"No report page was written: {page}: the page cannot be written: Not a directory",
        "Mend that, or name another file with `penstock report ... --file`.",
    ]


def test_an_execution_that_is_not_there_has_no_page(here, scripted_aws, capsys):
    scripted_aws.answers["DescribePipelineExecution"] = [scripted_aws.refusal("ResourceNotFound")]
    assert main(["report", ARN]) == 1
    assert capsys.readouterr().err == (
        f"penstock: {ARN}: there is no such execution\nCheck the ARN, and that it is of environment local.\n"
    )
    assert not here.reports.exists()


def test_a_page_that_cannot_be_written_is_a_known_failure(here, capsys):
    here.reports.write_text("a file where the folder should be")
    assert main(["report", ARN]) == 1
    page = here.reports / "scoring/abcdefghijkl.html"
    assert capsys.readouterr().err == (
        f"penstock: {page}: the page cannot be written: Not a directory\n"
        "Mend that, or name another file with `penstock report ... --file`.\n"
    )
