import json
import threading

import pytest

from penstock.definition import compiled
from penstock.definition.compile import build, compile_pipelines, orphans, write
from penstock.errors import PenstockError, UsageError


def statuses(outcomes):
    return {outcome.name: outcome.status for outcome in outcomes}


def step(name="A", **step):
    return {"Name": name, "Type": "Processing", "Arguments": {}, **step}


def document(*steps):
    return {"Version": "2020-12-01", "Parameters": [], "Steps": list(steps)}


def refusal(project, *names, kind=PenstockError):
    with pytest.raises(kind) as error:
        compile_pipelines(project, names)
    return str(error.value)


def test_compile_writes_the_definition_and_its_manifest(workshop):
    script = workshop.root / "jobs/a.py"
    script.parent.mkdir()
    script.write_text("print()\n")
    definition = document(step(Arguments={"S3Uri": '{{ asset("jobs/a.py") }}'}))
    workshop.add_line(definition=definition)
    assert statuses(compile_pipelines(workshop)) == {"line": "created"}
    loaded = compiled.load(workshop, "line")
    assert loaded.definition == definition
    manifest = workshop.compiled_json("line.assets.json")
    assert manifest.pop("sagemaker")
    assert manifest == {
        "name": "line",
        "pipeline_name": "line",
        "display_name": "Line",
        "description": "A line.",
        "definition_sha256": compiled.file_sha256(workshop.compiled / "line.json"),
        "sources": {"pipelines/line.py": compiled.file_sha256(workshop.pipelines / "line.py")},
        "assets": {"jobs/a.py": {"sha256": compiled.file_sha256(script), "size": 8}},
        "functions": {},
        "steps": {},
    }


def test_the_written_form_is_canonical(workshop):
    workshop.add_line(definition={"Version": "2020-12-01", "Steps": [step(Description="Größe")]})
    compile_pipelines(workshop)
    text = (workshop.compiled / "line.json").read_text(encoding="utf-8")
    again = json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert text == again
    assert "Größe" in text


def test_the_order_of_depends_on_is_fixed(workshop):
    steps = [step("B"), step("A"), step("C", DependsOn=[{"Step": "B", "Trigger": "Any"}, "B", "A"])]
    workshop.add_line(definition=document(*steps))
    compile_pipelines(workshop)
    written = workshop.compiled_json("line.json")["Steps"]
    assert written[2]["DependsOn"] == ["A", "B", {"Step": "B", "Trigger": "Any"}]
    assert [one["Name"] for one in written] == ["B", "A", "C"]


def test_what_is_unchanged_by_content_is_not_built_again(workshop):
    log = workshop.root.parent / "builds"
    workshop.add_line(before=f"print('x', file=open({str(log)!r}, 'a'))\n")
    compile_pipelines(workshop)
    (workshop.pipelines / "line.py").touch()
    assert statuses(compile_pipelines(workshop)) == {"line": "unchanged"}
    assert log.read_text() == "x\n"


@pytest.mark.parametrize("damage", ["line.json", "line.assets.json"])
def test_a_damaged_file_is_compiled_again(workshop, damage):
    workshop.add_line()
    compile_pipelines(workshop)
    whole = (workshop.compiled / damage).read_text()
    (workshop.compiled / damage).write_text("{")
    assert statuses(compile_pipelines(workshop)) == {"line": "updated"}
    assert (workshop.compiled / damage).read_text() == whole


def test_a_change_is_compiled_and_told_as_a_difference(workshop):
    workshop.add_line()
    compile_pipelines(workshop)
    workshop.add_line(definition=document(step("B")))
    [outcome] = compile_pipelines(workshop)
    assert outcome.status == "updated"
    assert '-      "Name": "A",\n+      "Name": "B",\n' in outcome.difference


def test_an_edit_counts_however_soon_after_the_last(workshop):
    """Python's bytecode cache would take the second edit, of the same size, for the first."""
    (workshop.root / "helper.py").write_text("NAME = 'A'\n")
    workshop.add_line(before="from helper import NAME\n")
    text = (workshop.pipelines / "line.py").read_text()
    workshop.add("line", text.replace("'Name': 'A'", "'Name': NAME"))
    compile_pipelines(workshop)
    (workshop.root / "helper.py").write_text("NAME = 'B'\n")
    compile_pipelines(workshop)
    assert workshop.compiled_json("line.json")["Steps"][0]["Name"] == "B"


def test_check_writes_nothing(workshop):
    workshop.add_line()
    assert statuses(compile_pipelines(workshop, check=True)) == {"line": "created"}
    assert workshop.files() == []


def test_only_the_named_pipelines_are_compiled(workshop):
    workshop.add_line("one")
    workshop.add_line("two")
    compile_pipelines(workshop, ["two"])
    assert workshop.files() == ["two.assets.json", "two.json"]


