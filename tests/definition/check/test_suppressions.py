import pytest

from penstock.definition.check.finding import Finding
from penstock.definition.check.suppressions import Suppression, at_steps, divide, read, unused
from penstock.definition.compiled import BuiltStep
from penstock.errors import PenstockError, UsageError

FORM = 'An entry is {code = "PS101", reason = "..."}, and step = "..." if it is for one step.'


def written(folder, ignore):
    (folder / "pyproject.toml").write_text(f"[tool.penstock.check]\nignore = {ignore}\n", encoding="utf-8")
    return folder


def test_a_suppression_has_a_code_a_reason_and_perhaps_a_step(tmp_path):
    ignore = '[{code = "PS807", reason = "a"}, {code = "PS803", step = "A", reason = "b"}]'
    assert read(written(tmp_path, ignore)) == [Suppression("PS807", "a"), Suppression("PS803", "b", "A")]


def test_a_project_without_the_table_suppresses_nothing(tmp_path):
    assert read(tmp_path) == []
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    assert read(tmp_path) == []


@pytest.mark.parametrize(
    ("ignore", "message"),
    [
        ("3", f"pyproject.toml: tool.penstock.check: ignore is not a list\n{FORM}"),
        ("[3]", f"pyproject.toml: tool.penstock.check.ignore[0]: is not a suppression\n{FORM}"),
        (
            '[{code = "PS807", why = "x"}]',
            f"pyproject.toml: tool.penstock.check.ignore[0]: is not a suppression\n{FORM}",
        ),
        (
            '[{code = "PS807"}]',
            f"pyproject.toml: tool.penstock.check.ignore[0]: PS807 is suppressed without a reason\n{FORM}",
        ),
        (
            '[{code = "PS8007", reason = "x"}]',
            "pyproject.toml: tool.penstock.check.ignore[0]: there is no rule 'PS8007'\nDid you mean 'PS807'?",
        ),
    ],
)
def test_an_entry_that_is_not_as_it_must_be_is_refused(tmp_path, ignore, message):
    with pytest.raises(UsageError) as caught:
        read(written(tmp_path, ignore))
    assert str(caught.value) == message


def test_findings_of_another_rule_or_step_stand():
    findings = [
        Finding("PS803", (), "m", "A"),
        Finding("PS803", (), "m", "B"),
        Finding("PS804", (), "m", "A"),
    ]
    suppression = Suppression("PS803", "why", "A")
    kept, dropped = divide(findings, [suppression])
    assert kept == findings[1:]
    assert dropped == [(findings[0], suppression)]


def test_a_suppression_at_a_step_is_for_that_step():
    built = BuiltStep("pipelines/line.py", 3, {"PS803": "why"})
    [suppression] = at_steps({"A": built, "B": BuiltStep("pipelines/line.py", 9)})
    assert suppression == Suppression("PS803", "why", "A", built)
    assert suppression.place == "pipelines/line.py:3"


def test_a_suppression_at_a_step_has_a_rules_code_and_a_reason():
    with pytest.raises(PenstockError) as caught:
        at_steps({"A": BuiltStep("pipelines/line.py", 3, {"PS803": ""})})
    assert str(caught.value) == (
        "pipelines/line.py, line 3: step A: PS803 is suppressed without a reason\n"
        'Write it as ignore(step, "PS803", reason="...").'
    )


def test_a_suppression_for_a_step_that_covers_nothing_is_unused():
    used, idle = Suppression("PS803", "why", "A"), Suppression("PS804", "why", "A")
    elsewhere, everywhere = Suppression("PS803", "why", "Z"), Suppression("PS805", "why")
    findings = [Finding("PS803", (), "m", "A"), Finding("PS804", (), "m", "B")]
    assert unused([used, idle, elsewhere, everywhere], findings, ["A", "B"]) == [idle]
