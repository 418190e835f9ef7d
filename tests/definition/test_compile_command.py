import json
import subprocess
import sys

import pytest


@pytest.fixture
def penstock(workshop):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "scripts.cli", *arguments],
            cwd=workshop.pipelines,  # any folder of the project will do
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_compile_says_what_it_did(workshop, penstock):
    workshop.add_line("one")
    workshop.add_line("two")
    first = penstock("compile", "two")
    assert (first.returncode, first.stdout, first.stderr) == (0, "compiled/two.json: created\n", "")
    second = penstock("compile", "--output", "json")
    assert json.loads(second.stdout) == {"pipelines": {"one": "created", "two": "unchanged"}}


def test_check_exits_with_2_and_says_what_differs(workshop, penstock):
    workshop.add_line("one")
    penstock("compile")
    assert penstock("compile", "--check").returncode == 0
    text = (workshop.compiled / "one.json").read_text()
    (workshop.compiled / "one.json").write_text(text.replace('"A"', '"B"'))
    done = penstock("compile", "--check")
    assert done.returncode == 2
    assert done.stdout == "compiled/one.json: would be updated\n"
    assert '-      "Name": "B",\n+      "Name": "A",\n' in done.stderr
    assert done.stderr.endswith("Run `penstock compile one` and commit compiled/.\n")
    assert '"B"' in (workshop.compiled / "one.json").read_text()


def test_check_finds_what_belongs_to_no_pipeline(workshop, penstock):
    workshop.add_line("one")
    penstock("compile")
    (workshop.compiled / "old.json").write_text("{}")
    done = penstock("compile", "--check")
    assert (done.returncode, done.stderr) == (2, "compiled/old.json belongs to no pipeline: remove it.\n")


def test_an_unknown_pipeline_is_a_usage_error(workshop, penstock):
    workshop.add_line("one")
    done = penstock("compile", "ten")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "penstock: there is no pipeline 'ten'\npipelines/ has one.\n"


def test_a_pipeline_that_cannot_be_built_is_a_known_failure_without_a_traceback(workshop, penstock):
    workshop.add("one", "raise ValueError('no')\n")
    done = penstock("compile")
    assert done.returncode == 1
    assert done.stderr == (
        "penstock: pipelines/one.py, line 1: ValueError: no\nMend that, and compile again.\n"
    )
