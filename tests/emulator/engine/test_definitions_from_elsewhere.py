"""Definitions that others publish and the SDK writes are accepted: those of the tests of `penstock check`."""

import json
from pathlib import Path

import pytest

from penstock.emulator.engine.definition import parse_definition

FOLDER = Path(__file__).parents[2] / "definition" / "check" / "definitions"
READ = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))["definition"] for file in FOLDER.glob("*.json")
}
# The engine runs no ForEach, and takes a reference inside its body for one to a step of the pipeline.
DEFINITIONS = {name: read for name, read in READ.items() if '"ForEach"' not in json.dumps(read)}


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_a_definition_from_elsewhere_is_accepted(name):
    written = [step["Name"] for step in DEFINITIONS[name]["Steps"]]
    steps = parse_definition(json.dumps(DEFINITIONS[name])).steps
    assert [step for step in steps if step in written] == written
