"""One report in every form that it is handed out in."""

import json

import pytest

from penstock.definition.check import report
from penstock.definition.check.finding import Finding
from penstock.definition.check.report import Report
from penstock.definition.check.run import check
from penstock.definition.check.suppressions import Suppression, divide
from penstock.definition.compiled import BuiltStep

DEFINITION = {
    "Version": "2020-12-01",
    "Steps": [
        {"Name": "Stop", "Type": "Fail", "DisplayName": "Stop", "Arguments": {"ErrorMessage": 1}},
        {"Name": "Halt", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}},
    ],
}
TEXT = json.dumps(DEFINITION, indent=1)
FINGERPRINT = "7686f79ac6df1f57e3759f1d7491590bebe86feb44d937688da80f02ed7807fe"


HALT = {"Halt": BuiltStep("pipelines/line.py", 7)}


def made(suppressions=(), steps=None):
    kept, suppressed = divide(check(DEFINITION), list(suppressions))
    return Report("a,b.json", TEXT, kept, suppressed, steps or {})


def test_text_shows_the_lines_that_a_finding_is_about():
    assert list(report.text(made())) == [
        "a,b.json:9: error PS103: step Stop: 1 is not a string",
        "  at Steps[0].Arguments.ErrorMessage",
        '      9 |     "ErrorMessage": 1',
        "",
        "a,b.json:12: warning PS803: step Halt: the step has no DisplayName",
        "  at Steps[1]",
        "     12 |   {",
        '     13 |    "Name": "Halt",',
        '     14 |    "Type": "Fail",',
        '     15 |    "Arguments": {',
        '     16 |     "ErrorMessage": "no"',
        "     17 |    }",
        "        | ... 1 more line",
        "",
        "a,b.json: 1 error, 1 warning",
    ]


def test_text_has_findings_in_the_order_of_the_lines():
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Type": "Fial", "Name": "Stop it", "Arguments": {}}],
        "Parameters": [],
        "Metadata": [],
    }
    source = json.dumps(definition, indent=1)
    assert [line for line in report.text(Report("d.json", source, check(definition))) if "PS" in line] == [
        "d.json:5: error PS104: step Stop it: 'Fial' is no step type",
        "d.json:6: error PS601: step Stop it: 'Stop it' is no step name: "
        "1 to 64 letters, digits, hyphens and underscores",
        "d.json:11: error PS103: [] is not an object",
    ]


def test_text_names_the_line_that_builds_the_step():
    assert list(report.text(made(steps=HALT)))[4:7] == [
        "a,b.json:12: warning PS803: step Halt: the step has no DisplayName",
        "  at Steps[1]",
        "  built at pipelines/line.py:7",
    ]


def test_text_has_nothing_that_a_terminal_would_act_on():
    evil = "a\nb\x1b[2J\u2028"
    steps = [{"Name": evil, "Type": "Fail", "DisplayName": "x", "Arguments": {"ErrorMessage": 1}}]
    definition = {"Version": "2020-12-01", "Steps": steps}
    source = json.dumps(definition, indent="\t", ensure_ascii=False)
    [finding, _] = check(definition)
    assert list(report.text(Report("d.json", source, [finding]))) == [
        "d.json:9: error PS103: step a\\nb\\u001b[2J\\u2028: 1 is not a string",
        "  at Steps[0].Arguments.ErrorMessage",
        '      9 |     "ErrorMessage": 1',
        "",
        "d.json: 1 error, 0 warnings",
    ]


def test_data_has_the_findings_and_what_is_suppressed_with_its_reason():
    data = report.data(made([Suppression("PS803", "Nobody looks at it.", "Halt")], HALT))
    assert data == {
        "source": "a,b.json",
        "errors": 1,
        "warnings": 0,
        "findings": [
            {
                "code": "PS103",
                "severity": "error",
                "step": "Stop",
                "path": "Steps[0].Arguments.ErrorMessage",
                "line": 9,
                "source": None,
                "message": "1 is not a string",
                "suggestion": None,
            }
        ],
        "suppressed": [
            {
                "code": "PS803",
                "severity": "warning",
                "step": "Halt",
                "path": "Steps[1]",
                "line": 12,
                "source": {"file": "pipelines/line.py", "line": 7},
                "message": "the step has no DisplayName",
                "suggestion": None,
                "reason": "Nobody looks at it.",
            }
        ],
    }


def test_github_annotations_are_escaped_workflow_commands():
    assert list(report.github(made())) == [
        "::error file=a%2Cb.json,line=9,endLine=9,title=PS103 wrong JSON type::step Stop: 1 is not a string",
        "::warning file=a%2Cb.json,line=12,endLine=18,title=PS803 missing DisplayName::"
        "step Halt: the step has no DisplayName",
    ]


