"""Definitions in the shapes that others publish and the SDK writes: none has an error that is not there.

Each file of definitions/ says where its shape comes from.
"""

import json
from pathlib import Path

import pytest

from penstock.definition.check.catalogue import Severity, rule
from penstock.definition.check.document import Document
from penstock.definition.check.run import check
from penstock.definition.check.step_types import STEP_TYPES

FILES = sorted((Path(__file__).parent / "definitions").glob("*.json"))


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_definition_from_elsewhere_has_no_false_error(file):
    found = check(read(file)["definition"])
    assert [finding for finding in found if rule(finding.code).severity is Severity.ERROR] == []


def test_they_are_many_and_use_every_step_type():
    assert len(FILES) >= 25
    used = {step.type for file in FILES for step in Document(read(file)["definition"]).steps}
    assert used == set(STEP_TYPES)


def test_each_says_where_its_shape_comes_from():
    assert [file.name for file in FILES if not read(file).get("shape")] == []
