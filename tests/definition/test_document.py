"""What a person may name a definition by, and what is said of things that are none."""

import io
import json

import pytest

from penstock.definition.compiled import canonical
from penstock.definition.document import only_pipeline, parsed, read, with_steps
from penstock.errors import PenstockError, UsageError

STEP = {"Name": "A", "Type": "Fail"}


@pytest.fixture
def there(project, monkeypatch):
    monkeypatch.chdir(project.root)
    return project


def written(tmp_path, document):
    file = tmp_path / "d.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(file)


def test_a_pipeline_goes_by_its_name(there, definition):
    document = read("scoring")
    assert (document.name, document.definition) == ("compiled/scoring.json", definition)
    assert document.text == canonical(definition) == (there.compiled / "scoring.json").read_text()
    assert document.manifest.pipeline_name == "scoring"


def test_a_pipeline_goes_by_the_file_of_its_compiled_definition_too(there, tmp_path, monkeypatch):
    by_name = read("scoring")
    assert read("compiled/scoring.json") == by_name
    assert read(str(there.compiled / "scoring.json")) == by_name
    assert read("compiled/scoring.assets.json").manifest is None
    monkeypatch.chdir(there.compiled)
    assert read("../compiled/scoring.json") == by_name
    monkeypatch.chdir(tmp_path)  # outside of the project it is a file like any other
    assert read("project/compiled/scoring.json").manifest is None


def test_a_file_needs_no_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"Steps": [STEP]})
    document = read("d.json")
    assert (document.definition, document.manifest) == ({"Steps": [STEP]}, None)
    assert document.text == '{"Steps": [{"Name": "A", "Type": "Fail"}]}'
    assert read("./d.json").name == "./d.json"


def test_a_hyphen_is_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"Steps": []}'))
    assert read("-").definition == {"Steps": []}


def test_the_only_pipeline_needs_no_name(there):
    assert only_pipeline() == "scoring"


def test_one_of_several_pipelines_does(there):
    (there.pipelines / "other.py").write_text("")
    with pytest.raises(UsageError) as caught:
        only_pipeline()
    assert str(caught.value) == "which pipeline?\nName one of other, scoring, or a file."


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError) as caught:
        read(f"{tmp_path}/none.json")
    assert str(caught.value) == (
        f"{tmp_path}/none.json: there is no such file\nName a pipeline, a JSON file, or - for standard input."
    )


def test_a_file_that_is_not_json(tmp_path):
    file = written(tmp_path, "{")
    with pytest.raises(PenstockError) as caught:
        read(file)
    assert str(caught.value) == (
        f"{file}: is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"
        "Give a pipeline definition."
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_only_python_writes_is_no_json(number):
    with pytest.raises(PenstockError) as caught:
        parsed("stdin", f'{{"Steps": [{number}]}}')
    assert str(caught.value) == f"stdin: is not JSON: {number} is no number\nGive a pipeline definition."


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "it is not an object"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"a":' * 200 + "1" + "}" * 200, "it is nested too deeply"),
    ],
)
def test_json_that_is_no_definition(tmp_path, document, said):
    file = written(tmp_path, document)
    with pytest.raises(PenstockError) as caught:
        read(file)
    assert str(caught.value) == (
        f"{file}: is not a pipeline definition: {said}\n"
        "Give the document that CreatePipeline takes as PipelineDefinition."
    )


@pytest.mark.parametrize("document", [{}, {"Steps": {}}])
def test_an_object_without_steps_cannot_be_walked_over(tmp_path, document):
    file = written(tmp_path, document)
    with pytest.raises(PenstockError) as caught:
        with_steps(read(file))
    assert str(caught.value) == (
        f"{file}: is not a pipeline definition: it has no list of Steps\n"
        "Give the document that CreatePipeline takes as PipelineDefinition."
    )


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (["A"], "Steps[0]: is not an object"),
        ([STEP, {"Type": "Fail"}], "Steps[1]: has no Name"),
        ([{"Name": "A"}], "Steps[0]: has no Type"),
        ([STEP | {"DependsOn": "B"}], "Steps[0].DependsOn: is not a list of steps' names"),
        ([STEP | {"DependsOn": [{"Trigger": "Any"}]}], "Steps[0].DependsOn: is not a list of steps' names"),
        ([STEP | {"Arguments": []}], "Steps[0].Arguments: is not an object"),
        ([STEP | {"Arguments": {"IfSteps": 1}}], "Steps[0].Arguments.IfSteps: is not a list of steps"),
        ([STEP | {"Arguments": {"ElseSteps": [1]}}], "Steps[0].Arguments.ElseSteps[0]: is not an object"),
    ],
)
def test_steps_that_are_none(tmp_path, steps, said):
    file = written(tmp_path, {"Steps": steps})
    with pytest.raises(PenstockError) as caught:
        with_steps(read(file))
    assert str(caught.value) == f"{file}: {said}\nCorrect the definition."
