import pytest

from penstock.definition.check.finding import Finding
from penstock.definition.check.suppressions import Suppression, divide, read
from penstock.errors import UsageError

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
    kept, dropped = divide(findings, [Suppression("PS803", "why", "A")])
    assert kept == findings[1:]
    assert dropped == [(findings[0], "why")]
