"""A definition is whatever JSON someone wrote: the check says what is wrong with it, and never fails."""

import json
from pathlib import Path

import pytest
from breakages import changed

from penstock.definition.check.run import check
from penstock.definition.expressions import walk

BASE = json.loads((Path(__file__).parent / "base.json").read_text(encoding="utf-8"))
JUNK = [
    None, True, 3, "", "{{ a }}", [], [[]], [None], [3, {}], {}, {"a": None}, {"Name": []}, {"Get": 3},
    {"Get": ""}, {"Get": "Steps"}, {"Get": "Steps.Each.IterationOutputs"}, {"Get": "Steps.Each.Selected"},
    {"Std:Join": 3}, {"Std:JsonGet": []},
]  # fmt: skip


def test_junk_anywhere_is_reported_or_passed_over():
    places = [path for path, _ in walk(BASE) if path]
    for number, path in enumerate(places[::3]):
        found = check(changed(BASE, path, JUNK[number % len(JUNK)]), compiled=True)
        assert all(finding.message and "\n" not in finding.message for finding in found)


@pytest.mark.parametrize("junk", [junk for junk in JUNK if isinstance(junk, dict)], ids=str)
def test_an_object_that_is_no_definition_is_told_what_it_needs(junk):
    messages = [finding.message for finding in check(junk)]
    assert "a definition needs Steps" in messages