def test_what_to_do_follows_what_is_wrong():
    finding = Finding(
        "PS203", ("Steps", 1), "the pipeline has no step 'Hlat'", "Stop", "Did you mean 'Halt'?"
    )
    told = "step Stop: the pipeline has no step 'Hlat'. Did you mean 'Halt'?"
    found = Report("d.json", TEXT, [finding])
    [line] = report.github(found)
    assert line.partition("title=PS203 unknown step::")[2] == told
    assert report.sarif(found, "1.2.3")["runs"][0]["results"][0]["message"] == {"text": told}


def test_github_annotations_stand_where_the_step_is_built():
    assert list(report.github(made(steps=HALT)))[1] == (
        "::warning file=pipelines/line.py,line=7,endLine=7,title=PS803 missing DisplayName::"
        "step Halt: the step has no DisplayName (a,b.json:12)"
    )


def test_sarif_names_its_rules_and_marks_what_is_suppressed():
    log = report.sarif(made([Suppression("PS803", "Nobody looks at it.")]), "1.2.3")
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    [run] = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["PS103", "PS803"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    first, second = run["results"]
    assert first == {
        "ruleId": "PS103",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "step Stop: 1 is not a string"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a%2Cb.json"},
                    "region": {"startLine": 9, "endLine": 9},
                },
                "logicalLocations": [
                    {"fullyQualifiedName": "Steps[0].Arguments.ErrorMessage", "kind": "value"}
                ],
            }
        ],
        "partialFingerprints": {"penstockFinding/v1": FINGERPRINT},
    }
    assert second["suppressions"] == [{"kind": "external", "justification": "Nobody looks at it."}]
    assert second["ruleIndex"] == 1


def test_sarif_points_at_the_python_and_from_there_to_the_json():
    [_, second] = report.sarif(made(steps=HALT), "1.2.3")["runs"][0]["results"]
    assert second["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "pipelines/line.py"},
                "region": {"startLine": 7, "endLine": 7},
            }
        }
    ]
    assert second["relatedLocations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a%2Cb.json"},
                "region": {"startLine": 12, "endLine": 18},
            },
            "logicalLocations": [{"fullyQualifiedName": "Steps[1]", "kind": "value"}],
            "id": 1,
        }
    ]
    assert second["message"]["text"] == "step Halt: the step has no DisplayName ([a,b.json](1))"


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("a/b c#1%.json", "a/b%20c%231%25.json"),
        ("/tmp/b c.json", "file:///tmp/b%20c.json"),
        ("stdin", "stdin"),
    ],
)
def test_sarif_names_files_by_uri(source, uri):
    log = report.sarif(Report(source, TEXT, check(DEFINITION)), "1.2.3")
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": uri}


def test_a_link_in_a_sarif_message_has_its_brackets_escaped():
    log = report.sarif(Report("a[1].json", TEXT, check(DEFINITION), steps=HALT), "1.2.3")
    assert log["runs"][0]["results"][1]["message"]["text"].endswith(r" ([a\[1\].json](1))")


def test_a_fingerprint_stays_while_other_steps_come_and_go():
    first, *steps = DEFINITION["Steps"]
    moved = {**DEFINITION, "Steps": [*steps, {**first, "Name": "Other"}, first]}
    held = {**DEFINITION, "Steps": [condition(first)]}
    for definition in (DEFINITION, moved, held):
        log = report.sarif(Report("d.json", json.dumps(definition), check(definition)), "1.2.3")
        prints = {
            result["message"]["text"]: result["partialFingerprints"] for result in log["runs"][0]["results"]
        }
        assert prints["step Stop: 1 is not a string"] == {"penstockFinding/v1": FINGERPRINT}
        assert len({value["penstockFinding/v1"] for value in prints.values()}) == len(prints)


def condition(step):
    arguments = {"Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}], "IfSteps": [step]}
    return {"Name": "If", "Type": "Condition", "Arguments": arguments}


def test_annotations_have_nothing_that_a_terminal_would_act_on():
    finding = Finding("PS803", ("Steps", 0), "the step has no DisplayName", "a\x1b[2J\n::error::b")
    assert list(report.github(Report("d.json", TEXT, [finding]))) == [
        "::warning file=d.json,line=4,endLine=11,title=PS803 missing DisplayName::"
        r"step a\u001b[2J\n::error::b: the step has no DisplayName"
    ]


def test_sarif_tells_what_is_suppressed_at_the_step():
    suppression = Suppression("PS803", "Nobody looks at it.", "Halt", HALT["Halt"])
    [_, second] = report.sarif(made([suppression], HALT), "1.2.3")["runs"][0]["results"]
    assert second["suppressions"] == [{"kind": "inSource", "justification": "Nobody looks at it."}]
