"""Every rule, by a definition that breaks it and nothing else (base.json, and the edits of breaks.json)."""

import json
from pathlib import Path

import pytest
from edits import edited

from penstock.definition.check.catalogue import page, rule, rules
from penstock.definition.check.finding import Finding
from penstock.definition.check.run import check
from penstock.errors import UsageError

HERE = Path(__file__).parent
BASE = json.loads((HERE / "base.json").read_text(encoding="utf-8"))
BREAKS = json.loads((HERE / "breaks.json").read_text(encoding="utf-8"))


def seen(finding):
    return {
        "place": finding.place,
        "step": finding.step,
        "message": finding.message,
        "suggestion": finding.suggestion,
    }


def test_the_definition_that_is_broken_below_has_no_finding():
    assert check(BASE) == []


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{case['code']}-{i}" for i, case in enumerate(BREAKS)])
def test_a_definition_that_breaks_one_rule_has_one_finding(broken):
    found = check(edited(BASE, broken["edits"]), compiled=broken.get("compiled", False))
    assert [(finding.code, seen(finding)) for finding in found] == [(broken["code"], broken["finding"])]


def test_more_than_200_parameters_are_too_many():
    names = [f"Parameter{number}" for number in range(201)]
    tell = {
        "Name": "Tell",
        "Type": "Lambda",
        "DisplayName": "Tell",
        "FunctionArn": "{{ function('tell') }}",
        "Arguments": {name: {"Get": f"Parameters.{name}"} for name in names},
    }
    parameters = [{"Name": name, "Type": "String"} for name in names]
    found = check({"Version": "2020-12-01", "Parameters": parameters, "Steps": [tell]})
    message = "the pipeline has 201 parameters; at most 200 are allowed"
    assert found == [Finding("PS603", ("Parameters",), message)]


@pytest.mark.parametrize("step", ["EndpointConfig", "Endpoint"])
def test_what_the_sdk_calls_cacheable_may_have_a_cache(step):
    file = HERE / "definitions" / "endpoint.json"
    definition = json.loads(file.read_text(encoding="utf-8"))["definition"]
    cached = next(each for each in definition["Steps"] if each["Type"] == step)
    cached["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P30D"}
    assert not [finding for finding in check(definition) if finding.path[-1] == "CacheConfig"]


def test_a_local_path_of_an_environment_may_be_any():
    path = ["Prepare", "Arguments", "ProcessingInputs", 0, "S3Input", "LocalPath"]
    assert check(edited(BASE, [{"path": path, "set": "{{ env.place }}/data"}])) == []


def test_every_rule_is_broken_above():
    of_a_project = {"PS217"}  # tests/deployment/test_placeholders.py
    assert {case["code"] for case in BREAKS} | {"PS603"} | of_a_project == set(rules())


@pytest.mark.parametrize("code", rules())
def test_every_rule_has_a_page(code):
    text = page(code)
    assert text.startswith(f"{code} {rule(code).title} ({rule(code).severity}, {rule(code).family})\n\n")
    assert all(getattr(rule(code), part).strip() for part in ("what", "why", "example", "source"))


def test_an_unknown_code_is_refused_with_the_nearest_one():
    with pytest.raises(UsageError) as caught:
        page("PS9101")
    assert str(caught.value) == "there is no rule 'PS9101'\nDid you mean 'PS901'?"


def test_a_cached_step_that_reads_only_what_may_come_out_of_a_cache_can_be_found():
    """Train reads what Prepare writes below the execution's path: as long as Prepare is cached itself, its
    last execution's path may be read again."""
    uri = {
        "Std:Join": {"On": "/", "Values": ["s3://example-bucket", {"Get": "Execution.PipelineExecutionId"}]}
    }
    output = ["Prepare", "Arguments", "ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3Uri"]
    cached = {"Enabled": True, "ExpireAfter": "P30D"}
    edits = [{"path": output, "set": uri}, {"path": ["Train", "CacheConfig"], "set": cached}]
    assert check(edited(BASE, edits)) == []
