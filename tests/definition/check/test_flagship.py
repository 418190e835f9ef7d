"""The project's own pipeline has nothing to report."""

import json
from pathlib import Path

import pytest

from penstock.definition.check.run import check

COMPILED = Path(__file__).parents[3] / "compiled"


@pytest.mark.parametrize("name", ["automl_scoring"])
def test_a_pipeline_of_this_project_has_no_finding(name):
    definition = json.loads((COMPILED / f"{name}.json").read_text(encoding="utf-8"))
    assert check(definition, compiled=True) == []
