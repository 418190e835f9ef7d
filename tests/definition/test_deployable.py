"""What fails a compile: each kind of thing that no environment could deploy, and nothing else."""

import pytest

from penstock.definition.compiled import BuiltStep, Compiled, Manifest
from penstock.definition.deployable import require_deployable
from penstock.errors import PenstockError
from penstock.project import Project

MODE = {"Name": "Mode", "Type": "String"}
LINE = "pipelines/line.py, line 3: step"


def step(name, kind="Processing", **keywords):
    return {"Name": name, "Type": kind, "Arguments": {}, **keywords}


def gate(*if_steps, left="Parameters.Mode"):
    condition = {"Type": "Equals", "LeftValue": {"Get": left}, "RightValue": "a"}
    arguments = {"Conditions": [condition], "IfSteps": list(if_steps), "ElseSteps": []}
    return step("Gate", "Condition", Arguments=arguments)


def reads(name, reference):
    return step(name, "Lambda", FunctionArn="{{ env.function }}", Arguments={"x": {"Get": reference}})


@pytest.fixture
def require(tmp_path):
    def require(*steps, parameters=(), built=("A", "B", "C", "Gate"), ignore=()):
        document = {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps)}
        places = {name: BuiltStep("pipelines/line.py", 3, dict(ignore)) for name in built}
        manifest = Manifest("line", "line", "Line", "A line.", "", "", {}, {}, {}, places)
        require_deployable(Project(tmp_path), Compiled(document, manifest))

    return require


def refusal(call, *arguments, **keywords):
    with pytest.raises(PenstockError) as error:
        call(*arguments, **keywords)
    return str(error.value)


def test_a_definition_that_only_lacks_what_others_may_doubt_is_accepted(require):
    report = {"PropertyFileName": "Report", "OutputName": "o", "FilePath": "f.json"}
    read = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.Report"}, "Path": "a"}}
    outputs = {"Outputs": [{"OutputName": "o"}]}
    require(
        step("A", PropertyFiles=[report], Arguments={"ProcessingOutputConfig": outputs}),
        reads("B", "Steps.A.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri"),
        step("C", "Fail", DependsOn=[{"Step": "B", "Trigger": "Failed"}], Arguments={"ErrorMessage": read}),
        gate(reads("D", "Execution.PipelineName")),
        parameters=[MODE, {"Name": "Unused", "Type": "String"}],
    )


WRONG = [
    (
        [step("A" * 65)],
        f"pipelines/line.py: step {'A' * 65}: '{'A' * 56}... is no step name: 1 to 64 letters, digits,"
        " hyphens and underscores (PS601 at Steps[0].Name)\n"
        "`penstock check --explain PS601` says what is wrong.",
    ),
    (
        [step("A"), gate(step("A", DependsOn=["Gate"]))],
        f"{LINE} A: another step is named 'A', at Steps[0] (PS502 at Steps[1].Arguments.IfSteps[0].Name)\n"
        "Name each step once.",
    ),
    (
        [reads("A", "Parameters.Mod")],
        f"{LINE} A: the pipeline has no parameter 'Mod' (PS202 at Steps[0].Arguments.x)\n"
        "Did you mean 'Mode'?",
    ),
    (
        [reads("A", "Steps.B.ModelName")],
        f"{LINE} A: the pipeline has no step 'B' (PS203 at Steps[0].Arguments.x)\nKnown: A.",
    ),
    (
        [step("A", DependsOn=["BB", "Gata"]), step("C", DependsOn=["B"]), gate()],
        f"{LINE} A: the pipeline has no step 'BB' (PS203 at Steps[0].DependsOn[0], and 2 more errors)\n"
        "Known: A, C, Gate.",
    ),
    (
        [step("A"), step("B", "Fail", Arguments={"ErrorMessage": {"Std:JsonGet": {
            "PropertyFile": {"Get": "Steps.A.PropertyFiles.Report"}, "Path": "a"}}})],
        f"{LINE} B: step A has no property file 'Report'"
        " (PS208 at Steps[1].Arguments.ErrorMessage.Std:JsonGet.PropertyFile)\n"
        "Give it to that step, in its PropertyFiles.",
    ),
    (
        [step("A", DependsOn=["B"]), step("B", "Fail", Arguments={"ErrorMessage": "no"})],
        f"{LINE} A: B is a Fail step: nothing runs after it (PS206 at Steps[0].DependsOn[0])\n"
        "`penstock check --explain PS206` says what is wrong.",
    ),
    (
        [step("A", DependsOn=["C"]), step("B", DependsOn=["A"]), step("C", DependsOn=["B"])],
        f"{LINE} A: the steps wait for one another: A -> C -> B -> A (PS501 at Steps[0])\n"
        "Remove one of these dependencies.",
    ),
    (
        [step("A", Color="red")],
        f"{LINE} A: 'Color' is no key of a Processing step (PS101 at Steps[0].Color)\n"
        "Known: Arguments, CacheConfig, DependsOn, Description, DisplayName, Name, PropertyFiles,"
        " RetryPolicies, Type.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "message"), WRONG)
def test_what_no_environment_could_deploy_is_refused(require, steps, message):
    assert refusal(require, *steps, parameters=[MODE]) == message


def test_an_error_outside_of_the_steps_is_told_with_its_place(require):
    assert refusal(require, step("A"), parameters=[MODE, MODE]) == (
        "pipelines/line.py: another parameter is named 'Mode' (PS504 at Parameters[1].Name)\nName each once."
    )


def test_a_step_of_unknown_make_is_told_by_the_pipeline(require):
    assert refusal(require, reads("A", "Steps.B.ModelName"), built=()) == (
        "pipelines/line.py: step A: the pipeline has no step 'B' (PS203 at Steps[0].Arguments.x)\nKnown: A."
    )


def test_what_is_ignored_at_the_step_or_in_the_project_is_no_refusal(require, tmp_path):
    wrong = [step("B"), reads("A", "Steps.B.Novelty")]
    assert "PS205" in refusal(require, *wrong)
    require(*wrong, ignore=[("PS205", "It is newer than botocore.")])
    ignore = '[{code = "PS205", reason = "It is newer than botocore."}]'
    (tmp_path / "pyproject.toml").write_text(f"[tool.penstock.check]\nignore = {ignore}\n")
    require(*wrong)


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        ("PS8007", "why", "there is no rule 'PS8007'\nDid you mean 'PS807'?"),
        (
            "PS807",
            " ",
            'PS807 is suppressed without a reason\nWrite it as ignore(step, "PS807", reason="...").',
        ),
    ],
)
def test_a_suppression_that_is_none_is_refused(require, code, reason, message):
    assert refusal(require, step("A"), built=["A"], ignore=[(code, reason)]) == f"{LINE} A: {message}"
