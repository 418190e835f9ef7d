"""The flagship, broken at every kind of place in every kind of way: nearly all of it must be seen."""

import json
from pathlib import Path

from breakages import breakages

from penstock.definition.check.run import check

FLAGSHIP = Path(__file__).parents[3] / "compiled/automl_scoring.json"
# All of them would take a minute; every so manyth is spread over all places and kinds.
STEP = 8


def test_of_hundreds_of_breakages_99_of_100_are_reported():
    definition = json.loads(FLAGSHIP.read_text(encoding="utf-8"))
    tried = [broken for number, broken in enumerate(breakages(definition)) if number % STEP == 0]
    missed = [what for what, broken in tried if not check(broken, compiled=True)]
    assert len(tried) >= 300
    assert len(missed) <= len(tried) / 100, missed