def test_modules_and_files_that_a_pipeline_uses_are_its_sources_and_no_others(workshop):
    (workshop.pipelines / "__init__.py").write_text("")
    (workshop.pipelines / "_one.py").write_text("")
    (workshop.pipelines / "_two.py").write_text("")
    (workshop.root / "names.json").write_text("[]")
    workshop.add_line("one", before="import pipelines._one\nopen('names.json').read()\n")
    workshop.add_line("two", before="from pipelines import _two\n")
    compile_pipelines(workshop)
    sources = [set(workshop.compiled_json(f"{name}.assets.json")["sources"]) for name in ("one", "two")]
    assert sources == [
        {"names.json", "pipelines/__init__.py", "pipelines/_one.py", "pipelines/one.py"},
        {"pipelines/__init__.py", "pipelines/_two.py", "pipelines/two.py"},
    ]


def test_the_users_environment_does_not_reach_a_build(workshop, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    read = "import os\nassert 'AWS_PROFILE' not in os.environ\nassert os.environ['TZ'] == 'UTC'\n"
    workshop.add_line(before=read + "assert os.environ['AWS_DEFAULT_REGION'] == 'us-east-1'\n")
    compile_pipelines(workshop)


def test_a_pipeline_may_print(workshop, capfd):
    workshop.add_line(before="print('hello')\n")
    compile_pipelines(workshop)
    assert capfd.readouterr() == ("", "hello\n")


def test_a_reader_never_finds_half_a_file(workshop):
    workshop.add_line("one")
    [first] = build(workshop, ["one"])
    workshop.add_line("one", definition=document(step("B" * 50)))
    [second] = build(workshop, ["one"])
    write(workshop, first)
    expected = {compiled.written(first)[0], compiled.written(second)[0]}
    seen = set()
    done = threading.Event()

    def look():
        while not done.is_set():
            seen.add((workshop.compiled / "one.json").read_text())

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(100):
        write(workshop, second)
        write(workshop, first)
    done.set()
    reader.join()
    assert seen <= expected
    assert workshop.files() == ["one.assets.json", "one.json"]


def test_a_write_that_fails_leaves_no_temporary_file(workshop):
    workshop.add_line()
    [built] = build(workshop, ["line"])
    (workshop.compiled / "line.assets.json").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write(workshop, built)
    assert workshop.files() == ["line.assets.json", "line.json"]


def test_files_of_no_pipeline_are_orphans(workshop):
    workshop.add_line()
    compile_pipelines(workshop)
    (workshop.pipelines / "line.py").rename(workshop.pipelines / "track.py")
    assert orphans(workshop) == ["compiled/line.assets.json", "compiled/line.json"]


CONFIGURED = document(step(Arguments={"S3Uri": '{{ generated("A/config.json") }}'}))


def test_what_a_step_generates_is_an_asset_of_its_pipeline(workshop):
    workshop.add_line("one", CONFIGURED, generated={"A/config.json": {"b": 1, "a": "ü"}})
    workshop.add_line("two", CONFIGURED, generated={"A/config.json": {"b": 2}})
    compile_pipelines(workshop)
    file = workshop.compiled / "one/A/config.json"
    assert file.read_text(encoding="utf-8") == '{\n  "a": "ü",\n  "b": 1\n}\n'
    loaded = compiled.load(workshop, "one")
    place = "compiled/one/A/config.json"
    assert loaded.definition["Steps"][0]["Arguments"] == {"S3Uri": f'{{{{ asset("{place}") }}}}'}
    assert loaded.manifest.assets[place] == compiled.Asset(compiled.file_sha256(file), len(file.read_bytes()))
    assert statuses(compile_pipelines(workshop)) == {"one": "unchanged", "two": "unchanged"}


def test_a_generated_file_that_was_edited_is_written_again(workshop):
    workshop.add_line("one", CONFIGURED, generated={"A/config.json": {}})
    compile_pipelines(workshop)
    (workshop.compiled / "one/A/config.json").write_text('{"by": "hand"}')
    assert compiled.stale(workshop, "one") == ["compiled/one/A/config.json"]
    [outcome] = compile_pipelines(workshop)
    assert '-{"by": "hand"}' in outcome.difference
    assert (workshop.compiled / "one/A/config.json").read_text() == "{}\n"


def test_a_file_that_is_no_longer_generated_is_removed(workshop):
    workshop.add_line("one", CONFIGURED, generated={"A/config.json": {}})
    compile_pipelines(workshop)
    workshop.add_line("one")
    [outcome] = compile_pipelines(workshop, check=True)
    assert "--- compiled/one/A/config.json" in outcome.difference
    compile_pipelines(workshop)
    assert not (workshop.compiled / "one/A/config.json").exists()


def test_generated_files_of_no_pipeline_are_orphans(workshop):
    workshop.add_line("one", CONFIGURED, generated={"A/config.json": {}})
    compile_pipelines(workshop)
    (workshop.pipelines / "one.py").unlink()
    assert orphans(workshop) == [
        "compiled/one/A/config.json",
        "compiled/one.assets.json",
        "compiled/one.json",
    ]


TELL = {"source": "jobs/tell.py", "handler": "tell.handler", "description": "Tells people."}
TELLING = document(step(Type="Lambda", FunctionArn='{{ function("tell") }}'))


def test_functions_are_in_the_manifest_with_the_digest_of_their_code(workshop):
    script = workshop.root / "jobs/tell.py"
    script.parent.mkdir()
    script.write_text("def handler(event, context): pass\n")
    workshop.add_line(definition=TELLING, functions={"tell": TELL})
    compile_pipelines(workshop)
    assert compiled.load(workshop, "line").manifest.functions == {
        "tell": compiled.Function(**TELL, sha256=compiled.file_sha256(script))
    }
    script.write_text("def handler(event, context): return {}\n")
    assert statuses(compile_pipelines(workshop)) == {"line": "updated"}


def test_a_function_without_code_is_refused(workshop):
    workshop.add_line(definition=TELLING, functions={"tell": TELL})
    assert refusal(workshop) == (
        "pipelines/line.py: function tell: its code jobs/tell.py does not exist\n"
        "Give the path of a file or a folder from the project's root."
    )


def test_a_function_that_the_pipeline_does_not_bring_along_is_refused(workshop):
    workshop.add_line(definition=TELLING)
    assert refusal(workshop) == (
        "pipelines/line.py: step A: refers to function 'tell', which the pipeline does not bring along\n"
        "Give the step the Function itself, or add it to the pipeline's functions."
    )


BUILT = """{
    "A": {"calls": [("/usr/lib/python", 1), (__file__, 7), (HELPER, 3), ("/steps/a.py", 9)], "ignore": %r},
    "B": {"calls": [("/usr/lib/python", 1)], "ignore": {}},
}"""


def test_the_line_that_builds_a_step_and_what_is_ignored_there_are_in_the_manifest(workshop):
    before = "HELPER = __file__.replace('line.py', '_helper.py')\n"
    workshop.add_line(before=before, built=BUILT % {"PS803": "Nobody looks at it."})
    compile_pipelines(workshop)
    assert workshop.compiled_json("line.assets.json")["steps"] == {
        "A": {"file": "pipelines/_helper.py", "line": 3, "ignore": {"PS803": "Nobody looks at it."}}
    }
    assert compiled.load(workshop, "line").manifest.steps == {
        "A": compiled.BuiltStep("pipelines/_helper.py", 3, {"PS803": "Nobody looks at it."})
    }
    assert "PS803" not in (workshop.compiled / "line.json").read_text()


def test_a_suppression_of_no_rule_is_refused_with_the_line_and_the_step(workshop):
    workshop.add_line(before="HELPER = __file__\n", built=BUILT % {"PS8003": "Nobody looks at it."})
    assert refusal(workshop) == (
        "pipelines/line.py, line 3: step A: there is no rule 'PS8003'\nDid you mean 'PS803'?"
    )
    assert workshop.files() == []


def test_a_manifest_of_before_the_steps_were_in_it_is_written_anew(workshop):
    workshop.add_line(before="HELPER = __file__\n", built=BUILT % {})
    compile_pipelines(workshop)
    manifest = workshop.compiled_json("line.assets.json")
    del manifest["steps"]
    (workshop.compiled / "line.assets.json").write_text(json.dumps(manifest))
    with pytest.raises(PenstockError) as error:
        compiled.load(workshop, "line")
    assert str(error.value) == (
        "compiled/line.assets.json: is not a manifest that this version of Penstock wrote\n"
        "Run `penstock compile line` to write it anew."
    )
    assert statuses(compile_pipelines(workshop)) == {"line": "updated"}
    assert list(workshop.compiled_json("line.assets.json")["steps"]) == ["A"]


def test_an_unknown_pipeline_is_refused_before_anything_is_built(workshop):
    workshop.add_line()
    assert refusal(workshop, "line", "lane", kind=UsageError) == (
        "there is no pipeline 'lane'\npipelines/ has line."
    )
    assert workshop.files() == []


def test_nothing_is_written_if_one_pipeline_fails(workshop):
    workshop.add_line("a_good_one")
    workshop.add("bad", "x = 1\n")
    assert refusal(workshop) == "pipelines/bad.py: has no function build()\nIt returns the steps.Pipeline."
    assert workshop.files() == []


def test_an_error_in_a_pipeline_says_which_line(workshop):
    workshop.add("line", "def build():\n    return 1 / 0\n")
    assert refusal(workshop) == (
        "pipelines/line.py, line 2: ZeroDivisionError: division by zero\nMend that, and compile again."
    )


def test_an_error_in_a_helper_is_told_where_the_pipeline_uses_it(workshop):
    (workshop.root / "helper.py").write_text("def help():\n    raise KeyError('a')\n")
    workshop.add("line", "from helper import help\n\nhelp()\n")
    assert refusal(workshop) == "pipelines/line.py, line 3: KeyError: 'a'\nMend that, and compile again."


def test_a_refusal_does_not_say_which_line_of_a_helper_refuses(workshop):
    refuses = (
        "from penstock.errors import PenstockError\n"
        "class Line:\n"
        "    display_name = 'Line'\n"
        "    def definition(self):\n"
        "        raise PenstockError('2 steps are named A', where='pipeline line')\n"
    )
    (workshop.root / "helper.py").write_text(refuses)
    workshop.add("line", "from helper import Line\n\ndef build():\n    return Line()\n")
    assert refusal(workshop) == "pipelines/line.py: pipeline line: 2 steps are named A"


def test_a_syntax_error_says_which_line(workshop):
    workshop.add("line", "x = 1\ndef build(:\n")
    assert refusal(workshop) == (
        "pipelines/line.py, line 2: SyntaxError: invalid syntax\nMend that, and compile again."
    )


def test_a_missing_module_is_told(workshop):
    workshop.add("line", "import nowhere_to_be_found\n")
    assert refusal(workshop) == (
        "pipelines/line.py, line 1: ModuleNotFoundError: No module named 'nowhere_to_be_found'\n"
        "Mend that, and compile again."
    )


def test_a_missing_sdk_is_told_with_how_to_install_it(workshop):
    # What Python raises where the SDK is not installed.
    workshop.add("line", "raise ModuleNotFoundError('No module named sagemaker', name='sagemaker.mlops')\n")
    assert refusal(workshop) == (
        "compile needs the SageMaker SDK, which is not installed\nRun `pip install 'penstock[compile]'`."
    )


def test_a_pipeline_that_exits_is_refused(workshop):
    workshop.add("line", "import sys\nsys.exit('bye')\n")
    assert refusal(workshop) == ("pipelines/line.py, line 2: SystemExit: bye\nMend that, and compile again.")


def test_something_else_than_a_pipeline_is_refused(workshop):
    workshop.add("line", "def build():\n    return []\n")
    assert refusal(workshop) == ("pipelines/line.py: build() returns a list, and not a steps.Pipeline")


def test_the_network_is_refused(workshop):
    workshop.add("line", "import socket\n\nsocket.create_connection(('127.0.0.1', 9))\n")
    assert refusal(workshop) == (
        "pipelines/line.py, line 3: building it tries to reach the network\n"
        "Compile is pure: what depends on an environment is a placeholder, env()."
    )


def test_a_missing_asset_is_told_with_the_step_that_needs_it(workshop):
    workshop.add_line(definition=document(step(Arguments={"S3Uri": '{{ asset("jobs/a.py") }}'})))
    assert refusal(workshop) == (
        "pipelines/line.py: step A: the asset jobs/a.py does not exist\n"
        "Give its path from the project's root."
    )


def test_a_missing_asset_is_told_with_the_line_that_builds_the_step(workshop):
    missing = document(step(Arguments={"S3Uri": '{{ asset("jobs/a.py") }}'}))
    workshop.add_line(definition=missing, before="HELPER = __file__\n", built=BUILT % {})
    assert refusal(workshop) == (
        "pipelines/line.py, line 3: step A: the asset jobs/a.py does not exist\n"
        "Give its path from the project's root."
    )


def test_a_folder_is_no_asset(workshop):
    (workshop.root / "jobs").mkdir()
    workshop.add_line(definition=document(step(Arguments={"S3Uri": '{{ asset("jobs") }}'})))
    assert refusal(workshop) == (
        "pipelines/line.py: step A: the asset jobs is a folder, and an asset is a file\n"
        "Give its path from the project's root."
    )


def test_a_cycle_is_refused(workshop):
    workshop.add_line(definition=document(step("A", DependsOn=["B"]), step("B", DependsOn=["A"])))
    assert refusal(workshop) == (
        "pipelines/line.py: step A: the steps wait for one another: A -> B -> A (PS501 at Steps[0])\n"
        "Remove one of these dependencies."
    )


def test_a_build_that_is_killed_is_told(workshop):
    workshop.add("line", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert refusal(workshop) == (
        "pipelines/line.py: the build was killed by signal 9\n"
        "Building needs about 0.3 GB of memory; run it again."
    )
