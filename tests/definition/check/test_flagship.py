"""The project's own pipeline has nothing to report."""

import json
from pathlib import Path

import pytest

from penstock.definition.check.run import check

COMPILED = Path(__file__).parents[3] / "compiled"
NAMES = sorted(file.name.removesuffix(".assets.json") for file in COMPILED.glob("*.assets.json"))


def test_the_flagship_is_among_them():
    assert "automl_scoring" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_pipeline_of_this_project_has_no_finding(name):
    definition = json.loads((COMPILED / f"{name}.json").read_text(encoding="utf-8"))
    assert check(definition, compiled=True) == []
