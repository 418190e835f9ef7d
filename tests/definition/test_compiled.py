import pytest

from penstock.definition.compiled import (
    Function,
    edited,
    file_sha256,
    load,
    pipeline_names,
    read,
    source_files,
    source_sha256,
    stale,
)
from penstock.errors import PenstockError, UsageError


def refusal(call, kind=PenstockError):
    with pytest.raises(kind) as error:
        call()
    return str(error.value)


def test_a_compiled_pipeline_is_loaded_as_it_was_written(project, definition):
    compiled = load(project, "scoring")
    assert compiled.definition == definition
    assert compiled.manifest.pipeline_name == "scoring"
    assert compiled.manifest.assets["jobs/prepare.py"].sha256 == file_sha256(project.root / "jobs/prepare.py")
    assert stale(project, "scoring") == []
    assert not edited(project, "scoring")


def test_modules_that_start_with_an_underscore_are_no_pipelines(project):
    (project.pipelines / "__init__.py").write_text("")
    (project.pipelines / "_shared.py").write_text("")
    assert pipeline_names(project) == ["scoring"]


def test_an_unknown_pipeline_lists_those_there_are(project):
    (project.pipelines / "training.py").write_text("")
    assert refusal(lambda: load(project, "scorin"), UsageError) == (
        "there is no pipeline 'scorin'\npipelines/ has scoring, training."
    )


def test_an_unknown_pipeline_where_there_is_none(project):
    (project.pipelines / "scoring.py").unlink()
    assert refusal(lambda: load(project, "x"), UsageError) == (
        "there is no pipeline 'x'\npipelines/ has no module yet."
    )


def test_a_pipeline_that_was_never_compiled_is_refused(project):
    (project.pipelines / "training.py").write_text("")
    assert read(project, "training") is None
    assert refusal(lambda: load(project, "training")) == (
        "training was never compiled\nRun `penstock compile training`."
    )


def test_a_changed_source_makes_it_stale(project):
    (project.pipelines / "scoring.py").write_text("# other\n")
    assert stale(project, "scoring") == ["pipelines/scoring.py"]
    assert refusal(lambda: load(project, "scoring")) == (
        "compiled/scoring.json: is stale: pipelines/scoring.py changed since it was compiled\n"
        "Run `penstock compile scoring` and review the difference."
    )


def test_a_changed_asset_and_a_removed_source_make_it_stale(project, definition):
    extra = project.root / "shared.py"
    extra.write_text("")
    sources = {name: file_sha256(project.root / name) for name in ("pipelines/scoring.py", "shared.py")}
    project.compile(definition, sources=sources)
    extra.unlink()
    (project.root / "jobs/prepare.py").write_text("print('other')\n")
    assert refusal(lambda: load(project, "scoring")) == (
        "compiled/scoring.json: is stale: jobs/prepare.py and shared.py changed since it was compiled\n"
        "Run `penstock compile scoring` and review the difference."
    )


def test_changed_code_of_a_function_makes_it_stale(project, definition):
    package = project.root / "functions/notify"
    package.mkdir(parents=True)
    (package / "app.py").write_text("def handler(event, context): pass\n")
    function = Function("functions/notify", source_sha256(package) or "", "app.handler", "Tells people.")
    project.compile(definition, functions={"notify": function})
    assert load(project, "scoring").manifest.functions == {"notify": function}
    (package / "texts.json").write_text("{}")
    assert stale(project, "scoring") == ["functions/notify"]


def test_a_functions_code_is_a_file_or_what_is_below_a_folder(tmp_path):
    for name in ("b/c.py", "a.py", ".git/x", "__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert source_files(tmp_path) == {"a.py": tmp_path / "a.py", "b/c.py": tmp_path / "b/c.py"}
    assert source_files(tmp_path / "a.py") == {"a.py": tmp_path / "a.py"}
    assert source_sha256(tmp_path / "a.py") == file_sha256(tmp_path / "a.py")
    assert source_sha256(tmp_path / "nowhere") is None
    before = source_sha256(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "d.py")
    assert source_sha256(tmp_path) != before


def test_an_edit_by_hand_is_refused(project):
    file = project.compiled / "scoring.json"
    file.write_text(file.read_text().replace("0.85", "0.5"))
    assert edited(project, "scoring")
    assert refusal(lambda: load(project, "scoring")) == (
        "compiled/scoring.json: is not what compile wrote: it was edited by hand, or a compile was"
        " interrupted\n"
        "Change pipelines/scoring.py instead, and run `penstock compile scoring`."
    )


def test_a_file_that_is_not_json_is_refused(project):
    (project.compiled / "scoring.assets.json").write_text("{")
    assert refusal(lambda: load(project, "scoring")) == (
        "compiled/scoring.assets.json: is not JSON: Expecting property name enclosed in double quotes:"
        " line 1 column 2 (char 1)\nRun `penstock compile scoring` to write it anew."
    )


@pytest.mark.parametrize("text", ["{}", "[]", '{"assets": {"a": 1}}', '{"assets": {}, "shape": 2}'])
def test_a_manifest_of_another_form_is_refused(project, text):
    (project.compiled / "scoring.assets.json").write_text(text)
    assert refusal(lambda: load(project, "scoring")) == (
        "compiled/scoring.assets.json: is not a manifest that this version of Penstock wrote\n"
        "Run `penstock compile scoring` to write it anew."
    )
